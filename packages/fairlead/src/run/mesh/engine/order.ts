import type { Clock } from "@fairlead/apimachinery";

/**
 * Writes of one key go to the clusters where it runs first: a gateway must know a host before others send requests to
 * it, and a region that gets traffic newly must take it before others give it up. A cluster that is slow or dead holds
 * the others up for a moment only.
 */
export interface Order {
  /** Lets `first` be written now, and `next` when those have been tried. Replaces what was asked for the key before. */
  dispatch(key: string, first: readonly string[], next: readonly string[]): void;
  /** An attempt in a cluster is over. */
  settled(cluster: string, key: string): void;
  /** A cluster is gone. */
  drop(cluster: string): void;
  close(): void;
  readonly size: number;
}

const longestWaitMs = 2_000;

interface Waiting {
  readonly left: Set<string>;
  next: readonly string[];
  readonly cancel: () => void;
}

export function createOrder(clock: Clock, write: (cluster: string, key: string) => void): Order {
  const waiting = new Map<string, Waiting>();

  function release(key: string): void {
    const one = waiting.get(key);
    if (one === undefined) return;
    waiting.delete(key);
    one.cancel();
    for (const cluster of one.next) write(cluster, key);
  }

  return {
    dispatch(key, first, next) {
      waiting.get(key)?.cancel();
      waiting.delete(key);
      if (first.length > 0 && next.length > 0) {
        const cancel = clock.after(longestWaitMs, () => release(key));
        waiting.set(key, { left: new Set(first), next, cancel });
      }
      for (const cluster of first) write(cluster, key);
      if (first.length === 0) for (const cluster of next) write(cluster, key);
    },
    settled(cluster, key) {
      const one = waiting.get(key);
      if (one?.left.delete(cluster) === true && one.left.size === 0) release(key);
    },
    drop(cluster) {
      for (const [key, one] of waiting) {
        one.next = one.next.filter((name) => name !== cluster);
        if (one.left.delete(cluster) && one.left.size === 0) release(key);
      }
    },
    close() {
      for (const { cancel } of waiting.values()) cancel();
      waiting.clear();
    },
    get size() {
      return waiting.size;
    },
  };
}
