import { Buffer } from "node:buffer";
import type { ApiResponse } from "../api/request.ts";
import { ApiError, internalError } from "../errors.ts";

export type BodyResponse = Extract<ApiResponse, { kind: "body" }>;
export type StreamResponse = Extract<ApiResponse, { kind: "stream" }>;

/** The `Status` that an error stands for. Anything but an ApiError tells clients nothing of itself. */
export function errorResponse(error: unknown): BodyResponse {
  const refusal = error instanceof ApiError ? error : internalError("the server failed");
  const { status, code, retryAfterSeconds } = refusal;
  return {
    kind: "body",
    status: code,
    contentType: "application/json",
    body: [Buffer.from(`${JSON.stringify(status)}\n`)],
    ...(retryAfterSeconds === undefined ? {} : { headers: { "retry-after": String(retryAfterSeconds) } }),
  };
}
