import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { Kind } from "../../resources/kind.ts";
import { createStore } from "../../store/memory-store.ts";
import type { Store, StoreEvent } from "../../store/store.ts";
import { versionedStore } from "./versioned-store.ts";

const collection = "hosts.example.com";

/** A kind whose webhook answers when it is told to; it fails for objects called `bad`. */
function setUp(): { readonly kind: Kind; readonly store: Store; answer(): Promise<void> } {
  let waiting: (() => void)[] = [];
  const convert = (object: JsonObject, apiVersion: string): Promise<JsonObject> =>
    new Promise((resolve, reject) => {
      const { name } = object["metadata"] as { readonly name: string };
      waiting.push(() => (name === "bad" ? reject(new Error("no")) : resolve({ ...object, apiVersion })));
    });
  const versions = { storage: "example.com/v1", stored: ["example.com/v1"], schemas: new Map(), convert };
  const kind = { collection, resource: { group: "example.com", version: "v2", kind: "Host" }, versions };
  return {
    kind: kind as unknown as Kind,
    store: createStore(),
    answer: async () => {
      const now = waiting;
      waiting = [];
      for (const one of now) one();
      await new Promise((resolve) => setImmediate(resolve));
    },
  };
}

function put(store: Store, name: string): void {
  const object = (revision: number): JsonObject => ({
    apiVersion: "example.com/v1",
    kind: "Host",
    metadata: { name, resourceVersion: String(revision) },
  });
  store.put(collection, name, store.get(collection, name)?.revision ?? 0, object);
}

test("tells events in their order, and no version beyond what it has told", async () => {
  const { kind, store, answer } = setUp();
  const view = await versionedStore(kind, store, store.snapshot(), "");
  const told: StoreEvent[] = [];
  view.watch(collection, store.revision, (event) => told.push(event));
  const before = store.revision;
  put(store, "a");
  put(store, "b");
  assert.equal(view.revision, before);
  await answer();
  await answer();
  assert.deepEqual(
    told.map(({ stored }) => `${stored.key} ${String(stored.object["apiVersion"])}`),
    ["a example.com/v2", "b example.com/v2"],
  );
  assert.equal(view.revision, store.revision);
});

test("ends a watch whose next object cannot be converted", async () => {
  const { kind, store, answer } = setUp();
  const view = await versionedStore(kind, store, store.snapshot(), "");
  let broken = 0;
  const told: string[] = [];
  view.watch(
    collection,
    store.revision,
    ({ stored }) => told.push(stored.key),
    () => broken++,
  );
  for (const name of ["a", "bad", "c"]) put(store, name);
  for (let i = 0; i < 3; i++) await answer();
  assert.deepEqual([told, broken], [["a"], 1]);
});
