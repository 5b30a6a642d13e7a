import {
  isObject,
  jsonMerge,
  parseJson,
  strategicMerge,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { badRequest } from "../errors.ts";
import type { Kind } from "../resources/kind.ts";
import { isTooDeep } from "./depth.ts";
import { duplicateKeys } from "./duplicate-keys.ts";
import { goJsonError } from "./go-json-error.ts";
import { parseBody } from "./body.ts";
import { jsonPatched, unprocessable } from "./json-patch.ts";
import { checkStrategicPatch } from "./strategic-patch.ts";

export const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

export interface Patched {
  /** Before it is typed again. */
  readonly object: JsonObject;
  /** Keys of the patch that occur twice, as `duplicate field "data.a"` names them. */
  readonly duplicates: readonly string[];
  /** What the patch says, for errors about what comes of it. */
  readonly patch: JsonValue;
}

/** The object with a patch applied. Throws what the API server throws for a bad patch. */
export function patched(bytes: Uint8Array, contentType: string, live: JsonObject, kind: Kind): JsonObject {
  return patchedObject(bytes, contentType, live, kind).object;
}

export function patchedObject(bytes: Uint8Array, contentType: string, live: JsonObject, kind: Kind): Patched {
  const result = patchedOnce(bytes, contentType, live, kind);
  // Each patch is bounded, but many of them may pile up.
  if (isTooDeep(result.object)) throw unprocessable();
  return result;
}

function patchedOnce(bytes: Uint8Array, contentType: string, live: JsonObject, kind: Kind): Patched {
  const isStrategic = contentType === patchTypes.strategic;
  const head = isStrategic ? "" : "error decoding patch: ";
  const text = parseBody(bytes);
  const why = goJsonError(text);
  if (why !== undefined) throw badRequest(`${head}${why}`);
  const patch = parseJson(text);
  const duplicates = duplicateKeys(text);
  if (contentType === patchTypes.json) {
    if (!Array.isArray(patch)) throw badRequest(wrongType(head, patch, "[]handlers.jsonPatchOp"));
    return { object: jsonPatched(live, patch), duplicates, patch };
  }
  if (!isObject(patch)) throw badRequest(wrongType(head, patch, "map[string]interface {}"));
  if (!isStrategic) return { object: jsonMerge(live, patch) as JsonObject, duplicates, patch };
  const options = kind.resolve === undefined ? {} : { resolve: kind.resolve };
  checkStrategicPatch(patch, kind.schema, options);
  return { object: strategicMerge(live, patch, kind.schema, options) as JsonObject, duplicates, patch };
}

function wrongType(head: string, value: JsonValue, type: string): string {
  const found = Array.isArray(value)
    ? "array"
    : isObject(value)
      ? "object"
      : typeof value === "boolean"
        ? "bool"
        : typeof value;
  return `${head}json: cannot unmarshal ${found} into Go value of type ${type}`;
}
