import { createHash } from "node:crypto";
import { canonicalJson, equal, isObject, type JsonValue } from "@fairlead/apimachinery";
import { entries, numberOf, text } from "./builtins.ts";
import { isTyped, itemsOf, mapOf, plain, shown, truth, typeName, type GoValue } from "./go-values.ts";
import type { TemplateFunction } from "./render.ts";

const items = (value: GoValue): readonly GoValue[] => itemsOf(value) ?? [];
const mostRepeats = 10_000;

const withSet = (map: GoValue, key: GoValue, value: GoValue): GoValue =>
  mapOf([...entries(map).map(([name, one]) => [name, plain(one)] as const), [text(key), plain(value)]]);

const picked = (map: GoValue, keys: readonly GoValue[], isKept: boolean): GoValue => {
  const names = new Set(keys.map((one) => text(one)));
  return mapOf(
    entries(map).flatMap(([name, one]) => (names.has(name) === isKept ? [[name, plain(one)] as const] : [])),
  );
};

const indented = (spaces: GoValue, value: GoValue): string => {
  const count = numberOf(spaces);
  if (count < 0 || count > 1000) throw new Error(`${count} spaces`);
  return text(value)
    .split("\n")
    .map((line) => " ".repeat(count) + line)
    .join("\n");
};

const trimmed = (cutset: string, value: string, start: boolean, end: boolean): string => {
  const cut = new Set(cutset);
  const letters = [...value];
  let from = 0;
  let to = letters.length;
  while (start && from < to && cut.has(letters[from]!)) from += 1;
  while (end && to > from && cut.has(letters[to - 1]!)) to -= 1;
  return letters.slice(from, to).join("");
};

const truncated = (length: GoValue, value: GoValue): string => {
  const count = numberOf(length);
  const whole = text(value);
  return count < 0 ? whole.slice(Math.max(0, whole.length + count)) : whole.slice(0, count);
};

const repeated = (count: GoValue, value: GoValue): string => {
  const times = numberOf(count);
  if (times > mostRepeats) throw new Error(`${times} repetitions`);
  return text(value).repeat(Math.max(0, Math.trunc(times)));
};

const unique = (list: GoValue): GoValue => {
  const seen = new Set<string>();
  return items(list).filter((one) => {
    const key = canonicalJson(plain(one));
    return seen.has(key) ? false : (seen.add(key), true);
  });
};

const merged = (maps: readonly GoValue[]): GoValue =>
  mapOf(maps.toReversed().flatMap((map) => entries(map).map(([name, one]) => [name, plain(one)] as const)));

const parsed = (value: GoValue): JsonValue => {
  try {
    return JSON.parse(text(value)) as JsonValue;
  } catch {
    return null;
  }
};

const whole = (value: GoValue): number => Math.trunc(plain(value) === null ? 0 : numberOf(value));
const empty = (value: GoValue): boolean => !truth(value);

/**
 * The functions of sprig (https://masterminds.github.io/sprig/) that injection templates use; none that depends on the
 * time, on chance, on the environment or on the network.
 */
export const sprig: ReadonlyMap<string, TemplateFunction> = new Map<string, TemplateFunction>([
  ["default", (fallback, value) => (empty(value) ? fallback : value)],
  ["empty", empty],
  ["coalesce", (...values) => values.find((one) => !empty(one))],
  ["ternary", (yes, no, test) => (truth(test) ? yes : no)],
  ["all", (...values) => values.every(truth)],
  ["any", (...values) => values.some(truth)],
  [
    "fail",
    (why) => {
      throw new Error(text(why));
    },
  ],

  ["list", (...values) => values],
  ["tuple", (...values) => values],
  ["append", (list, value) => [...items(list), value]],
  ["prepend", (list, value) => [value, ...items(list)]],
  ["concat", (...lists) => lists.flatMap((one) => [...items(one)])],
  ["first", (list) => items(list)[0]],
  ["last", (list) => items(list).at(-1)],
  ["rest", (list) => items(list).slice(1)],
  ["initial", (list) => items(list).slice(0, -1)],
  ["reverse", (list) => items(list).toReversed()],
  ["has", (wanted, list) => items(list).some((one) => equal(plain(one), plain(wanted)))],
  ["without", (list, ...gone) => items(list).filter((one) => !gone.some((other) => equal(plain(one), plain(other))))],
  ["compact", (list) => items(list).filter(truth)],
  ["uniq", unique],
  [
    "sortAlpha",
    (list) =>
      items(list)
        .map((one) => text(one))
        .toSorted(),
  ],
  ["join", (separator, list) => (itemsOf(list) ?? [list]).map((one) => text(one)).join(text(separator))],
  [
    "until",
    (count) => {
      if (numberOf(count) > mostRepeats) throw new Error(`${text(count)} repetitions`);
      return Array.from({ length: Math.max(0, numberOf(count)) }, (_, index) => index);
    },
  ],

  [
    "dict",
    (...pairs) =>
      mapOf(
        Array.from(
          { length: Math.ceil(pairs.length / 2) },
          (_, index) =>
            [text(pairs[2 * index]), pairs.length > 2 * index + 1 ? plain(pairs[2 * index + 1]) : ""] as const,
        ),
      ),
  ],
  ["get", (map, key) => entries(map).find(([name]) => name === text(key))?.[1] ?? ""],
  ["set", withSet],
  ["unset", (map, key) => picked(map, [key], false)],
  ["hasKey", (map, key) => entries(map).some(([name]) => name === text(key))],
  ["keys", (...maps) => maps.flatMap((map) => entries(map).map(([name]) => name))],
  ["values", (map) => entries(map).map(([, one]) => one)],
  ["pick", (map, ...keys) => picked(map, keys, true)],
  ["merge", (...maps) => merged(maps)],
  ["mergeOverwrite", (...maps) => merged(maps.toReversed())],
  [
    "dig",
    (...args) => {
      const [map, fallback, ...path] = args.toReversed();
      let found: GoValue = map;
      for (const key of path.toReversed()) {
        const inner = plain(found);
        if (!isObject(inner) || !Object.hasOwn(inner, text(key))) return fallback;
        found = inner[text(key)];
      }
      return found;
    },
  ],

  [
    "quote",
    (...values) =>
      values
        .filter((one) => plain(one) !== null)
        .map((one) => JSON.stringify(text(one)))
        .join(" "),
  ],
  [
    "squote",
    (...values) =>
      values
        .filter((one) => plain(one) !== null)
        .map((one) => `'${text(one)}'`)
        .join(" "),
  ],
  ["trim", (value) => trimmed(" \t\r\n", text(value), true, true)],
  ["trimAll", (cutset, value) => trimmed(text(cutset), text(value), true, true)],
  [
    "trimPrefix",
    (start, value) => (text(value).startsWith(text(start)) ? text(value).slice(text(start).length) : text(value)),
  ],
  [
    "trimSuffix",
    (end, value) =>
      text(end) !== "" && text(value).endsWith(text(end)) ? text(value).slice(0, -text(end).length) : text(value),
  ],
  ["trunc", truncated],
  ["upper", (value) => text(value).toUpperCase()],
  ["lower", (value) => text(value).toLowerCase()],
  ["nospace", (value) => text(value).replace(/\s/g, "")],
  ["replace", (from, to, value) => text(value).replaceAll(text(from), () => text(to))],
  ["repeat", repeated],
  ["hasPrefix", (start, value) => text(value).startsWith(text(start))],
  ["hasSuffix", (end, value) => text(value).endsWith(text(end))],
  ["cat", (...values) => values.map((one) => shown(one)).join(" ")],
  ["splitList", (separator, value) => text(value).split(text(separator))],
  [
    "split",
    (separator, value) =>
      mapOf(
        text(value)
          .split(text(separator))
          .map((one, index) => [`_${index}`, one] as const),
      ),
  ],
  ["indent", indented],
  ["nindent", (spaces, value) => `\n${indented(spaces, value)}`],
  ["b64enc", (value) => Buffer.from(text(value)).toString("base64")],
  ["b64dec", (value) => Buffer.from(text(value), "base64").toString()],
  ["sha256sum", (value) => createHash("sha256").update(text(value)).digest("hex")],

  ["toString", (value) => text(value)],
  ["toStrings", (list) => items(list).map((one) => text(one))],
  ["int", whole],
  ["int64", whole],
  ["atoi", (value) => (/^[+-]?\d+$/.test(text(value)) ? Number(text(value)) : 0)],
  ["float64", (value) => (plain(value) === null ? 0 : numberOf(value))],
  ["add", (...values) => values.reduce<number>((sum, one) => sum + whole(one), 0)],
  ["add1", (value) => whole(value) + 1],
  ["sub", (left, right) => whole(left) - whole(right)],
  ["mul", (...values) => values.reduce<number>((product, one) => product * whole(one), 1)],
  [
    "div",
    (left, right) => {
      if (whole(right) === 0) throw new Error("division by zero");
      return Math.trunc(whole(left) / whole(right));
    },
  ],
  [
    "mod",
    (left, right) => {
      if (whole(right) === 0) throw new Error("division by zero");
      return whole(left) % whole(right);
    },
  ],
  ["max", (...values) => Math.max(...values.map(whole))],
  ["min", (...values) => Math.min(...values.map(whole))],
  ["toJson", (value) => JSON.stringify(plain(value))],
  ["toRawJson", (value) => JSON.stringify(plain(value))],
  ["toPrettyJson", (value) => JSON.stringify(plain(value), null, 2)],
  ["fromJson", parsed],
  [
    "kindOf",
    (value) =>
      isTyped(value)
        ? "struct"
        : typeName(value)
            .replace(/^map.*/, "map")
            .replace(/^\[\].*/, "slice"),
  ],
  [
    "kindIs",
    (kind, value) =>
      text(kind) ===
      typeName(value)
        .replace(/^map.*/, "map")
        .replace(/^\[\].*/, "slice"),
  ],
  ["typeOf", (value) => typeName(value)],
  ["deepCopy", (value) => value],
  ["deepEqual", (left, right) => equal(plain(left), plain(right))],
]);
