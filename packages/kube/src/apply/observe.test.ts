import assert from "node:assert/strict";
import { test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import { codesOf, memberOf, object, setOptions, setParent } from "../../test/apply-fixtures.ts";
import { fakeClient, type FakeClient } from "../../test/fake-client.ts";
import { kubeError } from "../../test/fake-store.ts";
import { observe } from "./observe.ts";
import { applySetId, parentObject, partOfLabel } from "./plan/parent.ts";
import { planFor } from "./plan-for.ts";

const [shop, far] = [object("v1 Namespace shop"), object("v1 Namespace far")];
const parent = (kinds: string[], namespaces: string[]): KrmObject =>
  parentObject(setParent, "fairlead/v0.1.0", { kinds, namespaces });

/** An object that carries the label of the set. */
function member(text: string): KrmObject {
  const one = object(text);
  return { ...one, metadata: { ...one.metadata, labels: { [partOfLabel]: applySetId(setParent) } } };
}

const names = (objects: readonly KrmObject[]): string[] =>
  objects.map(({ kind, metadata }) => `${kind} ${metadata.namespace}/${metadata.name}`).sort();

const asked = (client: FakeClient): string[] =>
  client.requests.map(({ verb, resource, key }) => `${verb} ${resource.kind} ${key?.name ?? ""}`.trim()).sort();

test("finds members in every kind and namespace that the parent names, whatever is desired", async () => {
  const client = fakeClient({
    objects: [
      shop,
      far,
      parent(["ConfigMap", "Secret"], ["far"]),
      member("v1 ConfigMap shop/a"),
      member("v1 Secret far/b"),
      member("v1 Service shop/unnamed"),
      object("v1 ConfigMap shop/other"),
    ],
  });
  const seen = await observe(client, [], setOptions());
  assert.deepEqual(names(seen.members), ["ConfigMap shop/a", "Secret far/b"]);
  assert.deepEqual([seen.complete, seen.observed], [true, []]);
});

test("reads objects page by page", async () => {
  const many = Array.from({ length: 1200 }, (_, index) => member(`v1 ConfigMap shop/m${index}`));
  const client = fakeClient({ objects: [shop, parent(["ConfigMap"], []), ...many] });
  const seen = await observe(client, [], setOptions());
  assert.equal(seen.members.length, 1200);
  assert.equal(asked(client).filter((one) => one === "list ConfigMap").length, 3);
});

test("asks for few desired objects one by one, and for many by a page of the collection", async () => {
  const desired = (count: number): KrmObject[] =>
    Array.from({ length: count }, (_, index) => object(`v1 Secret shop/s${index}`));
  const present = object("v1 Secret shop/s3");
  for (const [count, others, gets] of [
    [4, 0, 4],
    [20, 0, 0],
    [20, 100, 20],
  ] as const) {
    const crowd = Array.from({ length: others }, (_, index) => object(`v1 Secret shop/crowd${index}`));
    const client = fakeClient({ objects: [shop, present, ...crowd] });
    const seen = await observe(client, desired(count), setOptions());
    assert.deepEqual(names(seen.observed), ["Secret shop/s3"]);
    assert.equal(asked(client).filter((one) => one.startsWith("get Secret")).length, gets);
  }
});

test("looks at all kinds of a set that does not say which it has", async () => {
  const silent = parent([], []);
  const { "applyset.kubernetes.io/contains-group-kinds": _, ...annotations } = silent.metadata.annotations!;
  silent.metadata.annotations = annotations;
  const client = fakeClient({
    objects: [shop, silent, member("v1 Service shop/a"), member("apps/v1 Deployment shop/a")],
  });
  const seen = await observe(client, [], setOptions());
  assert.deepEqual(names(seen.members), ["Deployment shop/a", "Service shop/a"]);
});

test("lists a kind once where a set reaches into many namespaces, and each one where it may not", async () => {
  const within = ["a", "b", "c", "d"];
  const objects = [shop, parent(["ConfigMap"], within), member("v1 ConfigMap elsewhere/m")].concat(
    within.map((name) => member(`v1 ConfigMap ${name}/m`)),
  );
  const lists: (string | undefined)[] = [];
  for (const allowed of [true, false]) {
    const client = fakeClient({ anyNamespace: true, objects });
    const { pages } = client;
    client.pages = (resource, call = {}) => {
      lists.push(call.namespace);
      if (!allowed && call.namespace === undefined) throw kubeError("forbidden", 403, "Forbidden", "no");
      return pages(resource, call);
    };
    const seen = await observe(client, [], setOptions());
    assert.deepEqual([names(seen.members), seen.complete], [within.map((name) => `ConfigMap ${name}/m`), true]);
  }
  assert.deepEqual(lists, [undefined, undefined, ...within, "shop"]);
});

test("is incomplete, and prunes nothing, when members cannot be listed", async () => {
  const client = fakeClient({
    objects: [shop, parent(["ConfigMap", "Secret"], []), member("v1 ConfigMap shop/a")],
    manager: "kubectl-create",
    before: ({ verb, resource }) => {
      if (verb === "list" && resource.kind === "Secret")
        throw kubeError("forbidden", 403, "Forbidden", "secrets is forbidden");
    },
  });
  const plan = await planFor(client, [], setOptions());
  assert.deepEqual(
    plan.steps.map(({ kind }) => kind),
    ["refused"],
  );
  assert.deepEqual(codesOf(plan), ["FL708 warning", "FL708 warning"]);
  assert.match(
    plan.findings[0]!.message,
    /members of the kind Secret in the namespace shop cannot be read: secrets is forbidden/,
  );
});

test("is incomplete while the server of a member's group does not answer", async () => {
  const client = fakeClient({ objects: [shop, parent(["ConfigMap", "Widget.example.org"], [])] });
  const gone = await observe(client, [], setOptions());
  assert.equal(gone.complete, true);
  client.discovery.failures = () => Promise.resolve(new Map([["example.org/v1", "503"]]));
  const silent = await observe(client, [], setOptions());
  assert.deepEqual([silent.complete, codesOf(silent)], [false, ["FL708 warning"]]);
});

test("finds out who another set is, and which namespaces there are", async () => {
  const other = setOptions({ parent: { ...setParent, key: { namespace: "shop", name: "other" } } });
  const theirs = object("v1 ConfigMap shop/a");
  const client = fakeClient({
    objects: [
      shop,
      { ...memberOf(theirs, other), metadata: { ...memberOf(theirs, other).metadata, managedFields: [] } },
      parentObject(other.parent, "fairlead/v0.1.0", { kinds: ["ConfigMap"], namespaces: [] }),
    ],
  });
  const seen = await observe(client, [theirs, object("v1 ConfigMap nowhere/a")], setOptions());
  assert.deepEqual(
    [...seen.sets],
    [
      [
        applySetId(other.parent),
        {
          parent: { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name: "other" },
          tooling: "fairlead/v0.1.0",
        },
      ],
    ],
  );
  assert.deepEqual(
    [...seen.namespaces],
    [
      ["nowhere", "absent"],
      ["shop", "active"],
    ],
  );
});

test("throws what keeps it from reading a desired object", async () => {
  const client = fakeClient({
    objects: [shop],
    before: ({ verb, resource }) => {
      if (verb === "get" && resource.kind === "Secret") throw kubeError("forbidden", 403, "Forbidden", "no");
    },
  });
  await assert.rejects(observe(client, [object("v1 Secret shop/a")], setOptions()), { code: "forbidden" });
});
