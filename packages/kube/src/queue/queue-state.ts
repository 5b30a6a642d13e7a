import { backoffMs, type Backoff } from "./backoff.ts";
import { delayHeap } from "./delay-heap.ts";
import type { QueueMetrics, WorkKey } from "./work-queue.ts";

/**
 * The decisions of a work queue. Times are monotonic milliseconds that the caller hands in; nothing here waits. It is
 * one mutable value, not a new one for each step: queues hold tens of thousands of keys.
 */
export interface QueueState {
  /** Moves what is due to where it waits for a worker. Every other call expects that this was called before. */
  advance(now: number): void;
  add(now: number, item: WorkKey): void;
  addAt(at: number, item: WorkKey): void;
  /** Counts one more failure of the key. Returns the delay in ms. */
  fail(item: WorkKey, roll: number): number;
  forget(item: WorkKey): void;
  take(): WorkKey | undefined;
  done(now: number, item: WorkKey): void;
  drop(cluster: string): void;
  close(discard: boolean): void;
  /** When the next delayed key is due. */
  nextAt(): number | undefined;
  /** Whether it was closed and will never give out a key again. */
  finished(): boolean;
  metrics(now: number): QueueMetrics;
}

interface Waiting {
  readonly item: WorkKey;
  readonly since: number;
}

/** The waiting keys of one cluster, first in first out. */
interface Line {
  readonly waiting: Waiting[];
  /** Index of the first: shifting an array costs its length. */
  head: number;
}

export function queueState(backoff: Backoff): QueueState {
  const delayed = delayHeap();
  /** Items by id, of what is delayed. */
  const items = new Map<string, WorkKey>();
  const lines = new Map<string, Line>();
  /** Clusters with waiting keys, in order of their turn. */
  let turns: string[] = [];
  let turn = 0;
  /** Ids that wait for a worker. */
  const ready = new Set<string>();
  /** Ids that are worked on; the time since when one is to come again. */
  const working = new Map<string, number | undefined>();
  let again = 0;
  const failures = new Map<string, Map<string, number>>();
  let added = 0;
  let retries = 0;
  let closed = false;

  function enqueue(item: WorkKey, since: number): void {
    const line = lines.get(item.cluster);
    if (line === undefined) {
      lines.set(item.cluster, { waiting: [{ item, since }], head: 0 });
      turns.push(item.cluster);
    } else {
      line.waiting.push({ item, since });
    }
  }

  function put(now: number, item: WorkKey): void {
    const id = idOf(item);
    if (ready.has(id)) return;
    if (working.has(id)) {
      if (working.get(id) !== undefined) return;
      working.set(id, now);
      again++;
    } else {
      ready.add(id);
      enqueue(item, now);
    }
    added++;
  }

  /** The next cluster in turn, with its turns so far compacted away now and then. */
  function nextTurn(): string | undefined {
    if (turn > 1024 && turn > turns.length / 2) {
      turns = turns.slice(turn);
      turn = 0;
    }
    return turns[turn];
  }

  return {
    advance(now) {
      for (let id = delayed.take(now); id !== undefined; id = delayed.take(now)) {
        const item = items.get(id)!;
        items.delete(id);
        put(now, item);
      }
    },
    add(now, item) {
      if (!closed) put(now, item);
    },
    addAt(at, item) {
      if (closed) return;
      items.set(idOf(item), item);
      delayed.add({ at, id: idOf(item) });
    },
    fail(item, roll) {
      retries++;
      let counts = failures.get(item.cluster);
      if (counts === undefined) failures.set(item.cluster, (counts = new Map()));
      const count = (counts.get(item.key) ?? 0) + 1;
      counts.set(item.key, count);
      return backoffMs(backoff, count, roll);
    },
    forget(item) {
      const counts = failures.get(item.cluster);
      if (counts?.delete(item.key) === true && counts.size === 0) failures.delete(item.cluster);
    },
    take() {
      const cluster = nextTurn();
      if (cluster === undefined) return undefined;
      turn++;
      const line = lines.get(cluster)!;
      const { item } = line.waiting[line.head++]!;
      if (line.head === line.waiting.length) {
        lines.delete(cluster);
      } else {
        turns.push(cluster);
        if (line.head > 1024 && line.head > line.waiting.length / 2) {
          line.waiting.splice(0, line.head);
          line.head = 0;
        }
      }
      const id = idOf(item);
      ready.delete(id);
      working.set(id, undefined);
      return item;
    },
    done(now, item) {
      const id = idOf(item);
      const since = working.get(id);
      if (!working.delete(id) || since === undefined) return;
      again--;
      ready.add(id);
      // It waited while it was worked on, but nobody could have taken it: its waiting counts from now.
      enqueue(item, now);
    },
    drop(cluster) {
      const line = lines.get(cluster);
      for (const { item } of line?.waiting.slice(line.head) ?? []) ready.delete(idOf(item));
      lines.delete(cluster);
      turns = turns.slice(turn).filter((one) => one !== cluster);
      turn = 0;
      for (const [id, item] of items) {
        if (item.cluster !== cluster) continue;
        items.delete(id);
        delayed.delete(id);
      }
      failures.delete(cluster);
      for (const [id, since] of working) {
        if (since === undefined || clusterOf(id) !== cluster) continue;
        working.set(id, undefined);
        again--;
      }
    },
    close(discard) {
      closed = true;
      for (const id of items.keys()) delayed.delete(id);
      items.clear();
      if (!discard) return;
      lines.clear();
      ready.clear();
      turns = [];
      turn = 0;
      for (const id of working.keys()) working.set(id, undefined);
      again = 0;
    },
    nextAt: () => delayed.next(),
    finished: () => closed && ready.size === 0 && again === 0,
    metrics(now) {
      let oldest = now;
      for (const line of lines.values()) oldest = Math.min(oldest, line.waiting[line.head]!.since);
      return {
        depth: ready.size,
        delayed: delayed.size,
        working: working.size,
        oldestMs: now - oldest,
        added,
        retries,
      };
    },
  };
}

/** Unambiguous: the length says where the cluster's name ends. */
function idOf({ cluster, key }: WorkKey): string {
  return `${cluster.length}:${cluster}${key}`;
}

function clusterOf(id: string): string {
  const colon = id.indexOf(":");
  return id.slice(colon + 1, colon + 1 + Number(id.slice(0, colon)));
}
