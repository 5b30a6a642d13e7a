import type { ObjectRef } from "@fairlead/krm";
import type { Status } from "./status.ts";

/**
 * Why a call to a cluster failed. The first group is the server's verdict (with its `Status`), the second is what kept
 * an answer from coming, the third is on this side.
 */
export type KubeErrorCode =
  | "bad-request"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "already-exists"
  | "conflict"
  | "gone"
  | "invalid"
  | "too-many-requests"
  | "too-large"
  | "unsupported"
  | "server-error"
  | "unavailable"
  | "server-timeout"
  // no answer
  | "connection"
  | "tls"
  | "protocol"
  | "deadline"
  | "aborted"
  | "closed"
  // this side
  | "credentials"
  | "config"
  | "unknown-kind";

export interface KubeErrorDetails {
  /** HTTP status of the answer, if there was one. */
  readonly httpStatus?: number | undefined;
  readonly status?: Status | undefined;
  /** The object or collection the call was about. */
  readonly object?: ObjectRef | undefined;
  readonly cause?: unknown;
  /** Milliseconds after which the server wants to be asked again. */
  readonly retryAfterMs?: number | undefined;
  /** The name of the cluster. */
  readonly cluster?: string | undefined;
  /** What to do about it, where that can be said. */
  readonly hint?: string | undefined;
  /** The server has certainly not seen the request: it may be sent again whatever it does. */
  readonly unsent?: boolean;
}

/**
 * The one error of this package. `message` never holds a credential or the data of a Secret; `status` is what the
 * server sent, unchanged but for the data of a Secret, which is masked.
 */
export class KubeError extends Error {
  override readonly name = "KubeError";
  readonly code: KubeErrorCode;
  readonly httpStatus: number | undefined;
  readonly status: Status | undefined;
  readonly object: ObjectRef | undefined;
  readonly retryAfterMs: number | undefined;
  readonly cluster: string | undefined;
  readonly hint: string | undefined;
  readonly unsent: boolean;

  constructor(code: KubeErrorCode, message: string, details: KubeErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.httpStatus = details.httpStatus;
    this.status = details.status;
    this.object = details.object;
    this.retryAfterMs = details.retryAfterMs;
    this.cluster = details.cluster;
    this.hint = details.hint;
    this.unsent = details.unsent === true;
  }
}

/** Whether an error is a `KubeError` with one of these codes. */
export function isKubeError(error: unknown, ...codes: readonly KubeErrorCode[]): error is KubeError {
  return error instanceof KubeError && (codes.length === 0 || codes.includes(error.code));
}
