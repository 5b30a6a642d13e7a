import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import { backoffMs, workQueue } from "./work-queue.ts";

test("gives keys in the order in which they came, each once", () => {
  const queue = workQueue(virtualClock(), () => {});
  for (const key of ["b", "a", "b"]) queue.add(key);
  assert.deepEqual([queue.take(), queue.take(), queue.take()], ["b", "a", undefined]);
});

test("gives a key again that was added while it was worked on", () => {
  const queue = workQueue(virtualClock(), () => {});
  queue.add("a");
  queue.take();
  queue.add("a");
  assert.equal(queue.take(), undefined);
  queue.done("a", { kind: "none" });
  assert.equal(queue.take(), "a");
});

test("doubles the pause after each failure, up to 1000 s, and forgets them after a success", () => {
  assert.deepEqual([0, 1, 2, 10, 30].map(backoffMs), [5, 10, 20, 5120, 1_000_000]);
  const clock = virtualClock();
  const queue = workQueue(clock, () => {});
  const failAfter = (ms: number): void => {
    clock.advance(ms - 1);
    assert.equal(queue.take(), undefined, `before ${ms} ms`);
    clock.advance(1);
    assert.equal(queue.take(), "a", `at ${ms} ms`);
  };
  queue.add("a");
  queue.take();
  queue.done("a", { kind: "failed" });
  failAfter(5);
  queue.done("a", { kind: "failed" });
  failAfter(10);
  queue.done("a", { kind: "none" });
  queue.add("a");
  queue.take();
  queue.done("a", { kind: "failed" });
  failAfter(5);
});

test("keeps one timer for a key: the last visit says when the next one is", () => {
  const clock = virtualClock();
  const queue = workQueue(clock, () => {});
  const visit = (again: Parameters<typeof queue.done>[1]): void => {
    queue.add("a");
    queue.take();
    queue.done("a", again);
  };
  visit({ kind: "after", ms: 100 });
  visit({ kind: "after", ms: 200 });
  assert.equal(clock.pending, 1);
  visit({ kind: "none" });
  assert.equal(clock.pending, 0);
  assert.equal(queue.idle, true);
});

test("gives nothing after it was stopped", () => {
  const clock = virtualClock();
  const queue = workQueue(clock, () => {});
  queue.add("a");
  queue.take();
  queue.done("a", { kind: "after", ms: 10 });
  queue.add("b");
  queue.stop();
  clock.advance(20);
  queue.add("c");
  assert.deepEqual([queue.take(), clock.pending], [undefined, 0]);
});
