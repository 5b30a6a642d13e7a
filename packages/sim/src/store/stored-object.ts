import { Buffer } from "node:buffer";
import type { JsonObject } from "@fairlead/apimachinery";
import { parseBytes } from "./parse-bytes.ts";
import type { Parsable, ParsedCache } from "./parsed-cache.ts";
import type { Stored } from "./store.ts";

/** A class because there are a hundred thousand of them: the getter lies on the prototype. */
class StoredObject implements Stored, Parsable {
  readonly key: string;
  readonly revision: number;
  readonly bytes: Uint8Array;
  parsed: JsonObject | undefined;
  used = false;
  readonly #cache: ParsedCache;

  constructor(key: string, revision: number, bytes: Uint8Array, cache: ParsedCache) {
    this.key = key;
    this.revision = revision;
    this.bytes = bytes;
    this.parsed = undefined;
    this.#cache = cache;
  }

  get object(): JsonObject {
    this.used = true;
    if (this.parsed !== undefined) return this.parsed;
    const parsed = parseBytes(this.bytes);
    this.#cache.keep(this, parsed);
    return parsed;
  }
}

/** An object that is kept as these bytes of JSON; they belong to it from now on. */
export function storedBytes(key: string, revision: number, bytes: Uint8Array, cache: ParsedCache): Stored {
  return new StoredObject(key, revision, bytes, cache);
}

/** Stores an object, which belongs to the store from now on: it is kept parsed, since watchers will read it at once. */
export function storedObject(key: string, revision: number, object: JsonObject, cache: ParsedCache): Stored {
  const text = JSON.stringify(object);
  // Not from the pool that small buffers share: that would keep more than is used.
  const bytes = Buffer.allocUnsafeSlow(Buffer.byteLength(text));
  bytes.write(text);
  const stored = new StoredObject(key, revision, bytes, cache);
  cache.keep(stored, object);
  return stored;
}
