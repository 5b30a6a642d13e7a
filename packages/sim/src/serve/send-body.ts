import { Buffer } from "node:buffer";
import { Readable, type Writable } from "node:stream";
import { createGzip } from "node:zlib";
import type { Clock } from "@fairlead/apimachinery";
import { acceptsGzip } from "./accepts-gzip.ts";
import type { BodyResponse } from "./answer.ts";
import type { Exchange, OutgoingHeaders } from "./exchange.ts";
import type { Limits } from "./limits.ts";

/** kube-apiserver compresses what is longer, at the fastest level. */
const gzipThreshold = 128 * 1024;
/** Parts are joined to pieces of about this size. */
const piece = 64 * 1024;

/** Sends an answer, as fast as its client takes it. The head is in `headers` but for what tells of the body. */
export function sendBody(
  exchange: Exchange,
  response: BodyResponse,
  headers: OutgoingHeaders,
  clock: Clock,
  limits: Limits,
): void {
  const { status, contentType, late } = response;
  if (status === 304) return exchange.respond(status, headers, undefined);
  const body = late === undefined ? response.body : undefined;
  let length = late?.length ?? 0;
  for (const part of body ?? []) length += part.length;
  const parts = (): Iterable<Uint8Array> => pieces(body ?? late!.parts());
  headers["content-type"] = contentType;
  if (contentType === "text/plain; charset=utf-8") headers["x-content-type-options"] = "nosniff";
  const isHead = exchange.method === "HEAD";
  if (length > gzipThreshold && !isHead && acceptsGzip(exchange.headers["accept-encoding"])) {
    headers["content-encoding"] = "gzip";
    headers["vary"] = "Accept-Encoding";
    exchange.begin(status, headers);
    const gzip = createGzip({ level: 1, chunkSize: piece });
    Readable.from(parts(), { objectMode: true, highWaterMark: 2 }).pipe(gzip);
    void pump(gzip, exchange, clock, limits).finally(() => gzip.destroy());
    return;
  }
  headers["content-length"] = length;
  if (isHead) exchange.respond(status, headers, undefined);
  else if (body?.length === 1 && length <= piece) exchange.respond(status, headers, body[0]);
  else if (length <= piece) exchange.respond(status, headers, Buffer.concat([...parts()], length));
  else {
    exchange.begin(status, headers);
    void pump(parts(), exchange, clock, limits);
  }
}

async function pump(
  chunks: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  exchange: Exchange,
  clock: Clock,
  { stallMs }: Limits,
): Promise<void> {
  const { sink } = exchange;
  for await (const chunk of chunks) {
    if (exchange.isGone()) return;
    if (sink.write(chunk)) continue;
    if (!(await drained(sink, clock, stallMs))) return exchange.cut();
  }
  if (exchange.isGone()) return;
  sink.end();
  // What is left fits the buffers; who does not take it is cut off all the same.
  if (!(await closed(sink, clock, stallMs))) exchange.cut();
}

/** False when the client goes, or takes nothing for so long. */
function drained(sink: Writable, clock: Clock, ms: number): Promise<boolean> {
  return happens(sink, "drain", "close", clock, ms);
}

function closed(sink: Writable, clock: Clock, ms: number): Promise<boolean> {
  return happens(sink, "close", undefined, clock, ms);
}

function happens(
  sink: Writable,
  what: string,
  otherwise: string | undefined,
  clock: Clock,
  ms: number,
): Promise<boolean> {
  return new Promise((resolve) => {
    const settle = (value: boolean): void => {
      cancel();
      sink.off(what, yes);
      if (otherwise !== undefined) sink.off(otherwise, no);
      resolve(value);
    };
    const yes = (): void => settle(true);
    const no = (): void => settle(false);
    const cancel = clock.after(ms, no);
    sink.on(what, yes);
    if (otherwise !== undefined) sink.on(otherwise, no);
    if (sink.destroyed) settle(what === "close");
  });
}

/** Small parts together, large ones as they are. */
function* pieces(parts: Iterable<Uint8Array>): Generator<Uint8Array> {
  let pending: Uint8Array[] = [];
  let length = 0;
  for (const part of parts) {
    if (part.length === 0) continue;
    pending.push(part);
    length += part.length;
    if (length < piece) continue;
    yield pending.length === 1 ? part : Buffer.concat(pending, length);
    pending = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(pending, length);
}
