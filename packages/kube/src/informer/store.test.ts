import assert from "node:assert/strict";
import { test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import type { Resource } from "../resource.ts";
import type { Change } from "./informer.ts";
import { readHead } from "./cut-list.ts";
import { dropManagedFields, keepFieldsOf, keepPaths, type Stripper } from "./strip.ts";
import { type ObjectStore, objectStore, type StoreOptions } from "./store.ts";

const resource: Resource = { group: "", version: "v1", kind: "Pod", plural: "pods", namespaced: true };

function pod(name: string, version: number, more: { uid?: string; node?: string } = {}): KrmObject {
  const { uid = `uid-${name}`, node = "n1" } = more;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name, namespace: "shop", uid, resourceVersion: String(version) },
    spec: { nodeName: node, containers: [{ name: "app", image: `registry.example.com/shop/${name}:a-long-tag` }] },
  };
}

function listed(store: ObjectStore, ...pods: KrmObject[]): readonly Change[] {
  store.begin();
  store.collect(pods);
  return store.commit();
}

const text = (change: Change): string => {
  const version = (object: KrmObject): string =>
    `${object.metadata.name}@${String(object.metadata["resourceVersion"])}`;
  if (change.kind === "added") return `added ${version(change.object)}`;
  if (change.kind === "deleted") return `deleted ${version(change.previous)}`;
  return `updated ${version(change.previous)} ${version(change.object)}`;
};
const texts = (changes: readonly Change[]): string[] => changes.map(text).sort();

function start(options: Partial<StoreOptions> = {}): ObjectStore {
  const store = objectStore({ resource, ...options });
  store.addIndex("node", (object) => [(object["spec"] as { nodeName: string }).nodeName]);
  return store;
}

// Held parsed, held as text, and a mixture: it must make no difference.
for (const parsed of [1, 2, 1024]) {
  test(`replaces everything by a list in one go, ${parsed} objects held parsed`, () => {
    const store = start({ parsed });
    assert.deepEqual(texts(listed(store, pod("a", 1), pod("b", 2), pod("c", 3))), [
      "added a@1",
      "added b@2",
      "added c@3",
    ]);
    store.begin();
    store.collect([pod("a", 1), pod("b", 7, { node: "n2" })]);
    assert.equal(store.size, 3);
    store.collect([pod("d", 8), pod("e", 9)]);
    store.uncollect(pod("e", 10));
    assert.deepEqual(texts(store.commit()), ["added d@8", "deleted c@3", "updated b@2 b@7"]);
    assert.deepEqual(
      store.by("node", "n1").map(({ metadata }) => metadata.name),
      ["a", "d"],
    );
    assert.deepEqual(store.by("node", "n2"), [pod("b", 7, { node: "n2" })]);
  });

  test(`tells another object of the same name from a change, ${parsed} objects held parsed`, () => {
    const store = start({ parsed });
    listed(store, pod("a", 1), pod("b", 2));
    assert.deepEqual(listed(store, pod("a", 5, { uid: "other" }), pod("b", 2)).map(text), ["deleted a@1", "added a@5"]);
    assert.deepEqual(store.put(pod("b", 6, { uid: "third" })).map(text), ["deleted b@2", "added b@6"]);
  });

  test(`gives each version as it was to who looks later, ${parsed} objects held parsed`, () => {
    const store = start({ parsed });
    listed(store, pod("a", 1), pod("b", 2), pod("c", 3));
    const changes = [4, 5, 6].flatMap((version) => store.put(pod("a", version)));
    const removed = store.remove(pod("b", 7));
    for (let version = 8; version < 20; version++) store.put(pod("c", version));
    assert.deepEqual(changes.map(text), ["updated a@1 a@4", "updated a@4 a@5", "updated a@5 a@6"]);
    assert.deepEqual(removed.map(text), ["deleted b@2"]);
    assert.deepEqual(store.by("node", "n1"), [pod("a", 6), pod("c", 19)]);
  });
}

const strippers: readonly [string, Stripper | undefined][] = [
  ["no stripper", undefined],
  ["dropManagedFields", dropManagedFields],
  ["keepFieldsOf", keepFieldsOf("fairlead")],
  ["keepPaths", keepPaths("spec.nodeName")],
  ["a stripper of somebody's own", (object) => ({ ...object, status: "added" })],
];
for (const [name, strip] of strippers) {
  test(`collects what was cut out of a list's text as what was parsed, with ${name}`, () => {
    const managers = ["kubectl", "fairlead-workloads", "kubelet"].map((manager) => ({ manager, operation: "Apply" }));
    const pods = ["a", "b", "c"].map((one, i) => {
      const { metadata, ...rest } = pod(one, i + 1);
      return { ...rest, metadata: { ...metadata, managedFields: managers.slice(0, i + 1) } } as KrmObject;
    });
    const metadata = { resourceVersion: "9" };
    const written = Buffer.from(JSON.stringify({ kind: "PodList", apiVersion: "v1", metadata, items: pods }));
    const [cut, parsed] = [start(strip === undefined ? {} : { strip }), start(strip === undefined ? {} : { strip })];
    cut.begin();
    cut.collect({ cut: cut.cut(readHead(written)) });
    const changes = cut.commit();
    assert.deepEqual(texts(changes), texts(listed(parsed, ...structuredClone(pods))));
    assert.deepEqual([...cut.values()], [...parsed.values()]);
    assert.deepEqual(cut.by("node", "n1"), parsed.by("node", "n1"));
    cut.begin();
    cut.collect({ cut: cut.cut(readHead(written)) });
    assert.deepEqual(cut.commit(), []);
  });
}

test("hands out the same object each time while the store is small", () => {
  const store = start();
  listed(store, pod("a", 1));
  const key = { namespace: "shop", name: "a" };
  assert.equal(store.get(key), store.get(key));
  assert.equal([...store.values()][0], store.get(key));
});

test("goes on handing out the same object when others come and go", () => {
  const store = start({ parsed: 2 });
  listed(store, pod("a", 1));
  const key = { namespace: "shop", name: "a" };
  const object = store.get(key);
  for (let version = 2; version < 20; version += 2) {
    store.put(pod("b", version));
    store.put(pod("b", version + 1));
    store.remove(pod("b", version + 1));
  }
  assert.equal(store.get(key), object);
});

test("holds no more objects parsed than it may", () => {
  const store = start({ parsed: 2 });
  listed(store, pod("a", 1), pod("b", 2), pod("c", 3));
  const keys = ["a", "b", "c"].map((name) => ({ namespace: "shop", name }));
  const first = keys.map((key) => store.get(key));
  const again = keys.map((key) => store.get(key));
  assert.deepEqual(again, first);
  assert.ok(again.some((object, i) => object !== first[i]));
});

test("keeps the old view when a list is given up", () => {
  const store = start();
  listed(store, pod("a", 1));
  store.begin();
  store.collect([pod("b", 2)]);
  store.discard();
  assert.deepEqual([...store.values()], [pod("a", 1)]);
});

test("takes the same version once, and one without a version as new each time", () => {
  const store = start();
  assert.equal(store.put(pod("a", 1)).length, 1);
  assert.equal(store.put(pod("a", 1)).length, 0);
  const unversioned: KrmObject = { ...pod("b", 1), metadata: { name: "b", namespace: "shop" } };
  assert.deepEqual(
    [listed(store, unversioned).length, listed(store, unversioned).map(({ kind }) => kind)],
    [2, ["updated"]],
  );
  assert.deepEqual(store.remove(pod("unknown", 1)), []);
});

test("files under several values, under none, and anew when they change", () => {
  const store = objectStore({ resource });
  listed(store, pod("a", 1), pod("b", 2));
  store.addIndex("letters", ({ metadata }) => [...metadata.name!, String(metadata["resourceVersion"])]);
  store.put({ ...pod("ab", 3) });
  assert.deepEqual(
    store.by("letters", "a").map(({ metadata }) => metadata.name),
    ["a", "ab"],
  );
  store.put(pod("a", 4));
  assert.deepEqual([store.by("letters", "1"), store.by("letters", "4").length], [[], 1]);
  store.remove(pod("a", 5));
  assert.deepEqual(store.by("letters", "4"), []);
  assert.throws(() => store.by("nothing", "a"), RangeError);
});

test("treats names like __proto__ as names", () => {
  const store = objectStore({ resource });
  store.addIndex("name", ({ metadata }) => [metadata.name!]);
  for (const name of ["__proto__", "constructor"]) {
    store.put(pod(name, 1));
    assert.equal(store.get({ namespace: "shop", name })?.metadata.name, name);
    assert.equal(store.by("name", name).length, 1);
  }
});
