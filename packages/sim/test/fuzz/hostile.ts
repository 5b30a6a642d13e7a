import { isObject, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Chance } from "./chance.ts";

export const hostileKeys: readonly string[] = [
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "valueOf",
  "then",
  "toJSON",
  "",
  ".",
  "..",
  "a/b",
  "~1~0",
  "$patch",
  "$retainKeys",
  "$setElementOrder/containers",
  "$deleteFromPrimitiveList/finalizers",
  "f:metadata",
  'k:{"name":"a"}',
  "\u0000",
  "\ud800",
  "é\u0301",
  "x".repeat(300),
];

const hostileTexts: readonly string[] = [
  ...hostileKeys,
  "9".repeat(400),
  "1e999999999",
  "0x10",
  "-1Gi",
  "1e400Mi",
  "2026-13-45T99:99:99Z",
  "(a+)+$",
  "a".repeat(5_000),
  "${jndi:x}",
  "'; drop table",
  "\n---\n",
  "*",
  "👩‍👩‍👧",
  "in (a,b",
  "a in (b), c notin (d),,",
];

const hostileNumbers: readonly number[] = [0, -1, 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, -(2 ** 63), 1e308, 5e-324, 0.1];

/** A value of any type, deep ones among them. */
export function hostileValue(chance: Chance, depth = 3): JsonValue {
  const kind = chance.below(depth > 0 ? 9 : 6);
  if (kind === 0) return null;
  if (kind === 1) return chance.oneIn(2);
  if (kind === 2) return chance.pick(hostileNumbers);
  if (kind < 6) return chance.pick(hostileTexts);
  if (kind === 6 && chance.oneIn(8)) return nested(chance.pick([50, 200, 1_000]), chance.oneIn(2));
  if (kind === 7) return Array.from({ length: chance.below(4) }, () => hostileValue(chance, depth - 1));
  const object: JsonObject = {};
  for (let count = chance.below(4); count > 0; count--) {
    setOwn(object, chance.pick(hostileKeys), hostileValue(chance, depth - 1));
  }
  return object;
}

function nested(depth: number, isList: boolean): JsonValue {
  let value: JsonValue = "deep";
  for (let left = depth; left > 0; left--) value = isList ? [value] : { a: value };
  return value;
}

/** A copy with some values replaced, left out, doubled or put under names that mean something to JavaScript. */
export function mutated(value: JsonValue, chance: Chance, rate = 12): JsonValue {
  if (chance.oneIn(rate * 3)) return hostileValue(chance);
  if (Array.isArray(value)) {
    const items = value.flatMap((item) => {
      if (chance.oneIn(rate * 2)) return [];
      const copy = mutated(item, chance, rate);
      return chance.oneIn(rate) ? [copy, copy] : [copy];
    });
    return chance.oneIn(rate * 2) ? [...items, hostileValue(chance)] : items;
  }
  if (!isObject(value)) return value;
  const copy: JsonObject = {};
  for (const [key, item] of Object.entries(value)) {
    if (chance.oneIn(rate * 2)) continue;
    setOwn(copy, chance.oneIn(rate * 4) ? chance.pick(hostileKeys) : key, mutated(item, chance, rate));
  }
  if (chance.oneIn(rate)) setOwn(copy, chance.pick(hostileKeys), hostileValue(chance));
  return copy;
}

/** Bytes that are nearly the text: cut, repeated, or with others in between, which are no UTF-8 at times. */
export function damaged(text: string, chance: Chance): Buffer {
  const bytes = Buffer.from(text, "utf8");
  const at = chance.below(bytes.length + 1);
  const [before, behind] = [bytes.subarray(0, at), bytes.subarray(at)];
  const other = Buffer.from(Array.from({ length: 1 + chance.below(4) }, () => chance.below(256)));
  switch (chance.below(6)) {
    case 0:
      return before;
    case 1:
      return Buffer.concat([before, other, behind]);
    case 2:
      return Buffer.concat([before, behind.subarray(other.length)]);
    case 3:
      return Buffer.concat([before, behind, before]);
    case 4:
      return Buffer.from(text.replace(/\d+/, chance.pick(["1e999", "9".repeat(60), "-0", "01", "NaN", "1.0e-400"])));
    default:
      return Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), bytes]);
  }
}
