import type { Readable } from "node:stream";
import type { KubeError } from "../errors.ts";
import type { TransportRequest, TransportResponse } from "./transport.ts";

/** What came of one request on one connection. */
export type Outcome =
  | { readonly kind: "response"; readonly response: TransportResponse }
  /** `again`: it was refused unseen, and another connection may take it at once. */
  | { readonly kind: "failed"; readonly error: KubeError; readonly again: boolean };

/** A request with everything that the transport adds to it. */
export interface PreparedRequest extends TransportRequest {
  /** With the server's prefix. */
  readonly fullPath: string;
  readonly allHeaders: { readonly [name: string]: string | readonly string[] };
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
