import {
  equal,
  isObject,
  jsonMerge,
  setOwn,
  strategicMerge,
  type JsonArray,
  type JsonObject,
  type JsonValue,
  textOf,
} from "@fairlead/apimachinery";
import { ApiError, badRequest } from "../errors.ts";
import type { Kind } from "../resources/kind.ts";
import { decodeJson } from "./body.ts";

export const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

/** The object with a patch applied, before it is typed again. Throws what the API server throws for a bad patch. */
export function patched(bytes: Uint8Array, contentType: string, live: JsonObject, kind: Kind): JsonObject {
  const { value } = decodeJson(bytes);
  if (contentType === patchTypes.json) return jsonPatched(live, value);
  if (!isObject(value))
    throw badRequest(
      contentType === patchTypes.merge ? "Invalid JSON Patch" : "json: cannot unmarshal the patch into a map",
    );
  if (contentType === patchTypes.merge) return jsonMerge(live, value) as JsonObject;
  const options = kind.resolve === undefined ? {} : { resolve: kind.resolve };
  return strategicMerge(live, value, kind.schema, options) as JsonObject;
}

const mostOperations = 10_000;

/** RFC 6902, as evanphx/json-patch applies it; bounded as the API server bounds it. */
export function jsonPatched(live: JsonObject, patch: JsonValue): JsonObject {
  if (!Array.isArray(patch)) throw badRequest("json: cannot unmarshal object into Go value of type jsonpatch.Patch");
  if (patch.length > mostOperations) {
    const message = `The allowed maximum operations in a JSON patch is ${mostOperations}, got ${patch.length}`;
    throw new ApiError(413, "RequestEntityTooLarge", `Request entity too large: ${message}`);
  }
  let document: JsonValue = JSON.parse(JSON.stringify(live)) as JsonObject;
  for (const operation of patch) document = step(document, operation);
  if (!isObject(document)) throw unprocessable("the patch leaves no object");
  return document;
}

function unprocessable(message: string): ApiError {
  return new ApiError(422, "Invalid", message, {});
}

function step(document: JsonValue, operation: JsonValue): JsonValue {
  if (!isObject(operation)) throw badRequest("json: cannot unmarshal the operation of a JSON patch");
  const { op, path, from, value } = operation;
  if (typeof path !== "string")
    throw unprocessable(`${textOf(op)} operation does not apply: doc is missing path: missing path`);
  const target = pointer(path);
  switch (op) {
    case "add":
      return put(document, target, required(value, "add", path), "add", path);
    case "replace": {
      lookup(document, target, "replace", path);
      return put(document, target, required(value, "replace", path), "replace", path);
    }
    case "remove":
      return take(document, target, path).document;
    case "test": {
      const found = find(document, target);
      if (!equal(found ?? null, value ?? null)) throw unprocessable(`testing value ${path} failed: test failed`);
      return document;
    }
    case "copy":
      return put(document, target, copyOf(lookup(document, pointer(textOf(from)), "copy", textOf(from))), "copy", path);
    case "move": {
      const source = pointer(textOf(from));
      const moved = lookup(document, source, "move", textOf(from));
      return put(take(document, source, textOf(from)).document, target, moved, "move", path);
    }
    default:
      throw unprocessable(`Unexpected kind: ${textOf(op)}`);
  }
}

function copyOf(value: JsonValue): JsonValue {
  return JSON.parse(JSON.stringify(value)) as JsonValue;
}

function required(value: JsonValue | undefined, op: string, path: string): JsonValue {
  if (value === undefined)
    throw unprocessable(`${op} operation does not apply: doc is missing value: ${path}: missing value`);
  return value;
}

function pointer(path: string): readonly string[] {
  if (path === "") return [];
  return path
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function child(value: JsonValue | undefined, key: string): JsonValue | undefined {
  if (Array.isArray(value)) return /^\d+$/.test(key) ? value[Number(key)] : undefined;
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

function find(document: JsonValue, path: readonly string[]): JsonValue | undefined {
  let value: JsonValue | undefined = document;
  for (const key of path) value = child(value, key);
  return value;
}

function lookup(document: JsonValue, path: readonly string[], op: string, text: string): JsonValue {
  const value = find(document, path);
  if (value === undefined) {
    throw unprocessable(`${op} operation does not apply: doc is missing key: ${text}: missing value`);
  }
  return value;
}

function put(document: JsonValue, path: readonly string[], value: JsonValue, op: string, text: string): JsonValue {
  const last = path.at(-1);
  if (last === undefined) return value;
  const parent = find(document, path.slice(0, -1));
  if (Array.isArray(parent)) putInList(parent, last, value, op, text);
  else if (isObject(parent)) setOwn(parent, last, value);
  else
    throw unprocessable(`${op} operation does not apply: doc is missing path: ${JSON.stringify(text)}: missing value`);
  return document;
}

function putInList(list: JsonArray, key: string, value: JsonValue, op: string, text: string): void {
  if (key === "-") {
    list.push(value);
    return;
  }
  const index = Number(key);
  const most = op === "replace" ? list.length - 1 : list.length;
  if (!/^-?\d+$/.test(key) || index > most || index < -list.length) {
    throw unprocessable(
      `${op} operation does not apply: doc is missing path: ${JSON.stringify(text)}: invalid index referenced`,
    );
  }
  if (op === "replace") list[index] = value;
  else list.splice(index, 0, value);
}

function take(document: JsonValue, path: readonly string[], text: string): { document: JsonValue } {
  const last = path.at(-1);
  const parent = find(document, path.slice(0, -1));
  if (last === undefined || parent === undefined) {
    throw unprocessable(`remove operation does not apply: doc is missing path: ${JSON.stringify(text)}: missing value`);
  }
  if (child(parent, last) === undefined) {
    const why = Array.isArray(parent)
      ? "invalid index referenced"
      : "Unable to remove nonexistent key: " + last + ": missing value";
    throw unprocessable(`error in remove for path: '${text}': ${why}`);
  }
  if (Array.isArray(parent)) parent.splice(Number(last), 1);
  else if (isObject(parent)) delete parent[last];
  return { document };
}
