/** A unit of work: what is reconciled, and in which cluster. */
export interface WorkKey {
  /** The fair share is between clusters: one with many keys does not starve another. */
  readonly cluster: string;
  readonly key: string;
}

export interface QueueMetrics {
  /** Keys that wait for a worker now, without those that wait for their time. */
  readonly depth: number;
  readonly delayed: number;
  readonly working: number;
  /** Milliseconds that the key at the front has waited. */
  readonly oldestMs: number;
  readonly added: number;
  readonly retries: number;
}

/**
 * Keys to work on, in the manner of client-go's rate-limited work queue: a key is worked on by one worker at a time; a
 * key that is added while it waits is one key, while it is worked on it comes again afterwards.
 */
export interface WorkQueue {
  add(item: WorkKey): void;
  /** Of several times for one key the earliest counts. */
  addAfter(item: WorkKey, ms: number): void;
  /** Adds it after its own exponential back-off. Returns the delay in ms. */
  retry(item: WorkKey): number;
  /** It went well: the next failure starts from the first delay. */
  forget(item: WorkKey): void;
  /** Resolves with the next key, with undefined once the queue is closed and empty. Call `done` afterwards. */
  take(): Promise<WorkKey | undefined>;
  done(item: WorkKey): void;
  /** Drops what waits for a cluster that is gone. */
  drop(cluster: string): void;
  /** Takes nothing more; what waits is still given out unless `discard`. */
  close(options?: { readonly discard?: boolean }): void;
  metrics(): QueueMetrics;
}
