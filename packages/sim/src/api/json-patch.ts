import {
  equal,
  isObject,
  setOwn,
  textOf,
  type JsonArray,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { ApiError } from "../errors.ts";

const mostOperations = 10_000;

/**
 * RFC 6902, as evanphx/json-patch applies it: a replaced field of a map need not be there. Bounded as the API server
 * bounds it. What cannot be applied is refused without telling why, as the API server does.
 */
export function jsonPatched(live: JsonObject, patch: JsonValue): JsonObject {
  if (!Array.isArray(patch)) throw unprocessable();
  if (patch.length > mostOperations) {
    const message = `The allowed maximum operations in a JSON patch is ${mostOperations}, got ${patch.length}`;
    throw new ApiError(413, "RequestEntityTooLarge", `Request entity too large: ${message}`);
  }
  let document: JsonValue = JSON.parse(JSON.stringify(live)) as JsonObject;
  for (const operation of patch) document = step(document, operation);
  if (!isObject(document)) throw unprocessable();
  return document;
}

function unprocessable(): ApiError {
  return new ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {});
}

function step(document: JsonValue, operation: JsonValue): JsonValue {
  if (!isObject(operation)) throw unprocessable();
  const { op, path, from, value } = operation;
  if (typeof path !== "string") throw unprocessable();
  const target = pointer(path);
  switch (op) {
    case "add":
      return put(document, target, required(value), "add");
    case "replace":
      return put(document, target, required(value), "replace");
    case "remove":
      return take(document, target);
    case "test":
      if (!equal(find(document, target) ?? null, value ?? null)) throw unprocessable();
      return document;
    case "copy":
      return put(document, target, copyOf(lookup(document, pointer(textOf(from)))), "add");
    case "move": {
      const source = pointer(textOf(from));
      const moved = lookup(document, source);
      return put(take(document, source), target, moved, "add");
    }
    default:
      throw unprocessable();
  }
}

function copyOf(value: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

function required(value: JsonValue | undefined): JsonValue {
  return value ?? null;
}

function pointer(path: string): readonly string[] {
  if (path === "") return [];
  return path
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function child(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (Array.isArray(value)) return /^-?\d+$/.test(key) ? value.at(Number(key)) : undefined;
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function find(document: JsonValue, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = document;
  for (const key of path) value = child(value, key);
  return value;
}

function lookup(document: JsonValue, path: readonly string[]): JsonValue {
  const value = find(document, path);
  if (value === undefined) throw unprocessable();
  return value;
}

function put(document: JsonValue, path: readonly string[], value: JsonValue, op: "add" | "replace"): JsonValue {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = find(document, path.slice(0, -1));
  if (Array.isArray(parent)) putInList(parent, last, value, op);
  else if (isObject(parent)) setOwn(parent, last, value);
  else throw unprocessable();
  return document;
}

function putInList(list: JsonArray, key: string, value: JsonValue, op: "add" | "replace"): void {
  if (key === "-" && op === "add") {
    list.push(value);
    return;
  }
  const index = Number(key);
  const most = op === "replace" ? list.length - 1 : list.length;
  const least = op === "replace" ? -list.length : -list.length - 1;
  if (!/^-?\d+$/.test(key) || index > most || index < least) throw unprocessable();
  const at = index < 0 ? most + 1 + index : index;
  if (op === "replace") list[at] = value;
  else list.splice(at, 0, value);
}

function take(document: JsonValue, path: readonly string[]): JsonValue {
  const last = path.at(-1);
  const parent = find(document, path.slice(0, -1));
  if (last === undefined || child(parent, last) === undefined) throw unprocessable();
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isObject(parent)) delete parent[last];
  return document;
}
