import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { delayHeap } from "./delay-heap.ts";

test("gives out what is due in order of time, then as it came in", () => {
  const heap = delayHeap();
  for (const [id, at] of [
    ["c", 3],
    ["a", 1],
    ["d", 3],
    ["b", 2],
  ] as const)
    heap.add({ id, at });
  assert.equal(heap.next(), 1);
  assert.deepEqual(
    Array.from({ length: 5 }, () => heap.take(3)),
    ["a", "b", "c", "d", undefined],
  );
});

test("sorts as a sort does, with ids that are put forward and deleted, many times over", () => {
  const add = fc.record({ id: fc.nat({ max: 30 }), at: fc.nat({ max: 1000 }), remove: fc.boolean() });
  fc.assert(
    fc.property(fc.array(add, { maxLength: 600 }), (list) => {
      const heap = delayHeap();
      const times = new Map<string, number>();
      for (const { id, at, remove } of list) {
        const name = String(id);
        if (remove) {
          heap.delete(name);
          times.delete(name);
        } else {
          heap.add({ id: name, at });
          times.set(name, Math.min(at, times.get(name) ?? Infinity));
        }
        assert.equal(heap.size, times.size);
      }
      const out: number[] = [];
      for (let id = heap.take(1000); id !== undefined; id = heap.take(1000)) {
        out.push(times.get(id)!);
        times.delete(id);
      }
      assert.deepEqual(
        out,
        [...out].sort((a, b) => a - b),
      );
      assert.equal(times.size, 0);
    }),
    runs(100),
  );
});
