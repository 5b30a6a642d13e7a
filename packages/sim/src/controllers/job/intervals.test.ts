import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  countCommon,
  countIndexes,
  formatIntervals,
  freeIndexes,
  hasIndex,
  parseIntervals,
  withIndexes,
} from "./intervals.ts";

test("writes single indexes, pairs and ranges", () => {
  assert.equal(formatIntervals(withIndexes([], [5, 1, 3, 4, 7, 8])), "1,3-5,7,8");
  assert.equal(formatIntervals([]), "");
});

test("reads what it can, up to the number of completions", () => {
  assert.deepEqual(parseIntervals("1,3-5,x,9", 5), [
    { first: 1, last: 1 },
    { first: 3, last: 4 },
  ]);
  assert.deepEqual(parseIntervals("0,1,2", 10), [{ first: 0, last: 2 }]);
});

test("reads what it wrote, and knows what is in it", () => {
  const indexes = fc.uniqueArray(fc.nat(40));
  fc.assert(
    fc.property(indexes, indexes, (a, b) => {
      const [left, right] = [withIndexes([], a), withIndexes([], b)];
      assert.deepEqual(parseIntervals(formatIntervals(left), 50), left);
      assert.equal(countIndexes(left), a.length);
      assert.equal(countCommon(left, right), a.filter((index) => b.includes(index)).length);
      const free = freeIndexes(left, 100, 41);
      assert.deepEqual(
        [...free, ...a].sort((x, y) => x - y),
        Array.from({ length: 41 }, (_, index) => index),
      );
      assert.ok(free.every((index) => !hasIndex(left, index)));
    }),
    { seed: 7, numRuns: 200 },
  );
});
