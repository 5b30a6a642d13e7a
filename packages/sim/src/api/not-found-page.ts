import { Buffer } from "node:buffer";
import type { ApiResponse } from "./request.ts";

const page = Buffer.from("404 page not found\n");

/** What the server answers on a path that nothing is served on. */
export function pageNotFound(): ApiResponse {
  return { kind: "body", status: 404, contentType: "text/plain; charset=utf-8", body: [page] };
}
