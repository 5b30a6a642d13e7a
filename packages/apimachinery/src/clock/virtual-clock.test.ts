import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "./virtual-clock.ts";

test("runs what is due in order of time, then in order of scheduling", () => {
  const clock = virtualClock(1000);
  const seen: string[] = [];
  clock.after(20, () => seen.push(`late at ${clock.now()}`));
  clock.after(10, () => seen.push(`first at ${clock.now()}`));
  clock.after(10, () => seen.push("second"));
  clock.advance(15);
  assert.deepEqual(seen, ["first at 1010", "second"]);
  clock.advance(5);
  assert.deepEqual([seen.at(-1), clock.now(), clock.monotonic()], ["late at 1020", 1020, 20]);
});

test("runs what a call schedules within the same move, and nothing before its time", () => {
  const clock = virtualClock();
  const seen: number[] = [];
  const again = (): void => void (seen.push(clock.monotonic()), clock.after(10, again));
  clock.after(0, again);
  assert.deepEqual(seen, []);
  clock.advance(25);
  assert.deepEqual(seen, [0, 10, 20]);
});

test("forgets what was cancelled", () => {
  const clock = virtualClock();
  const cancel = clock.after(5, () => assert.fail("cancelled"));
  cancel();
  assert.deepEqual([clock.next(), clock.pending], [false, 0]);
});

test("moves to the next call", () => {
  const clock = virtualClock();
  clock.after(7, () => {});
  assert.deepEqual([clock.next(), clock.monotonic(), clock.next()], [true, 7, false]);
});

test("is set on and back without what is due, and what has passed, being another", () => {
  const clock = virtualClock(1000);
  let seen = 0;
  clock.after(10, () => (seen = clock.now()));
  clock.jump(3_600_000);
  assert.deepEqual([clock.now(), clock.monotonic(), clock.nextIn, seen], [3_601_000, 0, 10, 0]);
  clock.jump(-3_600_500);
  clock.advance(10);
  assert.deepEqual([clock.now(), clock.monotonic(), seen], [510, 10, 510]);
});
