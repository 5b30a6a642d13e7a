import { isObject, setOwn, type JsonObject, type JsonValue } from "../json.ts";

const deepest = 200;

/** A JSON merge patch (RFC 7386): maps merge, null deletes, everything else is replaced. Inputs are not changed. */
export function jsonMerge(base: JsonValue | undefined, patch: JsonValue): JsonValue {
  return mergeAt(base, patch, 0);
}

function mergeAt(base: JsonValue | undefined, patch: JsonValue, depth: number): JsonValue {
  if (!isObject(patch) || depth > deepest) return patch;
  const result: JsonObject = {};
  if (isObject(base)) for (const key of Object.keys(base)) setOwn(result, key, base[key]!);
  for (const key of Object.keys(patch)) {
    const value = patch[key]!;
    if (value === null) delete result[key];
    else setOwn(result, key, mergeAt(Object.hasOwn(result, key) ? result[key]! : undefined, value, depth + 1));
  }
  return result;
}
