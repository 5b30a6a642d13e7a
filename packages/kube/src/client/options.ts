import type { TransportOptions } from "../transport/options.ts";
import type { ServerWarning } from "./client.ts";

/** One attempt of a call that has been answered, or has failed. For metrics. */
export interface ObservedAttempt {
  /** `get`, `list`, `apply`, …, or the HTTP method. */
  readonly verb: string;
  /** The plural and group, such as `deployments.apps`; absent for other paths. */
  readonly resource?: string;
  /** HTTP status; absent when no answer came. */
  readonly status?: number;
  /** Until the head of the answer. */
  readonly durationMs: number;
  /** 1 for the first. */
  readonly attempt: number;
  /** Under which rule of API priority and fairness the server counted it. */
  readonly flowSchemaUid?: string;
  readonly priorityLevelUid?: string;
}

export interface ClientOptions extends TransportOptions {
  /** From 0 up to 1, for the jitter of retries. */
  readonly random?: () => number;
  /** Each text once. */
  readonly onWarning?: (warning: ServerWarning) => void;
  /** Called for each attempt; it must not throw. */
  readonly observe?: (attempt: ObservedAttempt) => void;
  /** Of each call that names none. 30 s. */
  readonly deadlineMs?: number;
  /** The largest answer that is read into memory. 512 MiB, which is what a string can hold. */
  readonly maxBodyBytes?: number;
  /** The largest event of a watch. 16 MiB. */
  readonly maxEventBytes?: number;
}
