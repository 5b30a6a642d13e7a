import type { Kind } from "../../resources/kind.ts";
import type { ReadableStore, Snapshot, StoreEvent, Stored } from "../../store/store.ts";
import { liveObject } from "./versioned.ts";

/** What has been converted, once for all who read a version: it goes with the definition and with the stored object. */
const known = new WeakMap<Kind, WeakMap<Stored, Stored>>();

function knownOf(kind: Kind): WeakMap<Stored, Stored> {
  let found = known.get(kind);
  if (found === undefined) known.set(kind, (found = new WeakMap()));
  return found;
}

function convertStored(kind: Kind, stored: Stored): Stored | Promise<Stored> {
  const all = knownOf(kind);
  const there = all.get(stored);
  if (there !== undefined) return there;
  const keep = (object: Stored["object"]): Stored => {
    const { key, revision } = stored;
    let bytes: Uint8Array | undefined;
    const converted: Stored = {
      key,
      revision,
      object,
      get bytes() {
        return (bytes ??= Buffer.from(JSON.stringify(object)));
      },
    };
    all.set(stored, converted);
    return converted;
  };
  const live = liveObject(kind, stored.object);
  return live instanceof Promise ? live.then(keep) : keep(live);
}

/**
 * The objects of a collection in the version of the kind, as a store that begins at a snapshot and goes on with what is
 * written afterwards: what a watch cache of that version is. Rejects with the ApiError of an object that cannot be
 * converted; a watch of one ends.
 */
export async function versionedStore(
  kind: Kind,
  store: ReadableStore,
  snapshot: Snapshot,
  prefix: string,
): Promise<ReadableStore> {
  for (const stored of snapshot.range(kind.collection, { prefix })) {
    const converted = convertStored(kind, stored);
    if (converted instanceof Promise) await converted;
  }
  // All of them are known now.
  const seen = (stored: Stored): Stored => convertStored(kind, stored) as Stored;
  let follower: Follower | undefined;
  const view: ReadableStore = {
    get revision() {
      return follower?.revision() ?? snapshot.revision;
    },
    get compacted() {
      return store.compacted;
    },
    get: (collection, key) => {
      const stored = snapshot.get(collection, key);
      return stored === undefined ? undefined : seen(stored);
    },
    *range(collection, options) {
      for (const stored of snapshot.range(collection, options)) yield seen(stored);
    },
    count: snapshot.count,
    collections: snapshot.collections,
    at: () => view,
    watch: (collection, from, listener, broken = () => {}) => {
      follower = follow(kind, store, listener, broken);
      return follower.start(collection, from);
    },
  };
  return view;
}

interface Follower {
  /** Up to which everything has been told. */
  revision(): number;
  start(collection: string, from: number): (() => void) | undefined;
}

/** Tells events converted, in their order. */
function follow(kind: Kind, store: ReadableStore, listener: (event: StoreEvent) => void, broken: () => void): Follower {
  const waiting: StoreEvent[] = [];
  let isBusy = false;
  let isOver = false;
  const convertEvent = (event: StoreEvent): StoreEvent | Promise<StoreEvent> => {
    const stored = convertStored(kind, event.stored);
    const previous = event.previous === undefined ? undefined : convertStored(kind, event.previous);
    if (!(stored instanceof Promise) && !(previous instanceof Promise)) return { ...event, stored, previous };
    return Promise.all([stored, previous]).then(([now, before]) => ({ ...event, stored: now, previous: before }));
  };
  const drain = async (): Promise<void> => {
    isBusy = true;
    while (waiting.length > 0 && !isOver) {
      const converted = convertEvent(waiting[0]!);
      const event = converted instanceof Promise ? await converted : converted;
      waiting.shift();
      if (!isOver) listener(event);
    }
    isBusy = false;
  };
  return {
    revision: () => (waiting.length > 0 ? waiting[0]!.revision - 1 : store.revision),
    start: (collection, from) => {
      const cancel = store.watch(collection, from, (event) => {
        if (isOver) return;
        waiting.push(event);
        if (isBusy) return;
        drain().catch(() => {
          // As the server's cache of the version does, which begins anew.
          isOver = true;
          cancel?.();
          broken();
        });
      });
      if (cancel === undefined) return undefined;
      return () => {
        isOver = true;
        cancel();
      };
    },
  };
}
