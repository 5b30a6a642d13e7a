export type RealPlaneErrorCode =
  /** A program can neither be found nor built; the message says how to get it. */
  | "tool-unavailable"
  /** A Kubernetes version for which there is no recipe. */
  | "unknown-version"
  /** etcd or the API server ended or did not become ready. */
  | "plane-failed"
  /** The API server's answer is not what the suite can go on with. */
  | "unexpected-answer"
  /** A file that the suite reads is not what it should be. */
  | "bad-input";

export class RealPlaneError extends Error {
  readonly code: RealPlaneErrorCode;

  constructor(code: RealPlaneErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = "RealPlaneError";
    this.code = code;
  }
}
