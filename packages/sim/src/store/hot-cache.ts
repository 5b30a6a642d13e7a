import type { JsonObject } from "@fairlead/apimachinery";

/** What can be made again from what is packed: only the cache sets and drops it. */
export interface Cached {
  /** Of its JSON. */
  readonly size: number;
  parsed: JsonObject | undefined;
  whole: Uint8Array | undefined;
  /** Read since the hand of the clock came by. */
  used: boolean;
  /** Its place in the circle; -1 for what is not kept. */
  place: number;
}

/**
 * Keeps what was written or read lately as an object, and as bytes when somebody has asked for them, up to so many bytes
 * of JSON: with both it takes four times as much memory.
 */
export interface HotCache {
  keep(entry: Cached, parsed: JsonObject): void;
  /** Nobody is expected to ask for it again. */
  drop(entry: Cached): void;
  /** Of JSON. */
  readonly bytes: number;
}

/**
 * "Second chance": entries stand in a circle, and a hand that goes round drops those that nobody used since its last
 * turn. A hit costs one assignment.
 */
export function createHotCache(maxBytes: number): HotCache {
  const ring: Cached[] = [];
  let bytes = 0;
  let hand = 0;

  /** Who wrote or read the newest is about to ask for it: it goes last. */
  function makeRoom(newest: Cached): void {
    while (bytes > maxBytes && ring.length > 0) {
      if (hand >= ring.length) hand = 0;
      const entry = ring[hand]!;
      if (!entry.used && (entry !== newest || ring.length === 1)) {
        drop(entry);
        continue;
      }
      entry.used = false;
      hand++;
    }
  }

  function drop(entry: Cached): void {
    const { place } = entry;
    if (place < 0) return;
    entry.parsed = undefined;
    entry.whole = undefined;
    entry.place = -1;
    bytes -= entry.size;
    const last = ring.pop()!;
    if (last === entry) return;
    ring[place] = last;
    last.place = place;
  }

  return {
    keep(entry, parsed) {
      drop(entry);
      entry.parsed = parsed;
      entry.used = false;
      entry.place = ring.length;
      bytes += entry.size;
      ring.push(entry);
      makeRoom(entry);
    },
    drop,
    get bytes() {
      return bytes;
    },
  };
}
