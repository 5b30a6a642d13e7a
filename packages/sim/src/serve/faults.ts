import type { ApiRequest } from "../api/request.ts";
import type { ApiError } from "../errors.ts";

/**
 * What goes wrong on purpose. Asked once for each connection and each request, in the order of their arrival; whatever
 * it answers may depend on time, on a seed, or on what a test has set. Delays run on the cluster's clock.
 */
export interface Faults {
  /** A connection that is about to be accepted, before TLS: `drop` closes it, as a server that is down does. */
  readonly connection?: () => "drop" | undefined;
  /** A request whose sender is known. */
  readonly request?: (request: ApiRequest) => RequestFault | undefined;
}

export interface RequestFault {
  /** Before anything else happens. */
  readonly delayMs?: number;
  /** What happens then; nothing unless told: the request is served. */
  readonly outcome?:
    | { readonly kind: "error"; readonly error: ApiError }
    /** The connection is cut without an answer, and the request is not served. */
    | { readonly kind: "drop" }
    /** The request is served, and the connection is cut instead of the answer: the client cannot know. */
    | { readonly kind: "lose" }
    /** A watch is cut in the place of the frame after so many, or so long after its start. No effect on others. */
    | { readonly kind: "reset"; readonly afterFrames?: number; readonly afterMs?: number };
}
