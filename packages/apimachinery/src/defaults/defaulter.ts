import { isObject, type JsonObject, type JsonValue } from "../json.ts";

/**
 * Fills in what one definition defaults, in place, on a copy whose own fields may be replaced but whose deeper values
 * belong to the input. Runs before the definitions of its fields.
 */
export type Defaulter = (object: JsonObject) => void;

/** Sets fields that are missing, or empty where a word belongs. */
export function fillIn(object: JsonObject, defaults: JsonObject): void {
  for (const key of Object.keys(defaults)) {
    if (!Object.hasOwn(object, key) || object[key] === null || object[key] === "") {
      object[key] = copyOf(defaults[key]!);
    }
  }
}

/** Most defaults are words and numbers. */
export function copyOf(value: JsonValue): JsonValue {
  return typeof value === "object" ? structuredClone(value) : value;
}

/** A defaulter that sets missing fields and no more. */
export function filler(defaults: JsonObject): Defaulter {
  return (object) => fillIn(object, defaults);
}

/** Replaces a field that is an object, or is missing, by a changed copy; `change` runs on an empty one if missing. */
export function edit(object: JsonObject, key: string, change: Defaulter): void {
  const before = Object.hasOwn(object, key) ? object[key]! : null;
  if (before !== null && !isObject(before)) return;
  const copy = { ...before };
  change(copy);
  object[key] = copy;
}

/** Replaces each object of a list by a changed copy. */
export function editItems(object: JsonObject, key: string, change: Defaulter): void {
  const list = Object.hasOwn(object, key) ? object[key] : undefined;
  if (!Array.isArray(list)) return;
  object[key] = list.map((item) => {
    if (!isObject(item)) return item;
    const copy = { ...item };
    change(copy);
    return copy;
  });
}

/** Missing or null. */
export function isAbsent(value: JsonValue | undefined): value is undefined | null {
  return value === undefined || value === null;
}

/** Missing, null or Go's zero value. */
export function isUnset(value: JsonValue | undefined): boolean {
  return value === undefined || value === null || value === "" || value === 0 || value === false;
}

export function size(value: JsonValue | undefined): number {
  return typeof value === "object" && value !== null ? Object.keys(value).length : 0;
}
