import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cached, createHotCache } from "./hot-cache.ts";

function entry(size: number): Cached {
  return { size, parsed: undefined, whole: undefined, used: false, place: -1 };
}

test("keeps as many bytes as it may, those that were used first", () => {
  const cache = createHotCache(300);
  const entries = Array.from({ length: 5 }, () => entry(100));
  for (const [i, one] of entries.entries()) {
    cache.keep(one, { i });
    // What was kept first is asked for all the time.
    entries[0]!.used = true;
  }
  assert.equal(cache.bytes, 300);
  assert.notEqual(entries[0]!.parsed, undefined);
  assert.equal(entries.filter(({ parsed }) => parsed !== undefined).length, 3);
});

test("drops both forms of what it drops", () => {
  const cache = createHotCache(100);
  const first = entry(100);
  cache.keep(first, {});
  first.whole = new Uint8Array(100);
  cache.keep(entry(100), {});
  assert.deepEqual([first.parsed, first.whole], [undefined, undefined]);
});

test("keeps nothing that is larger than itself", () => {
  const cache = createHotCache(100);
  const large = entry(101);
  cache.keep(large, {});
  assert.deepEqual([large.parsed, cache.bytes], [undefined, 0]);
});

test("makes room of what is dropped, whatever stands around it", () => {
  const cache = createHotCache(300);
  const entries = Array.from({ length: 3 }, () => entry(100));
  for (const [i, one] of entries.entries()) cache.keep(one, { i });
  cache.drop(entries[0]!);
  cache.drop(entries[0]!);
  assert.deepEqual([cache.bytes, entries[0]!.parsed], [200, undefined]);
  cache.keep(entries[0]!, {});
  assert.equal(cache.bytes, 300);
  for (const one of entries) cache.drop(one);
  assert.equal(cache.bytes, 0);
});

test("keeps the newest while there is another to drop", () => {
  const cache = createHotCache(300);
  for (let i = 0; i < 20; i++) {
    const one = entry(50 + (i % 3) * 70);
    cache.keep(one, { i });
    assert.deepEqual(one.parsed, { i });
  }
});
