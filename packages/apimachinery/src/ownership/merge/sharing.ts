import { isObject, setOwn, type JsonObject, type JsonValue } from "../../json.ts";

/**
 * The object with those parts of another that say the same with their keys in the same order, as the very objects of
 * the other: what comes after sees at once that they are equal. Neither is changed.
 */
export function sharing(object: JsonObject, other: JsonObject): JsonObject {
  return shared(object, other, 0) as JsonObject;
}

const deepest = 200;

function shared(value: JsonValue, other: JsonValue | undefined, depth: number): JsonValue {
  if (value === other || depth > deepest || typeof value !== "object" || typeof other !== "object") return value;
  if (Array.isArray(value)) return Array.isArray(other) ? sharedList(value, other, depth) : value;
  return isObject(value) && isObject(other) ? sharedObject(value, other, depth) : value;
}

function sharedList(list: JsonValue[], other: readonly JsonValue[], depth: number): JsonValue[] {
  let isSame = list.length === other.length;
  let result = list;
  for (let i = 0; i < list.length; i++) {
    const after = shared(list[i]!, other[i], depth + 1);
    isSame &&= after === other[i];
    if (after === list[i]) continue;
    if (result === list) result = list.slice();
    result[i] = after;
  }
  return isSame ? (other as JsonValue[]) : result;
}

function sharedObject(object: JsonObject, other: JsonObject, depth: number): JsonObject {
  const keys = Object.keys(object);
  const others = Object.keys(other);
  let isSame = keys.length === others.length;
  let result = object;
  for (let i = 0; i < keys.length; i++) {
    const key = keys[i]!;
    const value = object[key]!;
    const beside = Object.hasOwn(other, key) ? other[key] : undefined;
    const after = shared(value, beside, depth + 1);
    isSame &&= after === beside && key === others[i];
    if (after === value) continue;
    if (result === object) result = { ...object };
    setOwn(result, key, after);
  }
  return isSame ? other : result;
}
