import type { Readable, Writable } from "node:stream";

/** Starts programs; tests script one. */
export interface ProcessRunner {
  /** Resolves once the program runs. Rejects with what a container runtime would say if it cannot be started. */
  start(request: StartRequest): Promise<LocalProcess>;
}

export interface StartRequest {
  readonly command: readonly [string, ...string[]];
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  /** Whether it has an input that can be written to. */
  readonly stdin: boolean;
  /**
   * Called in the order in which it comes; never after `exit` has resolved. Without it the outputs are the process's own
   * streams, and somebody has to read them.
   */
  readonly output?: (stream: OutputStream, chunk: Buffer) => void;
}

export type OutputStream = "stdout" | "stderr";

/** A program, with everything that it starts and leaves in its process group. */
export interface LocalProcess {
  readonly pid: number;
  readonly stdin: Writable | undefined;
  /** Only without `output`. */
  readonly stdout?: Readable;
  readonly stderr?: Readable;
  /** Resolves with the exit code (128 and the signal's number after a signal), after all output has been handed over. Never rejects. */
  readonly exit: Promise<number>;
  /** To the whole group. */
  signal(signal: "SIGTERM" | "SIGKILL" | "SIGINT"): void;
}
