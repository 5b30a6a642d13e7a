import type { Duplex, Readable } from "node:stream";

export interface TransportRequest {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";
  /** Path and query, without the server's prefix. */
  readonly path: string;
  /** Lower case names. `authorization` and the like are added by the transport. */
  readonly headers?: { readonly [name: string]: string };
  readonly body?: string;
  readonly signal?: AbortSignal;
  /** How long the head of the answer may take. */
  readonly timeoutMs?: number;
}

export interface TransportResponse {
  readonly status: number;
  /** Lower case names; several values are joined by `, ` except `warning` and `set-cookie`. */
  readonly headers: { readonly [name: string]: string | readonly string[] | undefined };
  /**
   * The bytes of the body as they come. It must be read to its end or destroyed. An error is a `KubeError`. Listen to
   * `data`, `end` and `error`, and look at `destroyed` first: an iterator or a pipeline may take a body of HTTP/2 that is
   * complete already for a broken one.
   */
  readonly body: Readable;
}

/**
 * One cluster's connections. It dials, keeps alive, re-dials, spreads requests over sessions, adds credentials and
 * follows their rotation. It retries only what the server has certainly not seen. Errors are `KubeError`s with the codes
 * `connection`, `tls`, `protocol`, `deadline`, `aborted`, `closed`, `credentials`.
 */
export interface Transport {
  send(request: TransportRequest): Promise<TransportResponse>;
  /** A WebSocket-ready connection of its own, HTTP/1.1 over TLS, through the proxy if there is one; with the headers to send. */
  dial(signal?: AbortSignal): Promise<{
    readonly socket: Duplex;
    readonly headers: { readonly [name: string]: string | readonly string[] };
    /** What the Host header says. */
    readonly host: string;
    /** The server's path prefix, without a slash at its end. */
    readonly prefix: string;
  }>;
  /** Ends when the streams in flight have ended, or at once. Further calls fail with `closed`. */
  close(options?: { readonly force?: boolean }): Promise<void>;
}
