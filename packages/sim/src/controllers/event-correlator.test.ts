import assert from "node:assert/strict";
import { test } from "node:test";
import { eventCorrelator, type ObservedEvent } from "./event-correlator.ts";

const event = (message: string, more: Partial<ObservedEvent> = {}): ObservedEvent => ({
  component: "test-controller",
  involvedObject: { kind: "Pod", namespace: "a", name: "b", uid: "c", apiVersion: "v1" },
  namespace: "a",
  name: `b.${message}`,
  type: "Normal",
  reason: "Test",
  message,
  firstMs: 1000,
  lastMs: 1000,
  count: 1,
  ...more,
});

test("raises the count of an Event that comes again, under its first name", () => {
  const correlator = eventCorrelator();
  assert.deepEqual(correlator.correlate(event("one"), 1000), { event: event("one"), exists: false });
  const again = correlator.correlate(event("one", { name: "b.later", firstMs: 5000, lastMs: 5000 }), 5000);
  assert.deepEqual(again, { event: { ...event("one"), lastMs: 5000, count: 2 }, exists: true });
});

test("combines Events that differ in their message only, from the tenth on", () => {
  const correlator = eventCorrelator();
  const messages: string[] = [];
  for (let index = 0; index < 12; index++) {
    const result = correlator.correlate(event(`message ${index}`), 1000 + index);
    messages.push(`${result?.event.message} ×${result?.event.count}`);
  }
  assert.deepEqual(messages.slice(8), [
    "message 8 ×1",
    "(combined from similar events): message 9 ×1",
    "(combined from similar events): message 10 ×2",
    "(combined from similar events): message 11 ×3",
  ]);
});

test("starts to combine anew after ten quiet minutes", () => {
  const correlator = eventCorrelator();
  for (let index = 0; index < 9; index++) correlator.correlate(event(`message ${index}`), 0);
  assert.equal(correlator.correlate(event("message 9"), 600_001)?.event.message, "message 9");
});

test("drops what comes on top of 25 Events about an object, and takes one more every five minutes", () => {
  const correlator = eventCorrelator();
  const taken = (now: number): boolean => correlator.correlate(event("same"), now) !== undefined;
  assert.equal(Array.from({ length: 30 }, () => taken(0)).filter(Boolean).length, 25);
  assert.deepEqual([taken(299_000), taken(301_000), taken(302_000)], [false, true, false]);
  const other = event("same", { involvedObject: { kind: "Pod", name: "other" } });
  assert.notEqual(correlator.correlate(other, 302_000), undefined);
});
