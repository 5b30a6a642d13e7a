import type { Readable } from "node:stream";
import type { Credential } from "../access/access.ts";
import type { KubeError } from "../errors.ts";
import type { TransportRequest, TransportResponse } from "./transport.ts";

/** What came of one request on one connection. */
export type Outcome =
  | { readonly kind: "response"; readonly response: TransportResponse }
  /** `again`: it was refused unseen, and another connection may take it at once. */
  | { readonly kind: "failed"; readonly error: KubeError; readonly again: boolean };

/** A request with everything that the transport adds to it. */
export interface PreparedRequest {
  readonly request: TransportRequest;
  /** With the server's prefix. */
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: readonly string[];
}

export function prepare(
  request: TransportRequest,
  prefix: string,
  userAgent: string,
  credential: Credential,
): PreparedRequest {
  const headers = ["user-agent", userAgent];
  for (const name in request.headers) headers.push(name, request.headers[name]!);
  for (const name in credential.headers) {
    const value = credential.headers[name]!;
    if (typeof value === "string") headers.push(name, value);
    else for (const one of value) headers.push(name, one);
  }
  return { request, path: prefix + request.path, headers };
}

/**
 * Lets a readable of Node fail with errors of ours: they reach whoever reads it, in place of Node's own. Overriding
 * `_destroy`, the hook for implementers, costs less than another stream around each body. `brokenOff` gives the error of
 * a stream that is destroyed without one although the server did not end it: it would look complete.
 */
export function translateErrors(
  body: Readable,
  translate: (error: Error) => KubeError,
  brokenOff?: () => KubeError | undefined,
): void {
  const destroy = body._destroy;
  body._destroy = function (error, callback) {
    const own = error === null ? brokenOff?.() : undefined;
    destroy.call(this, error, (late) => {
      const reason = late ?? own ?? error;
      callback(reason instanceof Error ? translate(reason) : reason);
    });
  };
}
