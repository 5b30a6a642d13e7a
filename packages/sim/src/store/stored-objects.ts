import type { JsonObject } from "@fairlead/apimachinery";
import { createPools, type PackedJson, packJson, unpackJson } from "./packed-json.ts";
import { parseBytes } from "./parse-bytes.ts";
import type { Part } from "./part-pool.ts";
import { type Cached, createHotCache, type HotCache } from "./hot-cache.ts";
import type { Stored } from "./store.ts";

/** Makes what stores keep: forks have one in common. */
export interface StoredObjects {
  /** The object belongs to what is made from it. It shares what it can with the state before it. */
  make(key: string, revision: number, object: JsonObject, previous?: Stored): Stored;
  /** Of JSON that was stored before. */
  read(key: string, revision: number, bytes: Uint8Array): Stored;
}

/** `hotBytes`: how many bytes of JSON are kept as objects, too; see `createHotCache`. */
export function createStoredObjects(hotBytes: number): StoredObjects {
  const cache = createHotCache(hotBytes);
  const pools = createPools();
  return {
    make(key, revision, object, previous) {
      const like = previous instanceof StoredObject ? previous : undefined;
      const stored = new StoredObject(key, revision, packJson(object, pools, like), cache);
      // Who watches will read it at once.
      cache.keep(stored, object);
      return stored;
    },
    read: (key, revision, bytes) =>
      new StoredObject(key, revision, packJson(parseBytes(bytes), pools, undefined), cache),
  };
}

/** The length of `bytes`, without making them. */
export function sizeOfStored(stored: Stored): number {
  return stored instanceof StoredObject ? stored.size : stored.bytes.length;
}

/** A class because there are a hundred thousand of them: the getters lie on the prototype. */
class StoredObject implements Stored, PackedJson, Cached {
  readonly key: string;
  readonly revision: number;
  readonly size: number;
  readonly shape: PackedJson["shape"];
  readonly rest: string;
  readonly parts: readonly Part[];
  parsed: JsonObject | undefined = undefined;
  whole: Uint8Array | undefined = undefined;
  used = false;
  readonly #cache: HotCache;

  constructor(key: string, revision: number, { size, shape, rest, parts }: PackedJson, cache: HotCache) {
    this.key = key;
    this.revision = revision;
    this.size = size;
    this.shape = shape;
    this.rest = rest;
    this.parts = parts;
    this.#cache = cache;
  }

  get bytes(): Uint8Array {
    if (this.whole !== undefined) return this.whole;
    const whole = unpackJson(this);
    // A list of everything must not drive out what is hot.
    if (this.parsed !== undefined) this.whole = whole;
    return whole;
  }

  get object(): JsonObject {
    this.used = true;
    if (this.parsed !== undefined) return this.parsed;
    const parsed = parseBytes(unpackJson(this));
    this.#cache.keep(this, parsed);
    return parsed;
  }
}
