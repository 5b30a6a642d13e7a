import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import { turn } from "../../../test/run/fake-cluster.ts";
import { createRest } from "./rest.ts";

function setUp() {
  const clock = virtualClock(0);
  let busy = 1;
  const rest = createRest(clock, () => busy === 0);
  const told: number[] = [];
  void rest.settled().then(() => told.push(clock.monotonic()));
  const start = clock.monotonic();
  return {
    rest,
    told: () => told.map((at) => at - start),
    work: (count: number) => void (busy = count),
    async pass(ms: number) {
      clock.advance(ms);
      await turn();
    },
    timers: () => clock,
  };
}

test("those who wait are told when the last piece of work has ended, and not before", async () => {
  const { rest, told, work, pass } = setUp();
  await pass(60_000);
  assert.deepEqual(told(), [], "nobody looks while it is busy");
  work(0);
  rest.look();
  await pass(25);
  assert.deepEqual(told(), [60_025]);
});

test("work that follows at once is waited for", async () => {
  const { rest, told, work, pass } = setUp();
  work(0);
  rest.look();
  work(1);
  await pass(1_000);
  assert.deepEqual(told(), []);
  work(0);
  rest.look();
  await pass(25);
  assert.equal(told().length, 1);
});

test("who waits while nothing is to be done is told after a moment; who waits at the end is let go", async () => {
  const { rest, told, work, pass } = setUp();
  rest.close();
  await pass(0);
  assert.equal(told().length, 1);
  work(0);
  let isTold = false;
  void rest.settled().then(() => (isTold = true));
  await pass(25);
  assert.ok(isTold);
});
