import assert from "node:assert/strict";
import { test } from "node:test";
import { createStore } from "../store/memory-store.ts";
import { indexDependents } from "./dependents.ts";

test("finds dependents that were there before it was asked, and those that came and went since", () => {
  const store = createStore();
  const add = (name: string, owner: string): void => {
    const metadata = { namespace: "ns", name, ownerReferences: [{ uid: owner, kind: "Thing", name: "x" }] };
    store.put("pods", `ns/${name}`, 0, () => ({ metadata, filler: "f".repeat(300) }));
  };
  for (let i = 0; i < 6; i++) add(`early-${i}`, i % 2 === 0 ? "a" : "b");
  store.put("pods", "ns/free", 0, () => ({ metadata: { namespace: "ns", name: "free" } }));
  const index = indexDependents(store);
  add("between", "a");
  const namesOf = (uid: string): readonly string[] =>
    index
      .of(uid)
      .map(({ name }) => name)
      .toSorted();
  assert.deepEqual(namesOf("a"), ["between", "early-0", "early-2", "early-4"]);
  add("late", "a");
  const { revision, object } = store.get("pods", "ns/early-0")!;
  store.remove("pods", "ns/early-0", revision, () => object);
  assert.deepEqual(namesOf("a"), ["between", "early-2", "early-4", "late"]);
  assert.deepEqual(namesOf("c"), []);
  index.close();
});
