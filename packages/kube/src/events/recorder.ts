import type { ObjectRef } from "@fairlead/krm";

export interface RecordedEvent {
  readonly type: "Normal" | "Warning";
  /** UpperCamelCase, from a closed set: `Applied`, `ApplyFailed`. */
  readonly reason: string;
  /** At most 1,024 bytes reach the server. No secrets. */
  readonly message: string;
  /** What was done, UpperCamelCase; the reason unless told. */
  readonly action?: string;
  readonly related?: ObjectRef;
}

/**
 * Writes `events.k8s.io/v1` Events. Equal ones within ten minutes become one series with a count; each object has a
 * budget, so a loop cannot flood the server. It never throws and never waits: what cannot be written is counted.
 */
export interface EventRecorder {
  record(object: ObjectRef & { readonly uid?: string }, event: RecordedEvent): void;
  /** Writes what waits; resolves when it is written or given up. */
  flush(): Promise<void>;
  /** Events that were dropped or refused. */
  readonly dropped: number;
}
