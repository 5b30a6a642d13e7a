import type { Cancel, Clock } from "@fairlead/apimachinery";

/** Back-off of client-go's default rate limiter: 5 ms · 2^failures, at most 1000 s. */
export function backoffMs(failures: number): number {
  return Math.min(5 * 2 ** failures, 1_000_000);
}

/**
 * Keys in the order in which they were added, each at most once; a key that is added while it is worked on comes again
 * when it is done. Later visits and back-off go through the clock.
 */
export interface WorkQueue {
  add(key: string): void;
  /** The next key, which counts as worked on until `done`. */
  take(): string | undefined;
  /** `again`: when to look at the key anew; it replaces what an earlier visit asked for. */
  done(
    key: string,
    again: { readonly kind: "none" } | { readonly kind: "after"; readonly ms: number } | { readonly kind: "failed" },
  ): void;
  /** Nothing waits and nothing is worked on; timers may be pending. */
  readonly idle: boolean;
  /** Drops the waiting keys and timers; nothing is taken any more. */
  stop(): void;
}

export function workQueue(clock: Clock, onReady: () => void): WorkQueue {
  const waiting = new Set<string>();
  const running = new Set<string>();
  /** Added while worked on. */
  const dirty = new Set<string>();
  const failures = new Map<string, number>();
  const timers = new Map<string, Cancel>();
  let stopped = false;

  function add(key: string): void {
    if (stopped) return;
    if (running.has(key)) {
      dirty.add(key);
      return;
    }
    waiting.add(key);
    onReady();
  }

  function cancelTimer(key: string): void {
    timers.get(key)?.();
    timers.delete(key);
  }

  function addAfter(key: string, ms: number): void {
    if (stopped) return;
    cancelTimer(key);
    timers.set(
      key,
      clock.after(ms, () => {
        timers.delete(key);
        add(key);
      }),
    );
  }

  return {
    add,
    take() {
      const [key] = waiting;
      if (key === undefined) return undefined;
      waiting.delete(key);
      running.add(key);
      return key;
    },
    done(key, again) {
      running.delete(key);
      if (again.kind === "failed") {
        const before = failures.get(key) ?? 0;
        failures.set(key, before + 1);
        addAfter(key, backoffMs(before));
      } else {
        failures.delete(key);
        if (again.kind === "after") addAfter(key, again.ms);
        else cancelTimer(key);
      }
      if (dirty.delete(key)) add(key);
    },
    get idle() {
      return waiting.size === 0 && running.size === 0;
    },
    stop() {
      stopped = true;
      waiting.clear();
      dirty.clear();
      for (const cancel of timers.values()) cancel();
      timers.clear();
    },
  };
}
