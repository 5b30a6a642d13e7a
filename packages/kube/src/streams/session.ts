import type { Readable, Writable } from "node:stream";
import type { Status } from "../status.ts";

/** A command in a container, or what it is attached to (`v5.channel.k8s.io`). */
export interface ExecSession {
  /** Absent unless asked for. Ending it closes the command's standard input (v5), nothing else. */
  readonly stdin?: Writable;
  readonly stdout?: Readable;
  /** Absent with a TTY, which has one output. */
  readonly stderr?: Readable;
  /** The size of the TTY. */
  resize(columns: number, rows: number): void;
  /** How it ended: the exit code of the command, and the server's Status. Rejects with a `KubeError` if the connection broke. */
  readonly ended: Promise<{ readonly exitCode: number; readonly status: Status }>;
  /** Ends it from this side. */
  close(): void;
}

export interface PortForward {
  /** The local ports that listen, in the order of the remote ports. */
  readonly local: readonly number[];
  /** Rejects when the pod is gone. */
  readonly ended: Promise<void>;
  close(): Promise<void>;
}
