import assert from "node:assert/strict";
import { test } from "node:test";
import { createPace } from "./pace.ts";

test("an object that is written now and then is never held back", () => {
  let now = 0;
  const pace = createPace(() => now);
  for (let write = 0; write < 100; write++, now += 10_000) assert.equal(pace.take("a"), 0);
});

test("an object that is changed again and again is put back less and less often, others are not affected", () => {
  let now = 0;
  const pace = createPace(() => now);
  const written: number[] = [];
  for (; now < 3_600_000; now += 100) {
    if (pace.take("a") > 0) continue;
    written.push(now);
    pace.changed("a");
  }
  const inFirstMinute = written.filter((at) => at < 60_000).length;
  const inLastMinute = written.filter((at) => at >= 3_540_000).length;
  assert.ok(inFirstMinute >= 10 && inFirstMinute < 20, `${inFirstMinute} in the first minute`);
  assert.ok(inLastMinute <= 1, `${inLastMinute} in the last minute`);
  assert.equal(pace.isHeld("a"), true);
  assert.equal(pace.take("b"), 0);
});

test("an object that is left alone is put back at once again", () => {
  let now = 0;
  const pace = createPace(() => now);
  while (!pace.isHeld("a")) {
    assert.equal(pace.take("a"), 0);
    pace.changed("a");
  }
  now += 600_000;
  assert.equal(pace.take("a"), 0);
  assert.equal(pace.take("a"), 0);
  assert.equal(pace.isHeld("a"), false);
});

test("an object that is to be another one every second is not held back; one that is so all the time is", () => {
  let now = 0;
  const pace = createPace(() => now);
  for (; now < 600_000; now += 1_000) assert.equal(pace.take("shares"), 0);
  const before = now;
  const written: number[] = [];
  for (; now < before + 60_000; now += 100) if (pace.take("flapping") === 0) written.push(now);
  assert.ok(written.length >= 120 && written.length < 130, `${written.length} in a minute`);
});
