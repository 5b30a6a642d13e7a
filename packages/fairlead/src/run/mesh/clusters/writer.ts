import type { Clock } from "@fairlead/apimachinery";
import { createWorkQueue, type QueueMetrics } from "@fairlead/kube";

export interface WriterOptions {
  readonly cluster: string;
  /** Keys that are written at the same time. */
  readonly concurrency: number;
  readonly clock: Clock;
  readonly random: () => number;
  /**
   * Writes what is needed for a key. Resolves with milliseconds after which it is to be looked at again, or undefined.
   * What it throws is tried again after a growing time.
   */
  readonly work: (key: string, signal: AbortSignal) => Promise<number | undefined>;
  readonly onError: (key: string, error: unknown, retryMs: number) => void;
  /** An attempt is over, however it ended. */
  readonly onSettled: (key: string) => void;
}

/** Writes to one cluster: whatever becomes of them, other clusters have writers of their own. */
export interface Writer {
  add(key: string): void;
  addAfter(key: string, ms: number): void;
  metrics(): QueueMetrics;
  /** Resolves when no key that is chosen is being worked on. */
  drained(isChosen: (key: string) => boolean): Promise<void>;
  isIdle(): boolean;
  /** Ends what runs. */
  close(): Promise<void>;
}

export function createWriter(options: WriterOptions): Writer {
  const { cluster, concurrency, clock, random, work, onError, onSettled } = options;
  const queue = createWorkQueue({ clock, random, backoff: { baseMs: 100, maxMs: 60_000 } });
  const ending = new AbortController();
  const running = new Map<string, Promise<void>>();

  async function one(key: string): Promise<void> {
    const item = { cluster, key };
    try {
      const ms = await work(key, ending.signal);
      queue.forget(item);
      if (ms !== undefined) queue.addAfter(item, ms);
    } catch (error) {
      if (!ending.signal.aborted) onError(key, error, queue.retry(item));
    }
    onSettled(key);
  }

  async function worker(): Promise<void> {
    for (;;) {
      const item = await queue.take();
      if (item === undefined) return;
      const promise = one(item.key);
      running.set(item.key, promise);
      await promise;
      running.delete(item.key);
      queue.done(item);
    }
  }

  const workers = Array.from({ length: concurrency }, worker);
  return {
    add: (key) => queue.add({ cluster, key }),
    addAfter: (key, ms) => queue.addAfter({ cluster, key }, ms),
    metrics: () => queue.metrics(),
    async drained(isChosen) {
      await Promise.all([...running].filter(([key]) => isChosen(key)).map(([, promise]) => promise));
    },
    isIdle: () => queue.metrics().depth === 0 && running.size === 0,
    async close() {
      queue.close({ discard: true });
      ending.abort(new DOMException("the controller stops, or the cluster goes", "AbortError"));
      await Promise.all(workers);
    },
  };
}
