import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import { createDeadlines } from "./deadlines.ts";

test("calls what is late in its time, once, on one timer", () => {
  const clock = virtualClock();
  const deadlines = createDeadlines(clock);
  const seen: string[] = [];
  for (const ms of [30, 10, 20]) deadlines.add(ms, () => seen.push(`${ms} at ${clock.monotonic()}`));
  assert.equal(clock.pending, 1);
  clock.advance(100);
  assert.deepEqual(seen, ["10 at 10", "20 at 20", "30 at 30"]);
  assert.equal(clock.pending, 0);
});

test("forgets what was removed, and takes what is added while it calls", () => {
  const clock = virtualClock();
  const deadlines = createDeadlines(clock);
  const seen: number[] = [];
  deadlines.remove(deadlines.add(5, () => assert.fail("removed")));
  deadlines.add(7, () => void deadlines.add(2, () => seen.push(clock.monotonic())));
  clock.advance(20);
  assert.deepEqual(seen, [9]);
});
