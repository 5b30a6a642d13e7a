import { isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { metadataOrder } from "../resources/metadata-order.ts";

/**
 * A patched object as the server prints it in errors: maps that a patch goes through have sorted keys, and all of a
 * custom resource are maps.
 */
export function patchedText(object: JsonObject, isCustom = false): string {
  if (isCustom) return JSON.stringify(sortedAll(object));
  const shown: JsonObject = {};
  for (const key of Object.keys(object).sort()) {
    shown[key] = key === "metadata" ? inOrder(object[key]!) : sorted(object[key]!);
  }
  return JSON.stringify(shown);
}

function inOrder(metadata: JsonValue): JsonValue {
  if (!isObject(metadata)) return metadata;
  const known = metadataOrder.filter((key) => Object.hasOwn(metadata, key));
  const others = Object.keys(metadata).filter((key) => !metadataOrder.includes(key));
  return Object.fromEntries([...known, ...others].map((key) => [key, metadata[key]!]));
}

function sorted(value: JsonValue): JsonValue {
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sorted(value[key]!)]),
  );
}

function sortedAll(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(sortedAll);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.keys(value)
      .sort()
      .map((key) => [key, sortedAll(value[key]!)]),
  );
}
