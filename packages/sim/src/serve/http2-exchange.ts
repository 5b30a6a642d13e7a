import { constants, type IncomingHttpHeaders, type ServerHttp2Stream } from "node:http2";
import type { Readable, Writable } from "node:stream";
import type { Connection } from "./connection.ts";
import type { Exchange, OutgoingHeaders } from "./exchange.ts";

/** A class, because one is made for each request and its functions are shared. */
export class Http2Exchange implements Exchange {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly connection: Connection;
  readonly hasBody: boolean;
  readonly source: Readable;
  readonly sink: Writable;
  readonly #stream: ServerHttp2Stream;

  constructor(stream: ServerHttp2Stream, headers: IncomingHttpHeaders, connection: Connection) {
    this.#stream = stream;
    this.source = stream;
    this.sink = stream;
    this.method = headers[":method"] ?? "";
    this.target = headers[":path"] ?? "";
    this.headers = headers;
    this.connection = connection;
    this.hasBody = !stream.endAfterHeaders;
  }

  isGone(): boolean {
    return this.#stream.destroyed || this.#stream.closed;
  }

  respond(status: number, headers: OutgoingHeaders, body: Uint8Array | undefined): void {
    const stream = this.#stream;
    headers[":status"] = status;
    if (body === undefined || body.length === 0 || this.method === "HEAD") {
      stream.respond(headers as never, { endStream: true });
    } else {
      stream.respond(headers as never);
      stream.end(body);
    }
    // What the client still sends of its body is not read: RFC 9113, 8.1.
    if (this.hasBody && !stream.readableEnded)
      stream.resume().once("finish", () => stream.close(constants.NGHTTP2_NO_ERROR));
  }

  begin(status: number, headers: OutgoingHeaders): void {
    headers[":status"] = status;
    this.#stream.respond(headers as never);
  }

  onClose(callback: () => void): void {
    if (this.#stream.destroyed) callback();
    else this.#stream.once("close", callback);
  }

  cut(): void {
    // `close` would end the answer in good order first.
    this.#stream.destroy(new Error("cut"));
  }
}
