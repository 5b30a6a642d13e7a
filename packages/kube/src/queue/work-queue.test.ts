import assert from "node:assert/strict";
import { test } from "node:test";
import { type VirtualClock, virtualClock } from "@fairlead/apimachinery";
import { createWorkQueue, type WorkKey, type WorkQueue } from "./work-queue.ts";

const x: WorkKey = { cluster: "a", key: "x" };
const y: WorkKey = { cluster: "a", key: "y" };

function start(): { clock: VirtualClock; queue: WorkQueue } {
  const clock = virtualClock();
  return { clock, queue: createWorkQueue({ clock }) };
}

/** What `take` gives now, or "waits"; the taker stays in line. */
async function taken(promise: Promise<WorkKey | undefined>): Promise<string> {
  const waits = Promise.resolve().then(() => Promise.resolve("waits"));
  return Promise.race([promise.then((item) => item?.key ?? "closed"), waits]);
}

test("hands a key to a worker that waits", async () => {
  const { queue } = start();
  const first = queue.take();
  assert.equal(await taken(first), "waits");
  queue.add(x);
  assert.deepEqual(await first, x);
});

test("takes a key that is added again while it waits for one key", async () => {
  const { queue } = start();
  queue.add(x);
  queue.add({ ...x });
  assert.deepEqual(await queue.take(), x);
  queue.done(x);
  assert.equal(queue.metrics().depth, 0);
  queue.close();
  assert.equal(await queue.take(), undefined);
});

test("gives a key that is added while it is worked on to one worker only, afterwards", async () => {
  const { queue } = start();
  queue.add(x);
  await queue.take();
  queue.add(x);
  const second = queue.take();
  assert.equal(await taken(second), "waits");
  queue.done(x);
  assert.deepEqual(await second, x);
  queue.done(x);
});

test("gives a key out after its delay, and not before", async () => {
  const { clock, queue } = start();
  queue.addAfter(x, 100);
  const first = queue.take();
  clock.advance(99);
  assert.equal(await taken(first), "waits");
  clock.advance(1);
  assert.deepEqual(await first, x);
  queue.done(x);
});

test("counts the earliest of several delays, whichever came first", () => {
  const { clock, queue } = start();
  queue.addAfter(x, 100);
  queue.addAfter(x, 50);
  queue.addAfter(y, 50);
  queue.addAfter(y, 100);
  assert.equal(queue.metrics().delayed, 2);
  clock.advance(50);
  assert.deepEqual([queue.metrics().depth, queue.metrics().delayed, clock.pending], [2, 0, 0]);
});

test("still comes back at the time that was asked for, when the key was added in between", async () => {
  const { clock, queue } = start();
  queue.addAfter(x, 100);
  queue.add(x);
  assert.deepEqual(await queue.take(), x);
  queue.done(x);
  clock.advance(100);
  assert.deepEqual(await queue.take(), x);
});

test("repeats after the key's own back-off", async () => {
  const { clock, queue } = start();
  queue.add(x);
  await queue.take();
  assert.equal(queue.retry(x), 5);
  queue.done(x);
  clock.advance(5);
  await queue.take();
  assert.equal(queue.retry(x), 10);
  queue.done(x);
  queue.forget(x);
  assert.equal(queue.retry(x), 5);
  assert.equal(queue.metrics().retries, 3);
});

test("spreads back-offs by the random number", () => {
  const queue = createWorkQueue({ clock: virtualClock(), random: () => 0.5, backoff: { baseMs: 100 } });
  assert.equal(queue.retry(x), 75);
});

test("waits for a time that lies beyond the longest timer", () => {
  const { clock, queue } = start();
  const year = 365 * 86_400_000;
  queue.addAfter(x, year);
  clock.advance(year - 1);
  assert.equal(queue.metrics().depth, 0);
  clock.advance(1);
  assert.equal(queue.metrics().depth, 1);
});

test("drops what waits for a cluster that is gone, and takes its keys again when it is back", async () => {
  const { clock, queue } = start();
  const other = { cluster: "b", key: "x" };
  queue.add(x);
  await queue.take();
  queue.add(x);
  queue.add(y);
  queue.addAfter(y, 10);
  queue.add(other);
  queue.retry(x);
  queue.drop("a");
  queue.done(x);
  clock.advance(1000);
  assert.equal(queue.metrics().depth, 1);
  assert.deepEqual(await queue.take(), other);
  queue.add(y);
  assert.deepEqual(await queue.take(), y);
});

test("gives out what waits after it was closed, then tells every worker", async () => {
  const { clock, queue } = start();
  queue.add(x);
  queue.addAfter(y, 10);
  queue.close();
  queue.add(y);
  assert.deepEqual(await queue.take(), x);
  const workers = [queue.take(), queue.take()];
  assert.deepEqual(await Promise.all(workers), [undefined, undefined]);
  queue.done(x);
  clock.advance(100);
  assert.deepEqual([queue.metrics().depth, clock.pending], [0, 0]);
});

test("gives a key once more that was added while it was worked on, though closed since", async () => {
  const { queue } = start();
  queue.add(x);
  await queue.take();
  queue.add(x);
  queue.close();
  const last = queue.take();
  assert.equal(await taken(last), "waits");
  queue.done(x);
  assert.deepEqual(await last, x);
  queue.done(x);
  assert.equal(await queue.take(), undefined);
});

test("throws away what waits when it is closed so", async () => {
  const { queue } = start();
  queue.add(x);
  queue.close({ discard: true });
  assert.equal(await queue.take(), undefined);
});
