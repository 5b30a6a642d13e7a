import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from "node:http";
import type { Readable, Writable } from "node:stream";
import type { Connection } from "./connection.ts";
import type { Exchange, OutgoingHeaders } from "./exchange.ts";
import { canonicalHeaders } from "./header-names.ts";
import { separateHeaders } from "./separate-headers.ts";

export class Http1Exchange implements Exchange {
  readonly method: string;
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly connection: Connection;
  readonly hasBody: boolean;
  readonly source: Readable;
  readonly sink: Writable;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;

  constructor(request: IncomingMessage, response: ServerResponse, connection: Connection) {
    this.#request = request;
    this.#response = response;
    this.source = request;
    this.sink = response;
    this.method = request.method ?? "";
    this.target = originForm(request.url ?? "");
    this.headers = separateHeaders(request.headers, request.rawHeaders);
    this.connection = connection;
    const { "content-length": length, "transfer-encoding": encoding } = request.headers;
    this.hasBody = encoding !== undefined || (length !== undefined && length !== "0");
  }

  isGone(): boolean {
    return this.#response.destroyed || this.#response.closed;
  }

  respond(status: number, headers: OutgoingHeaders, body: Uint8Array | undefined): void {
    if (!this.#request.complete && this.hasBody) {
      // Nobody reads the rest of the body, so nothing can follow it.
      headers["connection"] = "close";
      this.#response.once("finish", () => this.connection.socket.destroySoon());
    }
    this.#writeHead(status, headers);
    this.#response.end(body);
  }

  begin(status: number, headers: OutgoingHeaders): void {
    this.#writeHead(status, headers);
    this.#response.flushHeaders();
  }

  #writeHead(status: number, headers: OutgoingHeaders): void {
    // Connections are kept unless told otherwise; Go's server does not say so.
    if (this.#response.shouldKeepAlive && headers["connection"] === undefined)
      this.#response.removeHeader("connection");
    this.#response.writeHead(status, canonicalHeaders(headers) as never);
  }

  onClose(callback: () => void): void {
    if (this.#response.closed) callback();
    else this.#response.once("close", callback);
  }

  cut(): void {
    this.connection.socket.destroy();
  }
}

/** `http://host/path` asks for `/path`. */
function originForm(url: string): string {
  const match = /^https?:\/\/[^/?#]*(.*)$/i.exec(url);
  return match === null ? url : match[1] === "" ? "/" : match[1]!;
}
