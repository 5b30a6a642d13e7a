import type { KrmObject } from "@fairlead/krm";
import { apiVersionOf, type ObjectKey, type Resource } from "../resource.ts";
import { type CutItem, type ListBytes, listCutter } from "./cut-list.ts";
import { messageCutter, type MessageCutter } from "./cut-messages.ts";
import { indexTable, type IndexTable } from "./index-table.ts";
import type { Change, Index, Store, StoreKey } from "./informer.ts";
import type { Protobuf } from "./message-kinds.ts";
import { type PackedMessage, unpackMessage } from "./packed-message.ts";
import { pack, unpack, type Packed } from "./packed.ts";
import type { Batch } from "./reflector-machine.ts";
import type { Stripper } from "./strip.ts";
import { textPool, unshared } from "./text-pool.ts";

/** The store of an informer, with what only its reflector calls. Changes are returned after the store has changed. */
export interface ObjectStore extends Store {
  /** Files what is there, and what comes. */
  addIndex(name: string, index: Index): void;
  /** What lists collect is beside the store until it is committed. */
  begin(): void;
  collect(items: Batch): void;
  /** The objects of a list's text, which `collect` takes; cut out as they are read. */
  cut(list: ListBytes): Iterable<CutItem>;
  /** The same for a list in Protobuf, whose items are this message. */
  messageCutter(protobuf: Protobuf, message: string): MessageCutter;
  uncollect(object: KrmObject): void;
  /** What was collected takes the place of everything. */
  commit(): readonly Change[];
  discard(): void;
  put(object: KrmObject): readonly Change[];
  remove(object: KrmObject): readonly Change[];
  /** Everything, as a listener that comes later is told. */
  added(): readonly Change[];
}

export interface StoreOptions {
  readonly resource: Resource;
  readonly strip?: Stripper;
  /** Told of what a stripper or an index throws; the object is then kept whole, or not filed. */
  readonly onError?: (error: unknown) => void;
  /**
   * How many objects are held parsed (at least 1; 1024 unless told), those that were read or changed last; the others are packed. Smaller stores never
   * pack, and hand out the same object each time.
   */
  readonly parsed?: number;
}

/** How an object came, if it was not parsed. */
type Held = Packed | PackedMessage;

/** One version of one object; it is never changed but for how it is held. */
interface Entry {
  readonly uid: string;
  readonly resourceVersion: string;
  packed: Held | undefined;
  object: KrmObject | undefined;
  /** The version before it, which it probably has parts in common with, until it is packed itself. */
  like: Held | undefined;
  /** Its place among those that are held parsed, or -1. */
  slot: number;
}

export function objectStore({ resource, strip, onError, parsed = 1024 }: StoreOptions): ObjectStore {
  let entries = new Map<StoreKey, Entry>();
  let collected: Map<StoreKey, Entry> | undefined;
  const indexes = new Map<string, IndexTable>();
  const pool = textPool();
  const { kind } = resource;
  /** Whether the cutter has stripped what it cut. */
  const cutsStripped = strip === undefined || strip.managedFields !== undefined;
  const messagesStripped = strip === undefined || strip.keepsManager !== undefined || strip.kept !== undefined;
  const cutter = listCutter({
    // What a stripper takes away must not stay because it is shared.
    pool: cutsStripped ? pool : unshared,
    apiVersion: apiVersionOf(resource),
    kind,
    managedFields: strip?.managedFields,
  });
  /** The entries that are held parsed; the next one takes the place of the one that has been there longest. */
  const slots: (Entry | undefined)[] = [];
  const free: number[] = [];
  let oldest = 0;

  function hold(entry: Entry): void {
    const slot = free.pop() ?? (slots.length < parsed ? slots.length : oldest++ % parsed);
    const evicted = slots[slot];
    if (evicted !== undefined) {
      evicted.packed ??= pack(evicted.object!, pool, jsonOf(evicted.like));
      evicted.object = undefined;
      evicted.like = undefined;
      evicted.slot = -1;
    }
    slots[slot] = entry;
    entry.slot = slot;
  }

  function release(entry: Entry): void {
    if (entry.slot < 0) return;
    slots[entry.slot] = undefined;
    free.push(entry.slot);
    entry.slot = -1;
  }

  /** The object, without keeping it parsed. */
  function read(entry: Entry): KrmObject {
    return entry.object ?? open(entry.packed!);
  }

  function readAndHold(entry: Entry): KrmObject {
    if (entry.object === undefined) {
      entry.object = open(entry.packed!);
      hold(entry);
    }
    return entry.object;
  }

  function stripped(object: KrmObject): KrmObject {
    try {
      return strip?.(object) ?? object;
    } catch (error) {
      onError?.(error);
      return object;
    }
  }

  function file(key: StoreKey, object: KrmObject | undefined): void {
    for (const table of indexes.values()) {
      if (object === undefined) table.delete(key);
      else table.set(key, valuesOf(table, object));
    }
  }

  function valuesOf(table: IndexTable, object: KrmObject): readonly string[] {
    try {
      return table.index(object);
    } catch (error) {
      onError?.(error);
      return [];
    }
  }

  /** Whether a version is the one that is known already. */
  const same = (entry: Entry | undefined, uid: string, version: string): boolean =>
    entry !== undefined && version !== "" && entry.uid === uid && entry.resourceVersion === version;

  function collectOne(into: Map<StoreKey, Entry>, source: KrmObject): void {
    const key = storeKey(source.metadata as ObjectKey);
    const { uid, resourceVersion } = versionOf(source);
    const known = entries.get(key);
    if (same(known, uid, resourceVersion)) {
      into.set(key, known!);
      return;
    }
    const object = stripped(source);
    // Beyond what is held parsed anyway it is packed at once, so that the parsed one dies young.
    if (into.size >= parsed) {
      const packed = pack(object, pool, jsonOf(known?.packed ?? known?.like));
      into.set(key, { uid, resourceVersion, packed, object: undefined, like: undefined, slot: -1 });
    } else {
      into.set(key, { uid, resourceVersion, packed: undefined, object, like: known?.packed ?? known?.like, slot: -1 });
    }
  }

  function collectCut(into: Map<StoreKey, Entry>, item: CutItem): void {
    const key = storeKey(item);
    const known = entries.get(key);
    const { uid, resourceVersion, packed } = item;
    if (same(known, uid, resourceVersion)) into.set(key, known!);
    else if ("codec" in packed ? messagesStripped : cutsStripped)
      into.set(key, { uid, resourceVersion, packed, object: undefined, like: undefined, slot: -1 });
    else collectOne(into, open(packed));
  }

  return {
    get size() {
      return entries.size;
    },
    get(key) {
      const entry = entries.get(storeKey(key));
      return entry === undefined ? undefined : readAndHold(entry);
    },
    *values() {
      for (const entry of entries.values()) yield read(entry);
    },
    by(name, value) {
      const table = indexes.get(name);
      if (table === undefined) throw new RangeError(`there is no index ${JSON.stringify(name)}`);
      return table.keys(value).map((key) => readAndHold(entries.get(key)!));
    },
    addIndex(name, index) {
      const table = indexTable(index);
      for (const [key, entry] of entries) table.set(key, valuesOf(table, read(entry)));
      indexes.set(name, table);
    },
    begin() {
      collected = new Map();
    },
    collect(items) {
      if ("cut" in items) for (const item of items.cut) collectCut(collected!, item);
      else for (const item of items) collectOne(collected!, item);
    },
    cut: (list) => cutter.cut(list),
    messageCutter(protobuf, message) {
      const codec = { protobuf, message, apiVersion: apiVersionOf(resource), kind };
      const { keepsManager, kept } = strip ?? {};
      // Of what is held decoding makes fields that are always written; they are not kept either.
      const finished = kept === undefined ? codec : { ...codec, finish: strip! };
      return messageCutter({ codec: finished, pool: messagesStripped ? pool : unshared, keepsManager, kept });
    },
    uncollect: (object) => void collected!.delete(storeKey(object.metadata as ObjectKey)),
    discard() {
      collected = undefined;
    },
    commit() {
      const before = entries;
      entries = collected!;
      collected = undefined;
      const changes: Change[] = [];
      for (const [key, entry] of before) {
        const next = entries.get(key);
        if (next === entry) continue;
        release(entry);
        if (next === undefined) file(key, undefined);
        if (next?.uid !== entry.uid) changes.push(deleted(entry, read));
      }
      for (const [key, entry] of entries) {
        const previous = before.get(key);
        if (previous === entry) continue;
        if (indexes.size > 0) file(key, readAndHold(entry));
        if (entry.object !== undefined && entry.slot < 0) hold(entry);
        changes.push(previous?.uid === entry.uid ? updated(entry, previous, read) : added(entry, readAndHold));
      }
      return changes;
    },
    put(source) {
      const key = storeKey(source.metadata as ObjectKey);
      const { uid, resourceVersion } = versionOf(source);
      const previous = entries.get(key);
      if (same(previous, uid, resourceVersion)) return [];
      const object = stripped(source);
      const like = previous?.packed ?? previous?.like;
      const entry: Entry = { uid, resourceVersion, packed: undefined, object, like, slot: -1 };
      if (previous !== undefined) release(previous);
      hold(entry);
      entries.set(key, entry);
      file(key, object);
      if (previous === undefined) return [{ kind: "added", object }];
      if (previous.uid !== uid) return [deleted(previous, read), { kind: "added", object }];
      return [updated(entry, previous, read, object)];
    },
    remove(object) {
      const key = storeKey(object.metadata as ObjectKey);
      const entry = entries.get(key);
      if (entry === undefined) return [];
      entries.delete(key);
      release(entry);
      file(key, undefined);
      return [deleted(entry, read)];
    },
    added: () => [...entries.values()].map((entry) => added(entry, readAndHold)),
  };
}

function open(held: Held): KrmObject {
  return "codec" in held ? unpackMessage(held) : unpack(held);
}

function jsonOf(held: Held | undefined): Packed | undefined {
  return held === undefined || "codec" in held ? undefined : held;
}

type Read = (entry: Entry) => KrmObject;

// Most listeners want a name or two of each change, and a first list may bring 50,000 of them: they are unpacked only
// when they are looked at.

function added(entry: Entry, read: Read): Change {
  return {
    kind: "added",
    get object() {
      return read(entry);
    },
  };
}

function updated(entry: Entry, before: Entry, read: Read, known?: KrmObject): Change {
  return {
    kind: "updated",
    get object() {
      return known ?? read(entry);
    },
    get previous() {
      return read(before);
    },
  };
}

function deleted(entry: Entry, read: Read): Change {
  return {
    kind: "deleted",
    get previous() {
      return read(entry);
    },
  };
}

/** `namespace/name`, or `name` for what has no namespace. */
export function storeKey({ namespace, name }: ObjectKey): StoreKey {
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

function versionOf({ metadata }: KrmObject): { readonly uid: string; readonly resourceVersion: string } {
  const { uid, resourceVersion } = metadata;
  return {
    uid: typeof uid === "string" ? uid : "",
    resourceVersion: typeof resourceVersion === "string" ? resourceVersion : "",
  };
}
