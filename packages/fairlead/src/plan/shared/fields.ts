import { setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** Fields under construction: those that are undefined are left out. */
export type Fields = { readonly [key: string]: JsonValue | undefined };

/** An object of the fields that have a value, in the order written. */
export function fields(from: Fields): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(from)) {
    const value = from[key];
    if (value !== undefined) setOwn(result, key, value);
  }
  return result;
}

/** The same with the keys of `order` first and the others after them by name, so that the writer's order plays no part. */
export function orderedFields(from: Fields, order: readonly string[]): JsonObject {
  const result: JsonObject = {};
  for (const key of order) {
    const value = Object.hasOwn(from, key) ? from[key] : undefined;
    if (value !== undefined) setOwn(result, key, value);
  }
  for (const key of Object.keys(from).sort()) {
    const value = from[key];
    if (value !== undefined && !order.includes(key)) setOwn(result, key, value);
  }
  return result;
}

/** The fields that are not named in `left`; `null` counts as absent, as in Kubernetes. */
export function without(from: object, left: { readonly [key: string]: true }): Fields {
  const result: JsonObject = {};
  for (const [key, value] of Object.entries(from) as [string, JsonValue | undefined][]) {
    if (value !== undefined && value !== null && !Object.hasOwn(left, key)) setOwn(result, key, value);
  }
  return result;
}

/** Undefined for an empty object or list, so that it is left out. */
export function filled<T extends object>(value: T | undefined): T | undefined {
  if (value === undefined) return undefined;
  return (Array.isArray(value) ? value.length : Object.keys(value).length) === 0 ? undefined : value;
}
