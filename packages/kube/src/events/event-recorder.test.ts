import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { KubeError, type KubeErrorCode } from "../errors.ts";
import { createEventRecorder, type EventClient } from "./event-recorder.ts";
import type { RecordedEvent } from "./recorder.ts";

const app = { apiVersion: "fairlead.dev/v1alpha1", kind: "App", namespace: "shop", name: "orders", uid: "u1" };
const event: RecordedEvent = { type: "Warning", reason: "ApplyFailed", message: "no such kind" };

/** Lets everything run that waits for nothing but its turn. */
const turn = () => new Promise<void>((resolve) => void setImmediate(resolve));

/** A server that fails with the given codes first. */
function world(...failures: KubeErrorCode[]) {
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const stored = new Map<string, KrmObject>();
  const calls: string[] = [];
  const fail = () => {
    const code = failures.shift();
    if (code !== undefined) throw new KubeError(code, code);
  };
  const client = {
    async create(_: unknown, object: KrmObject) {
      calls.push("create");
      fail();
      stored.set(object.metadata.name!, object);
      return object;
    },
    async patch(_: unknown, { name }: { name: string }, patch: object) {
      calls.push("patch");
      fail();
      if (!stored.has(name)) throw new KubeError("not-found", "gone");
      stored.set(name, { ...stored.get(name)!, ...patch });
      return stored.get(name)!;
    },
  } as unknown as EventClient;
  const recorder = createEventRecorder(client, { component: "fairlead.dev/test", instance: "pod", clock });
  const pass = async (ms: number) => {
    await turn();
    clock.advance(ms);
    await turn();
  };
  const counts = () => [...stored.values()].map(({ series }) => (series as { count?: number } | undefined)?.count ?? 1);
  return { recorder, stored, calls, clock, pass, counts };
}

test("a repeated event is one object with a count, brought up to date without being recorded again", async () => {
  const { recorder, counts, calls, pass } = world();
  for (let index = 0; index < 5; index++) {
    recorder.record(app, event);
    await pass(1_000);
  }
  assert.deepEqual([counts(), calls], [[2], ["create", "patch"]]);
  await pass(30_000);
  assert.deepEqual([counts(), calls], [[5], ["create", "patch", "patch"]]);
});

test("flushing writes what was only counted, and does not wait for a server that fails", async () => {
  const { recorder, counts, pass } = world();
  for (let index = 0; index < 4; index++) recorder.record(app, event);
  await pass(0);
  await recorder.flush();
  assert.deepEqual(counts(), [4]);
  const down = world("connection", "connection", "connection");
  down.recorder.record(app, event);
  await turn();
  await down.recorder.flush();
  assert.equal(down.recorder.dropped, 1);
});

test("a write is tried again when the server could not be reached, not when it refuses", async () => {
  const flaky = world("connection", "unavailable");
  flaky.recorder.record(app, event);
  await flaky.pass(1_000);
  await flaky.pass(2_000);
  assert.deepEqual([flaky.counts(), flaky.recorder.dropped], [[1], 0]);
  const refused = world("forbidden");
  refused.recorder.record(app, event);
  await refused.pass(10_000);
  assert.deepEqual([refused.calls, refused.recorder.dropped], [["create"], 1]);
});

test("a series whose Event has expired is created anew with its count", async () => {
  const { recorder, stored, counts, calls, pass } = world();
  recorder.record(app, event);
  await pass(0);
  stored.clear();
  recorder.record(app, event);
  await pass(0);
  assert.deepEqual([counts(), calls], [[2], ["create", "patch", "create"]]);
});

test("a create whose answer was lost is not repeated under another name", async () => {
  const { recorder, calls, pass } = world("connection", "already-exists");
  recorder.record(app, event);
  await pass(1_000);
  await pass(10_000);
  assert.deepEqual([calls, recorder.dropped], [["create", "create"], 0]);
});

test("never throws, and counts what does not fit", async () => {
  const { recorder } = world();
  for (let index = 0; index < 1_500; index++) recorder.record({ ...app, name: `app-${index}` }, event);
  // One is being written already.
  assert.equal(recorder.dropped, 499);
  await recorder.flush();
});
