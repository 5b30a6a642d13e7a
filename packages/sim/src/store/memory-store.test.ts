import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { createStore, type MemoryStoreOptions } from "./memory-store.ts";
import { StoreError } from "./store-error.ts";
import type { Snapshot, Store, StoreEvent } from "./store.ts";

/** An object with a value, as the API would store it. */
function holding(value: string): (revision: number) => JsonObject {
  return (revision) => ({ metadata: { resourceVersion: String(revision) }, value });
}

/** Writes whatever is there now. */
function write(store: Store, collection: string, key: string, value: string): void {
  const expected = store.get(collection, key)?.revision ?? 0;
  assert.notEqual(store.put(collection, key, expected, holding(value)), undefined);
}

function remove(store: Store, collection: string, key: string): void {
  assert.notEqual(store.remove(collection, key, store.get(collection, key)!.revision, holding("last")), undefined);
}

function contents(snapshot: Snapshot, collection: string): string[] {
  return [...snapshot.range(collection)].map(({ key, object }) => `${key}=${String(object["value"])}`);
}

function tell({ kind, revision, stored }: StoreEvent): string {
  return `${revision} ${kind} ${stored.key}`;
}

function filled(options?: MemoryStoreOptions): Store {
  const store = createStore(options);
  write(store, "pods", "b/one", "1");
  write(store, "pods", "a/two", "2");
  write(store, "nodes", "n", "3");
  return store;
}

test("starts at revision 1, and each write takes the next", () => {
  const store = createStore();
  assert.equal(store.revision, 1);
  const stored = store.put("pods", "a/x", 0, holding("é"))!;
  assert.deepEqual([stored.revision, store.revision], [2, 2]);
  assert.equal(
    Buffer.from(stored.bytes).toString("utf8"),
    '{"metadata":{"resourceVersion":"2"},"value":"é"}',
    "what is stored is UTF-8 JSON",
  );
  assert.deepEqual(stored.object, { metadata: { resourceVersion: "2" }, value: "é" });
});

test("writes nothing over another revision than the expected one", () => {
  const store = filled();
  const never = (): JsonObject => assert.fail("made in vain");
  assert.equal(store.put("pods", "b/one", 0, never), undefined);
  assert.equal(store.put("pods", "b/one", 3, never), undefined);
  assert.equal(store.put("pods", "b/none", 2, never), undefined);
  assert.equal(store.remove("pods", "b/one", 3, never), undefined);
  assert.equal(store.remove("pods", "b/none", 0, never), undefined);
  assert.equal(store.revision, 4);
  assert.equal(store.put("pods", "b/one", 2, holding("new"))?.revision, 5);
});

test("keeps nothing of a write whose making fails, or that writes itself", () => {
  const store = filled();
  const fails = (): JsonObject => {
    throw new RangeError("no");
  };
  assert.throws(() => store.put("pods", "c/x", 0, fails), RangeError);
  assert.equal(store.revision, 4);
  const writes = (): JsonObject => (write(store, "pods", "c/inner", "in"), {});
  assert.throws(
    () => store.put("pods", "c/x", 0, writes),
    (error) => error instanceof StoreError && error.code === "nested",
  );
  assert.deepEqual(contents(store, "pods"), ["a/two=2", "b/one=1", "c/inner=in"]);
});

test("gives objects by key, prefix and position, and counts them", () => {
  const store = filled();
  write(store, "pods", "a/three", "3");
  assert.deepEqual(contents(store, "pods"), ["a/three=3", "a/two=2", "b/one=1"]);
  assert.deepEqual(
    [...store.range("pods", { prefix: "a/", after: "a/three" })].map(({ key }) => key),
    ["a/two"],
  );
  assert.deepEqual([store.count("pods"), store.count("pods", "a/"), store.count("secrets")], [3, 2, 0]);
  assert.deepEqual(store.collections(), ["nodes", "pods"]);
  remove(store, "nodes", "n");
  assert.deepEqual(store.collections(), ["pods"]);
});

test("goes on with a range as it was when it began, whatever is written meanwhile", () => {
  const store = filled();
  const range = store.range("pods");
  remove(store, "pods", "a/two");
  write(store, "pods", "b/one", "changed");
  assert.deepEqual(
    [...range].map(({ object }) => object["value"]),
    ["2", "1"],
  );
});

test("keeps snapshots and forks apart from later writes", () => {
  const store = filled();
  const snapshot = store.snapshot();
  const fork = store.fork();
  write(store, "pods", "a/two", "changed");
  write(fork, "pods", "a/two", "in the fork");
  remove(fork, "pods", "b/one");
  assert.deepEqual([contents(snapshot, "pods"), snapshot.revision], [["a/two=2", "b/one=1"], 4]);
  assert.deepEqual([contents(store, "pods"), store.revision], [["a/two=changed", "b/one=1"], 5]);
  assert.deepEqual([contents(fork, "pods"), fork.revision], [["a/two=in the fork"], 6]);
  const again = createStore({ start: snapshot });
  assert.deepEqual([contents(again, "pods"), again.revision, again.compacted], [["a/two=2", "b/one=1"], 4, 4]);
});

test("brings a watch what happened since its revision, then what happens, of its collection only", () => {
  const store = filled();
  const seen: string[] = [];
  const end = store.watch("pods", 2, (event) => seen.push(tell(event)))!;
  assert.deepEqual(seen, ["3 added a/two"]);
  write(store, "pods", "a/two", "changed");
  write(store, "nodes", "n", "changed");
  remove(store, "pods", "a/two");
  end();
  write(store, "pods", "a/two", "again");
  assert.deepEqual(seen, ["3 added a/two", "5 modified a/two", "7 deleted a/two"]);
});

test("gives an event the state before it, and a deletion the last state at its own revision", () => {
  const store = filled();
  const events: StoreEvent[] = [];
  store.subscribe((event) => events.push(event));
  remove(store, "pods", "a/two");
  const [{ stored, previous }] = events as [StoreEvent];
  assert.deepEqual(stored.object, { metadata: { resourceVersion: "5" }, value: "last" });
  assert.deepEqual([stored.revision, previous?.revision], [5, 3]);
});

test("refuses a watch from before its window, bounded by number, by bytes and by compaction", () => {
  const few = filled({ window: 2 });
  assert.equal(few.compacted, 2);
  assert.equal(
    few.watch("pods", 1, () => {}),
    undefined,
  );
  assert.notEqual(
    few.watch("pods", 2, () => {}),
    undefined,
  );

  const small = filled({ windowBytes: 100 });
  for (let i = 0; i < 10; i++) write(small, "pods", "b/one", String(i));
  assert.ok(small.compacted >= small.revision - 3, "each event keeps some 50 bytes");

  const compacted = filled();
  compacted.compact(3);
  assert.equal(compacted.compacted, 3);
  assert.equal(
    compacted.watch("nodes", 2, () => {}),
    undefined,
  );
  compacted.compact(100);
  assert.equal(compacted.compacted, 4);
});

test("gives the state at any revision of the window", () => {
  const store = createStore();
  const states: string[][] = [[], contents(store, "pods")];
  for (let i = 0; i < 60; i++) {
    if (i % 7 === 6) remove(store, "pods", `a/${i % 5}`);
    else write(store, "pods", `a/${i % 5}`, String(i));
    states.push(contents(store, "pods"));
  }
  for (const revision of [1, 61, 30, 2, 60, 30]) {
    assert.deepEqual(contents(store.at(revision)!, "pods"), states[revision], `at ${revision}`);
    assert.equal(store.at(revision)!.revision, revision);
  }
  assert.deepEqual([store.at(0), store.at(62)], [undefined, undefined]);
  store.compact(40);
  assert.equal(store.at(30), undefined);
  assert.deepEqual(contents(store.at(40)!, "pods"), states[40]);
});

test("brings what listeners write to everybody in the order of revisions", () => {
  const store = createStore();
  const seen: string[] = [];
  store.watch("pods", 1, (event) => {
    seen.push(`first ${tell(event)}`);
    if (event.stored.key === "a/1") write(store, "pods", "a/2", "");
  });
  store.watch("pods", 1, (event) => seen.push(`second ${tell(event)}`));
  write(store, "pods", "a/1", "");
  assert.deepEqual(seen, ["first 2 added a/1", "second 2 added a/1", "first 3 added a/2", "second 3 added a/2"]);
});

test("shows a watch that begins within a listener each event once", () => {
  const store = createStore();
  const seen: string[] = [];
  store.watch("pods", 1, ({ stored }) => {
    if (stored.key !== "a/1") return;
    write(store, "pods", "a/2", "");
    store.watch("pods", 1, (event) => {
      seen.push(tell(event));
      if (event.stored.key === "a/1") write(store, "pods", "a/3", "");
    });
  });
  write(store, "pods", "a/1", "");
  assert.deepEqual(seen, ["2 added a/1", "3 added a/2", "4 added a/3"]);
});

test("brings nothing more to a listener that ends within a call, and spares the others what one throws", () => {
  const errors: unknown[] = [];
  const store = createStore({ onListenerError: (error) => errors.push(error) });
  const seen: string[] = [];
  const end = store.watch("pods", 1, () => {
    end();
    endOther();
    throw new Error("listener");
  })!;
  const endOther = store.watch("pods", 1, () => assert.fail("ended before its turn"))!;
  store.watch("pods", 1, (event) => seen.push(tell(event)));
  write(store, "pods", "a/1", "");
  write(store, "pods", "a/2", "");
  assert.deepEqual(seen, ["2 added a/1", "3 added a/2"]);
  assert.deepEqual(
    errors.map((error) => (error as Error).message),
    ["listener"],
  );
});

test("can be read but not written once it is closed", () => {
  const store = filled();
  store.watch("pods", 4, () => assert.fail("closed"));
  store.close();
  store.close();
  assert.throws(
    () => store.put("pods", "a/x", 0, holding("")),
    (error) => error instanceof StoreError && error.code === "closed",
  );
  assert.equal(store.count("pods"), 2);
});

test("parses what is not kept parsed again, with every digit of its numbers", () => {
  const store = createStore({ parsedBytes: 0 });
  const large = JSON.rawJSON("12345678901234567890");
  const stored = store.put("pods", "a/x", 0, () => ({ large, small: 1.5, name: "1234567890123456" }))!;
  assert.notEqual(stored.object, stored.object);
  assert.equal(JSON.stringify(stored.object), '{"large":12345678901234567890,"small":1.5,"name":"1234567890123456"}');
});
