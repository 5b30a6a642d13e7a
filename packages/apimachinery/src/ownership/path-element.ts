import { compareText } from "../compare-text.ts";
import { isObject, setOwn, type JsonArray, type JsonObject, type JsonValue } from "../json.ts";
import { compareUtf8 } from "./compare-utf8.ts";
import { goJson, goString } from "./go-json.ts";

/**
 * One step to a field, as structured-merge-diff takes it: a field or key of a map, an item of an associative list by
 * its keys (sorted by name), an item of a set by its value, an item of a list by its place.
 * https://pkg.go.dev/sigs.k8s.io/structured-merge-diff/v6/fieldpath#PathElement
 */
export type PathElement =
  | { readonly kind: "field"; readonly name: string }
  | { readonly kind: "key"; readonly key: JsonObject }
  | { readonly kind: "value"; readonly value: JsonValue }
  | { readonly kind: "index"; readonly index: number };

/** From the root of an object to a field. The empty path is the object itself, which nobody owns. */
export type OwnedPath = readonly PathElement[];

const fields = new Map<string, PathElement>();
/** Field names of schemas, and the keys of labels and data that are met first. */
const mostFields = 20_000;

export function fieldElement(name: string): PathElement {
  let element = fields.get(name);
  if (element === undefined) {
    element = { kind: "field", name };
    if (fields.size < mostFields && name.length < 100) fields.set(name, element);
  }
  return element;
}

/** The names of the keys are put in order. */
export function keyElement(key: JsonObject): PathElement {
  const sorted: JsonObject = {};
  for (const name of Object.keys(key).sort(compareUtf8)) setOwn(sorted, name, key[name]!);
  return { kind: "key", key: sorted };
}

export function valueElement(value: JsonValue): PathElement {
  return { kind: "value", value };
}

/** The element as `FieldsV1` writes it: `f:spec`, `k:{"name":"app"}`, `v:"text"`, `i:0`. */
export function printPathElement(element: PathElement): string {
  switch (element.kind) {
    case "field":
      return `f:${element.name}`;
    case "key":
      // A key of the map is not escaped for HTML, its value is.
      return `k:{${Object.keys(element.key)
        .sort(compareUtf8)
        .map((name) => `${goString(name, false)}:${goJson(element.key[name]!)}`)
        .join(",")}}`;
    case "value":
      return `v:${goJson(element.value)}`;
    case "index":
      return `i:${element.index}`;
  }
}

/** Undefined for an element of a kind that this version does not know; a text where it is malformed. */
export function parsePathElement(text: string): PathElement | string | undefined {
  if (text.length < 2 || text[1] !== ":") return `${JSON.stringify(text)} is no path element`;
  const rest = text.slice(2);
  switch (text[0]) {
    case "f":
      return fieldElement(rest);
    case "k": {
      const key = parseJson(rest);
      return isObject(key) ? keyElement(key) : `${JSON.stringify(text)} has no map of keys`;
    }
    case "v": {
      const value = parseJson(rest);
      return value === undefined ? `${JSON.stringify(text)} has no value` : valueElement(value);
    }
    case "i":
      return /^[+-]?\d{1,15}$/.test(rest)
        ? { kind: "index", index: Number(rest) }
        : `${JSON.stringify(text)} has no index`;
    default:
      return undefined;
  }
}

/** Keys are scalars; what is nested and longer is no key of anything, and hostile. */
const longestNested = 10_000;

function parseJson(text: string): JsonValue | undefined {
  if (text.length > longestNested && !text.startsWith('"')) return undefined;
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

const rank = { field: 0, key: 1, value: 2, index: 3 } as const;

/** The order of structured-merge-diff: fields, keys, values, indexes; each kind by its content. */
export function comparePathElements(a: PathElement, b: PathElement): number {
  if (a.kind === "field" && b.kind === "field") return compareUtf8(a.name, b.name);
  if (a.kind === "key" && b.kind === "key") return compareKeys(a.key, b.key);
  if (a.kind === "value" && b.kind === "value") return compareValues(a.value, b.value);
  if (a.kind === "index" && b.kind === "index") return a.index - b.index;
  return rank[a.kind] - rank[b.kind];
}

const deepest = 100;

function compareKeys(a: JsonObject, b: JsonObject, depth = 0): number {
  const left = Object.keys(a);
  const right = Object.keys(b);
  for (let i = 0; i < left.length && i < right.length; i++) {
    const byName = compareUtf8(left[i]!, right[i]!);
    if (byName !== 0) return byName;
    const byValue = compareValues(a[left[i]!]!, b[right[i]!]!, depth + 1);
    if (byValue !== 0) return byValue;
  }
  return left.length - right.length;
}

/** Numbers, texts, booleans, lists, maps, null: a total order over values of different types. */
export function compareValues(a: JsonValue, b: JsonValue, depth = 0): number {
  if (depth > deepest) return 0;
  const byType = typeRank(a) - typeRank(b);
  if (byType !== 0) return byType;
  if (typeof a === "string") return compareUtf8(a, b as string);
  if (typeof a === "number") return a - (b as number);
  if (typeof a === "boolean") return Number(a) - Number(b);
  if (Array.isArray(a)) return compareLists(a, b as JsonArray, depth);
  if (isObject(a)) return compareMaps(a, b as JsonObject, depth);
  return compareText(JSON.stringify(a), JSON.stringify(b));
}

function typeRank(value: JsonValue): number {
  if (typeof value === "number" || JSON.isRawJSON(value)) return JSON.isRawJSON(value) ? 1 : 0;
  if (typeof value === "string") return 2;
  if (typeof value === "boolean") return 3;
  if (Array.isArray(value)) return 4;
  return value === null ? 6 : 5;
}

function compareLists(a: JsonArray, b: JsonArray, depth: number): number {
  for (let i = 0; i < a.length && i < b.length; i++) {
    const order = compareValues(a[i]!, b[i]!, depth + 1);
    if (order !== 0) return order;
  }
  return a.length - b.length;
}

function compareMaps(a: JsonObject, b: JsonObject, depth: number): number {
  const sorted = (map: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.keys(map)
        .sort(compareUtf8)
        .map((key) => [key, map[key]!]),
    );
  return compareKeys(sorted(a), sorted(b), depth);
}

/** For people: `.spec.template.spec.containers[name="app"].image`, as the server writes it in conflicts. */
export function formatOwnedPath(path: OwnedPath): string {
  return path.map(formatElement).join("");
}

function formatElement(element: PathElement): string {
  switch (element.kind) {
    case "field":
      return `.${element.name}`;
    case "key":
      return `[${Object.keys(element.key)
        .map((name) => `${name}=${formatValue(element.key[name]!)}`)
        .join(",")}]`;
    case "value":
      return `[=${formatValue(element.value)}]`;
    case "index":
      return `[${element.index}]`;
  }
}

function formatValue(value: JsonValue, depth = 0): string {
  if (depth > deepest) return "…";
  if (Array.isArray(value)) return `[${value.map((item) => formatValue(item, depth + 1)).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value);
  return Object.keys(value)
    .map((key) => `${key}=${formatValue(value[key]!, depth + 1)}`)
    .join("");
}
