import type { JsonObject } from "@fairlead/apimachinery";

/** What can be parsed again: only the cache sets `parsed`. */
export interface Parsable {
  readonly bytes: Uint8Array;
  parsed: JsonObject | undefined;
  /** Read since the hand of the clock came by. */
  used: boolean;
}

/** Keeps recently used objects parsed, up to so many bytes of their JSON (in memory they take three times that). */
export interface ParsedCache {
  keep(entry: Parsable, parsed: JsonObject): void;
  /** Of JSON. */
  readonly bytes: number;
}

/**
 * "Second chance": entries stand in a circle, and a hand that goes round drops those that nobody used since its last
 * turn. A hit costs one assignment.
 */
export function createParsedCache(maxBytes: number): ParsedCache {
  const ring: Parsable[] = [];
  let bytes = 0;
  let hand = 0;

  function makeRoom(): void {
    while (bytes > maxBytes && ring.length > 0) {
      if (hand >= ring.length) hand = 0;
      const entry = ring[hand]!;
      if (entry.used) {
        entry.used = false;
        hand++;
        continue;
      }
      entry.parsed = undefined;
      bytes -= entry.bytes.length;
      const last = ring.pop()!;
      if (last !== entry) ring[hand] = last;
    }
  }

  return {
    keep(entry, parsed) {
      entry.parsed = parsed;
      entry.used = false;
      bytes += entry.bytes.length;
      ring.push(entry);
      makeRoom();
    },
    get bytes() {
      return bytes;
    },
  };
}
