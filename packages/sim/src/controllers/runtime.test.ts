import assert from "node:assert/strict";
import { test } from "node:test";
import { type JsonObject, virtualClock } from "@fairlead/apimachinery";
import { notFound } from "../errors.ts";
import { createStore } from "../store/memory-store.ts";
import type { Api, Controller, ControllerContext, Outcome } from "./controller.ts";
import { type ControllersInput, type RunningControllers, startControllers } from "./runtime.ts";

const nothing = async (): Promise<never> => {
  throw notFound({ group: "", plural: "things" }, "x");
};
const api: Api = {
  get: () => undefined,
  list: () => [],
  dependents: () => [],
  create: nothing,
  update: nothing,
  updateStatus: nothing,
  patch: nothing,
  apply: nothing,
  createSubresource: nothing,
  delete: nothing,
};

type Visit = (key: string, context: ControllerContext) => Promise<Outcome>;

const watching = (name: string, visit: Visit): Controller => ({
  name,
  watches: [
    {
      collection: "things",
      keys: (object, { kind }) => (kind === "deleted" ? [] : [(object["metadata"] as { name: string }).name]),
    },
  ],
  reconcile: visit,
});

function start(controllers: readonly Controller[], input: Partial<ControllersInput> = {}) {
  const store = createStore();
  const clock = virtualClock(Date.UTC(2026, 0, 1));
  const put = (name: string): void => {
    const expected = store.get("things", name)?.revision ?? 0;
    store.put("things", name, expected, (revision) => ({ metadata: { name, resourceVersion: String(revision) } }));
  };
  const run = (): RunningControllers => startControllers(controllers, { store, api, clock, random: () => 0, ...input });
  return { store, clock, put, run };
}

test("looks at what is there first, then at what changes, one key at a time", async () => {
  const visits: string[] = [];
  let running = 0;
  const { put, run } = start([
    watching("one", async (key) => {
      assert.equal(++running, 1);
      visits.push(key);
      await Promise.resolve();
      running--;
      return undefined;
    }),
  ]);
  put("a");
  put("b");
  const controllers = run();
  assert.equal(controllers.busy, true);
  await controllers.settled();
  put("b");
  put("b");
  await controllers.settled();
  controllers.stop();
  assert.deepEqual(visits, ["a", "b", "b"]);
  assert.equal(controllers.busy, false);
});

test("visits a key again when it asks for it, and after failures with back-off", async () => {
  const visits: number[] = [];
  const errors: unknown[] = [];
  const { clock, put, run } = start(
    [
      watching("one", async (_key, { now }) => {
        visits.push(now - Date.UTC(2026, 0, 1));
        if (visits.length === 1) return { afterMs: 100 };
        if (visits.length < 4) throw new Error("not yet");
        return undefined;
      }),
    ],
    { onError: ({ error }) => errors.push(error) },
  );
  put("a");
  const controllers = run();
  for (let passed = 0; passed < 200; passed++) {
    await controllers.settled();
    clock.advance(1);
  }
  controllers.stop();
  assert.deepEqual(visits, [0, 100, 105, 115]);
  assert.equal(errors.length, 2);
});

test("lets controllers take turns in the order in which they were named", async () => {
  const visits: string[] = [];
  const visit =
    (name: string): Visit =>
    async (key) => {
      visits.push(`${name} ${key}`);
      return undefined;
    };
  const { put, run } = start([watching("one", visit("one")), watching("two", visit("two"))]);
  put("a");
  put("b");
  const controllers = run();
  await controllers.settled();
  controllers.stop();
  assert.deepEqual(visits, ["one a", "two a", "one b", "two b"]);
});

test("writes Events one after another, and is not settled before they are written", async () => {
  const written: JsonObject[] = [];
  const slow: Api = {
    ...api,
    create: async (_collection, object) => {
      for (let turn = 0; turn < 5; turn++) await Promise.resolve();
      written.push(object);
      return object;
    },
  };
  const { put, run } = start(
    [
      watching("test-controller", async (key, { event }) => {
        const object = { apiVersion: "v1", kind: "Thing", metadata: { name: key, namespace: "space", uid: "u" } };
        event(object, "Normal", "Seen", "first");
        event(object, "Warning", "Seen", "second");
        return undefined;
      }),
    ],
    { api: slow },
  );
  put("a");
  const controllers = run();
  await controllers.settled();
  controllers.stop();
  const [first, second] = written;
  const { name } = first!["metadata"] as { name: string };
  assert.match(name, /^a\.[0-9a-f]{16}$/);
  assert.notEqual(name, (second!["metadata"] as { name: string }).name);
  assert.deepEqual(first, {
    apiVersion: "v1",
    kind: "Event",
    metadata: { name, namespace: "space" },
    involvedObject: { kind: "Thing", namespace: "space", name: "a", uid: "u", apiVersion: "v1" },
    reason: "Seen",
    message: "first",
    source: { component: "test-controller" },
    firstTimestamp: "2026-01-01T00:00:00Z",
    lastTimestamp: "2026-01-01T00:00:00Z",
    count: 1,
    type: "Normal",
    eventTime: null,
    reportingComponent: "test-controller",
    reportingInstance: "",
  });
});

test("takes no further key once it was stopped", async () => {
  const visits: string[] = [];
  const { put, run } = start([
    watching("one", async (key) => {
      visits.push(key);
      return { afterMs: 1 };
    }),
  ]);
  const controllers = run();
  put("a");
  controllers.stop();
  await controllers.settled();
  assert.deepEqual(visits, []);
});
