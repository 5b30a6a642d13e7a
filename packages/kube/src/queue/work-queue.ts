import type { Clock } from "@fairlead/apimachinery";
import { holdProcess } from "../clock.ts";
import type { Backoff } from "./backoff.ts";
import { queueState } from "./queue-state.ts";

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
  /** How many keys have come to wait so far; one that waited already does not count again. */
  readonly added: number;
  /** How many times `retry` was called so far. */
  readonly retries: number;
}

/**
 * Keys to work on, in the manner of client-go's rate-limited work queue: a key is worked on by one worker at a time; a
 * key that is added while it waits is one key, while it is worked on it comes again afterwards.
 */
export interface WorkQueue {
  add(item: WorkKey): void;
  /** Of several times for one key the earliest counts. An `add` in between does not take the time's place. */
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
  /** Takes nothing more; what waits is still given out unless `discard`, what waits for its time is dropped. */
  close(options?: { readonly discard?: boolean }): void;
  metrics(): QueueMetrics;
}

export interface WorkQueueOptions {
  readonly clock: Clock;
  /** From 0 to below 1: shortens the delays of retries by up to a half, so that keys come back apart. */
  readonly random?: () => number;
  /** From 5 ms to 1,000 s unless told, as in client-go. */
  readonly backoff?: Partial<Backoff>;
}

/** The longest that a timer of Node can wait: a longer one would fire at once. */
const longestTimerMs = 2 ** 31 - 1;

export function createWorkQueue({ clock, random, backoff }: WorkQueueOptions): WorkQueue {
  const state = queueState({ baseMs: 5, maxMs: 1_000_000, ...backoff });
  /** While a worker waits for a time, the process does: the clock's timers do not keep it alive. */
  let letGo: (() => void) | undefined;
  const takers: ((item: WorkKey | undefined) => void)[] = [];
  let timer: { readonly at: number; readonly cancel: () => void } | undefined;

  /** Moves what is due, hands out what there is, and arms the timer for what comes next. */
  function settle(): void {
    state.advance(clock.monotonic());
    while (takers.length > 0) {
      const item = state.take();
      if (item === undefined) break;
      takers.shift()!(item);
    }
    if (takers.length > 0 && state.finished()) for (const taker of takers.splice(0)) taker(undefined);
    arm();
    const holds = takers.length > 0 && timer !== undefined;
    if (holds) {
      letGo ??= holdProcess();
    } else {
      letGo?.();
      letGo = undefined;
    }
  }

  function arm(): void {
    const at = state.nextAt();
    if (timer?.at === at) return;
    timer?.cancel();
    timer = undefined;
    if (at === undefined) return;
    const cancel = clock.after(Math.min(at - clock.monotonic(), longestTimerMs), () => {
      timer = undefined;
      settle();
    });
    timer = { at, cancel };
  }

  function addAfter(item: WorkKey, ms: number): void {
    const now = clock.monotonic();
    if (ms > 0) state.addAt(now + ms, item);
    else state.add(now, item);
    settle();
  }

  return {
    add: (item) => addAfter(item, 0),
    addAfter,
    retry(item) {
      const ms = state.fail(item, random?.() ?? 0);
      addAfter(item, ms);
      return ms;
    },
    forget: (item) => state.forget(item),
    take() {
      return new Promise((resolve) => {
        takers.push(resolve);
        settle();
      });
    },
    done(item) {
      state.done(clock.monotonic(), item);
      settle();
    },
    drop(cluster) {
      state.drop(cluster);
      settle();
    },
    close(options = {}) {
      state.close(options.discard === true);
      settle();
    },
    metrics() {
      state.advance(clock.monotonic());
      return state.metrics(clock.monotonic());
    },
  };
}
