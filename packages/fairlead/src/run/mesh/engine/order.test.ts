import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import { createOrder } from "./order.ts";

function setUp() {
  const clock = virtualClock();
  const written: string[] = [];
  const order = createOrder(clock, (cluster, key) => written.push(`${cluster} ${key}`));
  return { clock, written, order };
}

test("clusters where a service runs are written before those that only call it", () => {
  const { written, order } = setUp();
  order.dispatch("k", ["eu", "us"], ["ap"]);
  assert.deepEqual(written, ["eu k", "us k"]);
  order.settled("eu", "k");
  order.settled("eu", "other");
  assert.equal(written.length, 2);
  order.settled("us", "k");
  assert.deepEqual(written.slice(2), ["ap k"]);
  assert.equal(order.size, 0);
});

test("without sources there is nothing to wait for", () => {
  const { written, order } = setUp();
  order.dispatch("k", [], ["ap", "eu"]);
  assert.deepEqual(written, ["ap k", "eu k"]);
});

test("a source that does not answer holds the others up for two seconds", () => {
  const { clock, written, order } = setUp();
  order.dispatch("k", ["dead"], ["ap"]);
  clock.advance(1_999);
  assert.deepEqual(written, ["dead k"]);
  clock.advance(1);
  assert.deepEqual(written, ["dead k", "ap k"]);
});

test("a newer plan takes the place of the older one, and a cluster that goes is waited for no more", () => {
  const { clock, written, order } = setUp();
  order.dispatch("k", ["eu"], ["ap"]);
  order.dispatch("k", ["us"], ["jp", "gone"]);
  order.settled("eu", "k");
  order.drop("gone");
  order.drop("us");
  clock.advance(10_000);
  assert.deepEqual(written, ["eu k", "us k", "jp k"]);
});
