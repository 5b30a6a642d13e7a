export type StoreErrorCode =
  /** The store was closed. */
  | "closed"
  /** Another process, or another store of this one, has the folder. */
  | "locked"
  /** What lies in the folder is damaged where a crash cannot have damaged it. */
  | "corrupt"
  /** The folder is of another format, or of a newer version of it. */
  | "format"
  /** One object is larger than a record may be. */
  | "too-large"
  /** The file system refused; `cause` says how. Nothing was written as far as the store tells. */
  | "io"
  /** `make` wrote to the store. */
  | "nested";

/** The store cannot do what it was asked: never the fault of a request alone, except for `too-large`. */
export class StoreError extends Error {
  override readonly name = "StoreError";
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
