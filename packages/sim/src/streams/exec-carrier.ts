import type { Readable, Writable } from "node:stream";

/** The streams of a client that runs a command, whatever carries them. */
export interface ExecCarrier {
  readonly stdin: Readable | undefined;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  /** The text of resize messages, each a JSON object of `Width` and `Height`. */
  readonly resize: Readable | undefined;
  /** The last words; then the connection is closed. */
  finish(status: string): void;
  /** Resolves when the client has gone or the connection is closed. */
  readonly gone: Promise<void>;
}
