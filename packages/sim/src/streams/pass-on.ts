import { request as send, type IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import type { ApiRequest, ApiResponse } from "../api/request.ts";

/** What goes from one hop to the next only, and who the sender is to the API server. */
const ownHeaders: ReadonlySet<string> = new Set([
  "authorization",
  "connection",
  "content-length",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

/** An answer that is longer is cut off: it is held in memory. */
const mostBytes = 64 << 20;

/**
 * Sends a request on over a connection, as HTTP/1.1, and gives the answer. Rejects where there is none, or one of more
 * than 64 MiB.
 */
export async function passOn(request: ApiRequest, path: string, connection: Duplex): Promise<ApiResponse> {
  const { promise, resolve, reject } = Promise.withResolvers<ApiResponse>();
  const query = request.query.size === 0 ? "" : `?${request.query.toString()}`;
  const length = request.body.length === 0 ? {} : { "content-length": String(request.body.length) };
  const headers = { ...withoutOwn(request.headers), ...length, connection: "close" };
  const onward = send({
    createConnection: () => connection,
    method: request.method,
    path: encodeURI(path) + query,
    headers,
    signal: request.signal,
  });
  onward.once("error", reject);
  onward.once("response", (answer) => void read(answer).then(resolve, reject));
  onward.end(request.body);
  return promise.finally(() => connection.destroy());
}

async function read(answer: IncomingMessage): Promise<ApiResponse> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of answer as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > mostBytes) throw new Error("the answer is too long");
    parts.push(part);
  }
  const { "content-type": contentType = "", ...headers } = withoutOwn(answer.headers);
  return { kind: "body", status: answer.statusCode ?? 502, contentType, body: parts, headers };
}

function withoutOwn(headers: ApiRequest["headers"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) => {
      if (ownHeaders.has(name) || name.startsWith("impersonate-") || name.startsWith(":") || value === undefined)
        return [];
      return [[name, typeof value === "string" ? value : value.join(", ")]];
    }),
  );
}
