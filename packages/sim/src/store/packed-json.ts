import { Buffer } from "node:buffer";
import { isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { binaryOf } from "./binary-text.ts";
import { createPartPool, type Part, type PartPool } from "./part-pool.ts";
import { createShapePool, giveBack, type Shaped, type ShapePool } from "./shape-pool.ts";

/**
 * JSON with the members that other objects have, too, taken out, and with what is left told by how it differs from an
 * object that looks like it. Of 50,000 pods of 3.1 KB it keeps some 0.5 KB each.
 */
export interface PackedJson extends Shaped {
  /** Of the JSON, in bytes. */
  readonly size: number;
  /** In the places of the NULs. */
  readonly parts: readonly Part[];
}

export interface Pools {
  readonly parts: PartPool;
  readonly shapes: ShapePool;
}

export function createPools(): Pools {
  return { parts: createPartPool(), shapes: createShapePool() };
}

/** In no JSON: there it is written \\u0000. */
const place = "\0";
const noParts: readonly Part[] = [];

/** Packs what `JSON.stringify` would write, with the parts of `like`, its state before, wherever they are the same. */
export function packJson(object: JsonObject, pools: Pools, like: PackedJson | undefined): PackedJson {
  const parts: Part[] = [];
  const known = like?.parts ?? noParts;
  let rest = "";

  function value(one: JsonValue): void {
    const text = JSON.stringify(one);
    const part = pools.parts.share(text, known);
    rest += part === undefined ? text : place;
    if (part !== undefined) parts.push(part);
  }

  function members(one: JsonObject, below: (member: JsonValue, key: string) => void): void {
    let between = "{";
    for (const key of Object.keys(one)) {
      const member = one[key];
      if (member === undefined) continue;
      rest += `${between}${JSON.stringify(key)}:`;
      between = ",";
      below(member, key);
    }
    rest += between === "{" ? "{}" : "}";
  }

  /** managedFields: the fields of a manager are those of many objects, the time is not. */
  function entries(list: readonly JsonValue[]): void {
    rest += "[";
    list.forEach((entry, i) => {
      if (i > 0) rest += ",";
      if (isObject(entry)) members(entry, value);
      else value(entry);
    });
    rest += "]";
  }

  members(object, (field) => {
    if (!isObject(field)) value(field);
    else
      members(field, (member, key) =>
        key === "managedFields" && Array.isArray(member) ? entries(member) : value(member),
      );
  });
  const binary = binaryOf(rest);
  const size = parts.reduce((total, part) => total + part.binary.length, binary.length - parts.length);
  return { size, ...pools.shapes.take(binary), parts: equalLists(parts, known) ? known : parts };
}

function equalLists(a: readonly Part[], b: readonly Part[]): boolean {
  return a.length === b.length && a.every((part, i) => part === b[i]);
}

/** The whole JSON; nobody may change it. */
export function unpackJson(packed: PackedJson): Buffer {
  const rest = giveBack(packed);
  let text = "";
  let from = 0;
  for (const { binary } of packed.parts) {
    const to = rest.indexOf(place, from);
    text += rest.slice(from, to) + binary;
    from = to + 1;
  }
  // Not from the pool that small buffers share: that would keep more than is used.
  const whole = Buffer.allocUnsafeSlow(packed.size);
  whole.write(text + rest.slice(from), "latin1");
  return whole;
}
