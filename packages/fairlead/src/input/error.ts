/** What can go wrong while input is read. The command line prints the message and exits 1. */
export type InputErrorCode =
  | "not-found"
  | "unreadable"
  | "no-input"
  | "remote-refused"
  | "kustomize-missing"
  | "kustomize-failed"
  | "too-large";

export class InputError extends Error {
  override readonly name = "InputError";
  readonly code: InputErrorCode;
  readonly hint: string | undefined;

  constructor(code: InputErrorCode, message: string, options: { hint?: string; cause?: unknown } = {}) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}
