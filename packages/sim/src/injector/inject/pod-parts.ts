import { get, isObject, textOf, type JsonObject, type JsonValue, type Labels } from "@fairlead/apimachinery";

/** The containers that Istio knows by their names. */
export const proxyContainer = "istio-proxy";
export const initContainer = "istio-init";
export const validationContainer = "istio-validation";
export const coreDumpContainer = "enable-core-dump";

/** What stands at these keys; undefined where it does not lead there. */
export function at(value: unknown, ...keys: readonly string[]): JsonValue | undefined {
  let found = value as JsonValue | undefined;
  for (const key of keys) found = get(found, key);
  return found;
}

/** The objects of a list. */
export function objectsIn(value: unknown, key: string): JsonObject[] {
  const list = get(value, key);
  return Array.isArray(list) ? list.filter(isObject) : [];
}

export function named(objects: readonly JsonObject[], name: string): JsonObject | undefined {
  return objects.find((one) => one["name"] === name);
}

export function labelsOf(metadata: JsonValue | undefined): Labels {
  return textsOf(get(metadata, "labels"));
}

export function annotationsOf(metadata: JsonValue | undefined): Labels {
  return textsOf(get(metadata, "annotations"));
}

/** Entries with texts, without a prototype: keys of others are looked up in it. */
function textsOf(value: JsonValue | undefined): Labels {
  const result = Object.create(null) as { [key: string]: string };
  for (const [key, one] of Object.entries(isObject(value) ? value : {})) if (typeof one === "string") result[key] = one;
  return result;
}

/** The container of this name, among the regular ones first. */
export function containerOf(spec: JsonValue | undefined, name: string): JsonObject | undefined {
  return named(objectsIn(spec, "containers"), name) ?? named(objectsIn(spec, "initContainers"), name);
}

/** The value of a Go boolean's text: `1`, `t`, `TRUE`; undefined of any other. */
export function goBoolean(text: string | undefined): boolean | undefined {
  if (text === undefined) return undefined;
  if (["1", "t", "T", "true", "TRUE", "True"].includes(text)) return true;
  return ["0", "f", "F", "false", "FALSE", "False"].includes(text) ? false : undefined;
}

/** A text with JSON; undefined if it is none. */
export function jsonIn(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}

export const textAt = (value: unknown, ...keys: readonly string[]): string => textOf(at(value, ...keys));
