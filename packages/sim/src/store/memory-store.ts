import type { JsonObject } from "@fairlead/apimachinery";
import { createDeliveries } from "./deliveries.ts";
import { createPastStates } from "./past-states.ts";
import { deleteStored, emptyState, forkState, readState, setStored, type State } from "./state.ts";
import { StoreError } from "./store-error.ts";
import type { Snapshot, Store, StoreEvent, StoreOptions } from "./store.ts";
import { createStoredObjects, type StoredObjects } from "./stored-objects.ts";
import { createWindow } from "./window.ts";

export interface MemoryStoreOptions extends StoreOptions {
  /** What it begins with, at the same revision; without it, it is empty and at revision 1, as a new etcd is. */
  readonly start?: Snapshot;
}

/** Where writes are made to last before they count. */
export interface Journal {
  /** @throws StoreError when it cannot: then nothing has been written. */
  append(event: StoreEvent): void;
  /** After the event has been applied: time for what may take long. */
  applied(state: State): void;
  close(): void;
}

/** What a store is made of that was read from elsewhere. */
export interface StoreParts {
  readonly state: State;
  readonly objects: StoredObjects;
  readonly journal?: Journal;
}

/** A store in memory. */
export function createStore(options: MemoryStoreOptions = {}): Store {
  const objects = createStoredObjects(options.parsedBytes ?? 8 * 1024 * 1024);
  return assembleStore({ state: startState(options.start, objects), objects }, options);
}

function startState(start: Snapshot | undefined, objects: StoredObjects): State {
  const state = emptyState(start?.revision ?? 1);
  for (const collection of start?.collections() ?? []) {
    for (const { key, revision, bytes } of start!.range(collection)) {
      setStored(state, collection, objects.read(key, revision, bytes));
    }
  }
  return state;
}

export function assembleStore({ state, objects, journal }: StoreParts, options: StoreOptions): Store {
  const { window: maxCount = 10_000, windowBytes: maxBytes = 64 * 1024 * 1024 } = options;
  const window = createWindow(state.revision, { maxCount, maxBytes });
  const past = createPastStates();
  const deliveries = createDeliveries(options.onListenerError ?? throwLater);
  const reader = readState(state);
  let closed = false;

  function write(
    remove: boolean,
    collection: string,
    key: string,
    expected: number,
    make: (revision: number) => JsonObject,
  ): StoreEvent | undefined {
    if (closed) throw new StoreError("closed", "the store is closed");
    const previous = reader.get(collection, key);
    if ((previous?.revision ?? 0) !== expected || (remove && previous === undefined)) return undefined;
    const revision = state.revision + 1;
    const object = make(revision);
    if (state.revision + 1 !== revision) throw new StoreError("nested", "what makes an object wrote to the store");
    const stored = objects.make(key, revision, object);
    const kind = remove ? "deleted" : previous === undefined ? "added" : "modified";
    const event: StoreEvent = { kind, collection, revision, stored, previous };
    journal?.append(event);
    if (remove) deleteStored(state, collection, key);
    else setStored(state, collection, stored);
    state.revision = revision;
    window.push(event);
    past.compact(window.compacted);
    journal?.applied(state);
    deliveries.publish(event);
    if (previous !== undefined) objects.supersede(previous);
    return event;
  }

  return {
    get revision() {
      return state.revision;
    },
    get compacted() {
      return window.compacted;
    },
    get: reader.get,
    range: reader.range,
    count: reader.count,
    collections: reader.collections,
    put: (...args) => write(false, ...args)?.stored,
    remove: (...args) => write(true, ...args)?.stored,
    watch(collection, from, listener) {
      if (from < window.compacted) return undefined;
      return deliveries.add(collection, listener, window.after(from, collection), Math.max(from, state.revision));
    },
    subscribe: (listener) => deliveries.add(undefined, listener, [], state.revision),
    compact(revision) {
      window.compact(Math.min(revision, state.revision));
      past.compact(window.compacted);
    },
    snapshot: () => readState(forkState(state)),
    at(revision) {
      if (revision === state.revision) return readState(forkState(state));
      if (revision < window.compacted || revision > state.revision) return undefined;
      return past.at(state, revision, (from) => window.after(from));
    },
    fork() {
      return assembleStore({ state: forkState(state), objects }, options);
    },
    close() {
      if (closed) return;
      closed = true;
      deliveries.close();
      journal?.close();
    },
  };
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
