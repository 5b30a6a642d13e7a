import { applyJsonPatch, JsonPatchError, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

import { ApiError } from "../errors.ts";

const mostOperations = 10_000;

/**
 * RFC 6902, bounded as the API server bounds it. What cannot be applied is refused without telling why, as the API
 * server does.
 */
export function jsonPatched(live: JsonObject, patch: readonly JsonValue[]): JsonObject {
  if (patch.length > mostOperations) {
    const message = `The allowed maximum operations in a JSON patch is ${mostOperations}, got ${patch.length}`;
    throw new ApiError(413, "RequestEntityTooLarge", `Request entity too large: ${message}`);
  }
  try {
    return applyJsonPatch(live, patch);
  } catch (error) {
    // Operations may move things into each other until the stack does not hold them.
    if (error instanceof JsonPatchError || error instanceof RangeError) throw unprocessable();
    throw error;
  }
}

export function unprocessable(): ApiError {
  return new ApiError(422, "Invalid", "the server rejected our request due to an error in our request", {});
}
