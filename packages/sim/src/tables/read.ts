import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** What lies at a path of fields; undefined when any of them is absent. */
export function at(value: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  let found = value;
  for (const key of path) found = get(found, key);
  return found ?? undefined;
}

/** A text at a path; empty for anything else. */
export function textAt(value: JsonValue | undefined, ...path: readonly string[]): string {
  return textOf(at(value, ...path));
}

/** A number at a path; 0 for anything else. */
export function numberAt(value: JsonValue | undefined, ...path: readonly string[]): number {
  const found = at(value, ...path);
  return typeof found === "number" ? found : 0;
}

/** Whether true is at a path. */
export function isTrueAt(value: JsonValue | undefined, ...path: readonly string[]): boolean {
  return at(value, ...path) === true;
}

/** A list at a path; empty for anything else. */
export function listAt(value: JsonValue | undefined, ...path: readonly string[]): readonly JsonValue[] {
  const found = at(value, ...path);
  return Array.isArray(found) ? found : [];
}

/** A list of texts at a path. */
export function textsAt(value: JsonValue | undefined, ...path: readonly string[]): readonly string[] {
  return listAt(value, ...path).filter((one) => typeof one === "string");
}

/** An object at a path; empty for anything else. */
export function objectAt(value: JsonValue | undefined, ...path: readonly string[]): JsonObject {
  const found = at(value, ...path);
  return isObject(found) ? found : {};
}

export function nameOf(object: JsonObject): string {
  return textAt(object, "metadata", "name");
}

export function or(text: string, otherwise: string): string {
  return text === "" ? otherwise : text;
}

/** The condition of a type: of several the first one. */
export function conditionOf(object: JsonObject, type: string): JsonValue | undefined {
  return listAt(object, "status", "conditions").find((one) => get(one, "type") === type);
}

/** Whether the first condition of a type is True. */
export function isTrue(object: JsonObject, type: string): boolean {
  return get(conditionOf(object, type), "status") === "True";
}
