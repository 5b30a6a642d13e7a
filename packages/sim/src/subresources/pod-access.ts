import type { JsonObject } from "@fairlead/apimachinery";
import type { ExecTarget } from "../streams/exec-target.ts";
import type { PortTarget } from "../streams/port-target.ts";

/** What reaches into pods that really run: their node. */
export interface PodAccess {
  /** Undefined for pods that only seem to run. */
  find(pod: JsonObject): PodContact | undefined;
}

export interface PodContact {
  /** The output of a run of a container, by the id that the pod's status gives it; undefined if it is not kept. */
  log(containerId: string): PodLog | undefined;
  /** Commands in a container that runs; undefined if it does not. */
  container(name: string): ExecTarget | undefined;
  readonly ports: PortTarget;
}

export interface LogEntry {
  /** RFC 3339 with nine digits. */
  readonly time: string;
  readonly stream: "stdout" | "stderr";
  /** Without its line break. */
  readonly text: Buffer;
  /** The line goes on in the next entry of its stream. */
  readonly isPartial: boolean;
}

export interface PodLog {
  /** What is kept, oldest first. */
  entries(): readonly LogEntry[];
  /** Calls for each further entry, and once after the last. Returns what to call to hear no more. */
  follow(onEntry: (entry: LogEntry) => void, onEnd: () => void): () => void;
}
