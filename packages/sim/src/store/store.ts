import type { JsonObject } from "@fairlead/apimachinery";

/**
 * An object as it is stored: its JSON in the storage version, `metadata.resourceVersion` included. Shared by everybody
 * who reads it: nobody may change `object`.
 */
export interface Stored {
  /** `namespace/name`, or `name` of a cluster-scoped object: sorts as etcd sorts. */
  readonly key: string;
  /** The revision that wrote it. */
  readonly revision: number;
  /** UTF-8; put together when asked for, and kept for a while with what was written or parsed lately. */
  readonly bytes: Uint8Array;
  /** Parsed when asked for, and kept for a while. */
  readonly object: JsonObject;
}

export interface StoreEvent {
  readonly kind: "added" | "modified" | "deleted";
  /** `pods`, `deployments.apps`. */
  readonly collection: string;
  readonly revision: number;
  /** As it is now; of a deletion the last state, whose `resourceVersion` is the revision of the deletion. */
  readonly stored: Stored;
  readonly previous: Stored | undefined;
}

/** The state of all collections at one revision; it costs nothing to keep. */
export interface Snapshot {
  readonly revision: number;
  get(collection: string, key: string): Stored | undefined;
  /** In the order of keys, from the first key that is greater than `after`, all that start with `prefix`. */
  range(collection: string, options?: { readonly prefix?: string; readonly after?: string }): IterableIterator<Stored>;
  /** How many there are that `range` would give. O(1) for a whole collection, else logarithmic. */
  count(collection: string, prefix?: string, after?: string): number;
  collections(): readonly string[];
}

export interface StoreOptions {
  /** How many events a watch may lag behind before its version is gone; 10,000 unless told. */
  readonly window?: number;
  /** How many bytes of superseded and deleted objects events may keep; 64 MiB unless told. */
  readonly windowBytes?: number;
  /** How many bytes of JSON are kept parsed, too (that takes four times as much memory); 8 MiB unless told. */
  readonly parsedBytes?: number;
  /** Gets what a listener throws; unless told, it becomes an uncaught exception of the process. */
  readonly onListenerError?: (error: unknown) => void;
}

/** What lists and watches need of a store. */
export interface ReadableStore extends Snapshot {
  readonly compacted: number;
  /** @param broken Is called when no more events can come, though nobody ended the watch. */
  watch(
    collection: string,
    from: number,
    listener: (event: StoreEvent) => void,
    broken?: () => void,
  ): (() => void) | undefined;
  at(revision: number): Snapshot | undefined;
}

/** The store of a cluster: a snapshot that moves on. */
export interface Store extends ReadableStore {
  /** The oldest revision a watch may start from: events after it are all there. */
  readonly compacted: number;
  /**
   * Writes one object and returns it; `make` gets the revision that it will have and returns what to store, with
   * `metadata.resourceVersion` set to it. `expected` is the revision that is overwritten, 0 for one that must not
   * exist; undefined is returned, and nothing is written, where another is there. Synchronous: events have reached all
   * listeners when it returns, except where a listener writes: then they come when those before them have been brought,
   * so that everybody sees them in the order of revisions.
   *
   * The object belongs to the store from then on. `make` must not write; what it throws comes through, and nothing is
   * written. @throws StoreError when the store is closed or its log cannot be written: then nothing is, either.
   */
  put(collection: string, key: string, expected: number, make: (revision: number) => JsonObject): Stored | undefined;
  /** Deletes what has the revision `expected`; `make` gives the last state. Otherwise as `put`. */
  remove(collection: string, key: string, expected: number, make: (revision: number) => JsonObject): Stored | undefined;
  /**
   * Calls `listener` for each event of the collection after `from`, at once for those that have happened. Undefined if
   * `from` is older than `compacted`. The returned function ends it; a listener may call it, and may write.
   */
  watch(collection: string, from: number, listener: (event: StoreEvent) => void): (() => void) | undefined;
  /** Every event of every collection, from now on, before those who watch a collection. */
  subscribe(listener: (event: StoreEvent) => void): () => void;
  /** Drops the events up to the revision. */
  compact(revision: number): void;
  snapshot(): Snapshot;
  /**
   * The state at a revision of the window; undefined if it is gone or has not happened. What is not there any more is
   * rebuilt by undoing the events since then (some microseconds each), and a few of these states are kept, which takes
   * no more memory than the window does: a list in pages rebuilds once.
   */
  at(revision: number): Snapshot | undefined;
  /**
   * A store of its own with the same content; neither sees the other's writes. Watches and past events are not copied,
   * and it is in memory only.
   */
  fork(): Store;
  /** Ends all watches; it can be read, but not written, from then on. */
  close(): void;
}
