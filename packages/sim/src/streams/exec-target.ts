import type { Readable, Writable } from "node:stream";

/** What runs commands in containers: a node's. */
export interface ExecTarget {
  /** Rejects, with what to tell the client, when the command cannot be run. */
  start(request: ExecRequest): Promise<ExecProcess>;
}

export interface ExecRequest extends ExecOptions {
  /** The program and its arguments; empty to attach to what the container runs. */
  readonly command: readonly string[];
}

export interface ExecOptions {
  /** Empty if the client names none. */
  readonly container: string;
  readonly stdin: boolean;
  readonly stdout: boolean;
  /** Never with a TTY. */
  readonly stderr: boolean;
  readonly tty: boolean;
}

export interface ExecProcess {
  /** Those that were asked for. */
  readonly stdin?: Writable;
  readonly stdout?: Readable;
  readonly stderr?: Readable;
  resize(columns: number, rows: number): void;
  /** Never rejects. The outputs end by themselves. */
  readonly exit: Promise<ExitStatus>;
  /** The client has gone. */
  kill(): void;
}

export type ExitStatus =
  | { readonly kind: "exited"; readonly code: number }
  /** It could not be run to its end; says why. */
  | { readonly kind: "failed"; readonly message: string };
