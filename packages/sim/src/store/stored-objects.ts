import type { JsonObject } from "@fairlead/apimachinery";
import { packBytes, type PackedJson, packText, unpackBytes } from "./packed-json.ts";
import { parseBytes } from "./parse-bytes.ts";
import { createShapePool } from "./shape-pool.ts";
import { type Cached, createHotCache, type HotCache } from "./hot-cache.ts";
import type { Stored } from "./store.ts";

/** Makes what stores keep: forks have one in common. */
export interface StoredObjects {
  /** The object belongs to what is made from it. */
  make(key: string, revision: number, object: JsonObject): Stored;
  /** Of JSON that was stored before. */
  read(key: string, revision: number, bytes: Uint8Array): Stored;
  /** Another has taken its place: it is kept packed only, though it may still be read. */
  supersede(stored: Stored): void;
}

/** `hotBytes`: how many bytes of JSON are kept as objects, too; see `createHotCache`. */
export function createStoredObjects(hotBytes: number): StoredObjects {
  const cache = createHotCache(hotBytes);
  const shapes = createShapePool();
  return {
    make(key, revision, object) {
      const stored = new StoredObject(key, revision, packText(JSON.stringify(object), shapes), cache);
      // Who watches will read it at once.
      cache.keep(stored, object);
      return stored;
    },
    read: (key, revision, bytes) => new StoredObject(key, revision, packBytes(bytes, shapes), cache),
    supersede: (stored) => {
      if (stored instanceof StoredObject) cache.drop(stored);
    },
  };
}

/** The length of `bytes`, without making them. */
export function sizeOfStored(stored: Stored): number {
  return stored instanceof StoredObject ? stored.size : stored.bytes.length;
}

/** What it is packed as; undefined for one that no store made. */
export function packedOf(stored: Stored): PackedJson | undefined {
  return stored instanceof StoredObject ? stored : undefined;
}

/** A class because there are a hundred thousand of them: the getters lie on the prototype. */
class StoredObject implements Stored, PackedJson, Cached {
  readonly key: string;
  readonly revision: number;
  readonly size: number;
  readonly shape: PackedJson["shape"];
  readonly rest: string;
  parsed: JsonObject | undefined = undefined;
  whole: Uint8Array | undefined = undefined;
  used = false;
  place = -1;
  readonly #cache: HotCache;

  constructor(key: string, revision: number, { size, shape, rest }: PackedJson, cache: HotCache) {
    this.key = key;
    this.revision = revision;
    this.size = size;
    this.shape = shape;
    this.rest = rest;
    this.#cache = cache;
  }

  get bytes(): Uint8Array {
    if (this.whole !== undefined) return this.whole;
    const whole = unpackBytes(this);
    // A list of everything must not drive out what is hot.
    if (this.parsed !== undefined) this.whole = whole;
    return whole;
  }

  get object(): JsonObject {
    this.used = true;
    if (this.parsed !== undefined) return this.parsed;
    const parsed = parseBytes(unpackBytes(this));
    this.#cache.keep(this, parsed);
    return parsed;
  }
}
