import type { StoreEvent } from "./store.ts";
import { sizeOfStored } from "./stored-objects.ts";

/** The latest events in the order of their revisions, bounded by their number and by what they keep in memory. */
export interface Window {
  /** Events after this revision are all there. */
  readonly compacted: number;
  readonly count: number;
  /** Bytes of the superseded and deleted objects that only events keep. */
  readonly bytes: number;
  push(event: StoreEvent): void;
  /** Those after the revision, of one collection or of all. */
  after(revision: number, collection?: string): StoreEvent[];
  compact(revision: number): void;
}

export interface WindowOptions {
  readonly maxCount: number;
  readonly maxBytes: number;
}

/** A queue of events; what was taken from its head is dropped when it is half of the list. */
interface Queue {
  events: StoreEvent[];
  head: number;
}

export function createWindow(start: number, { maxCount, maxBytes }: WindowOptions): Window {
  const all: Queue = { events: [], head: 0 };
  const byCollection = new Map<string, Queue>();
  let compacted = start;
  let bytes = 0;

  function queueOf(collection: string): Queue {
    let queue = byCollection.get(collection);
    if (queue === undefined) byCollection.set(collection, (queue = { events: [], head: 0 }));
    return queue;
  }

  function dropFirst(): void {
    const event = all.events[all.head]!;
    compacted = event.revision;
    bytes -= weightOf(event);
    shift(all);
    const queue = byCollection.get(event.collection)!;
    shift(queue);
    if (queue.events.length === 0) byCollection.delete(event.collection);
  }

  return {
    get compacted() {
      return compacted;
    },
    get count() {
      return all.events.length - all.head;
    },
    get bytes() {
      return bytes;
    },
    push(event) {
      all.events.push(event);
      queueOf(event.collection).events.push(event);
      bytes += weightOf(event);
      while (all.events.length - all.head > maxCount || (bytes > maxBytes && all.head < all.events.length)) dropFirst();
    },
    after(revision, collection) {
      const queue = collection === undefined ? all : byCollection.get(collection);
      return queue === undefined ? [] : queue.events.slice(firstAfter(queue, revision));
    },
    compact(revision) {
      while (all.head < all.events.length && all.events[all.head]!.revision <= revision) dropFirst();
      compacted = Math.max(compacted, revision);
    },
  };
}

function weightOf({ kind, stored, previous }: StoreEvent): number {
  return (previous === undefined ? 0 : sizeOfStored(previous)) + (kind === "deleted" ? sizeOfStored(stored) : 0);
}

function shift(queue: Queue): void {
  queue.head++;
  if (queue.head * 2 < queue.events.length || (queue.head < 64 && queue.head < queue.events.length)) return;
  queue.events = queue.events.slice(queue.head);
  queue.head = 0;
}

function firstAfter({ events, head }: Queue, revision: number): number {
  let low = head;
  let high = events.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (events[middle]!.revision <= revision) low = middle + 1;
    else high = middle;
  }
  return low;
}
