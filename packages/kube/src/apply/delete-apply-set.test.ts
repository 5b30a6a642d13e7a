import assert from "node:assert/strict";
import { test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import { codesOf, object, setOptions, setParent } from "../../test/apply-fixtures.ts";
import { fakeClient, type FakeClient } from "../../test/fake-client.ts";
import { kubeError } from "../../test/fake-store.ts";
import type { Resource } from "../resource.ts";
import type { ApplySetOptions } from "./apply-set.ts";
import { deleteApplySet, planDeletion, runDeletion } from "./delete-apply-set.ts";
import { planFor } from "./plan-for.ts";
import { runApply } from "./run-apply.ts";

const shop = object("v1 Namespace shop");
const members = [
  object("v1 ConfigMap shop/a"),
  object("v1 ServiceAccount shop/a"),
  object("v1 Service shop/a", { spec: { ports: [{ port: 80 }] } }),
];

async function clusterWith(
  desired: readonly KrmObject[],
  options: Partial<ApplySetOptions> = {},
  more: readonly KrmObject[] = [],
): Promise<FakeClient> {
  const client = fakeClient({ objects: [shop, object("v1 ConfigMap shop/theirs"), ...more] });
  const result = await runApply(client, await planFor(client, desired, setOptions(options)));
  assert.ok(result.ok, JSON.stringify(result.findings));
  client.requests.length = 0;
  return client;
}

const left = (client: FakeClient): string[] =>
  client.store.all().map(({ kind, metadata }) => `${kind} ${metadata.name}`);

test("deletes the members in the opposite order, then the parent, and nothing else", async () => {
  const client = await clusterWith(members);
  const result = await deleteApplySet(client, setOptions({ prune: false }), { concurrency: 1 });
  assert.deepEqual([result.ok, result.parent, result.findings], [true, "deleted", []]);
  assert.deepEqual(client.writes(), [
    "delete Service shop/a",
    "delete ConfigMap shop/a",
    "delete ServiceAccount shop/a",
    "delete ConfigMap shop/shop-set",
  ]);
  assert.deepEqual(left(client), ["Namespace shop", "ConfigMap theirs"]);
  const again = await deleteApplySet(client, setOptions());
  assert.deepEqual([again.ok, again.writes, again.parent, codesOf(again)], [true, 0, "absent", ["FL706 info"]]);
});

test("keeps the parent while something stays that must not be deleted", async () => {
  const client = await clusterWith([...members, object("v1 PersistentVolumeClaim shop/data")]);
  const result = await deleteApplySet(client, setOptions());
  assert.deepEqual([result.ok, result.parent, codesOf(result)], [true, "kept", ["FL707 warning"]]);
  const { message, hint } = result.findings[0]!;
  assert.equal(
    `${message}. ${hint}`,
    "PersistentVolumeClaim shop/data is kept, and so is its set ConfigMap shop/shop-set: deleting it deletes what is " +
      "stored in its volume. Delete it too with --allow delete-volume-claim, or keep it without a set: " +
      "kubectl label persistentvolumeclaim data -n shop applyset.kubernetes.io/part-of-",
  );
  assert.ok(left(client).includes("PersistentVolumeClaim data") && left(client).includes("ConfigMap shop-set"));
  const allowed = await deleteApplySet(client, setOptions({ allow: ["delete-volume-claim"] }));
  assert.deepEqual([allowed.parent, left(client)], ["deleted", ["Namespace shop", "ConfigMap theirs"]]);
});

test("takes its labels off a declared parent and leaves the rest", async () => {
  const declared = object("v1 ConfigMap shop/shop-set", { metadata: { labels: { mine: "yes" } }, data: { a: "b" } });
  const options = setOptions({ parent: { ...setParent, declared: true } });
  const client = await clusterWith(members, options, [declared]);
  const result = await deleteApplySet(client, options);
  assert.deepEqual([result.ok, result.parent], [true, "kept"]);
  const parent = client.store.find(client.resource("ConfigMap"), setParent.key)!;
  assert.deepEqual(
    [parent.metadata.labels, parent.metadata.annotations ?? {}, parent["data"]],
    [{ mine: "yes" }, {}, { a: "b" }],
  );
  client.requests.length = 0;
  await deleteApplySet(client, options);
  assert.deepEqual(client.writes(), []);
});

test("deletes nothing of another tool's set", async () => {
  const client = await clusterWith(members, { tooling: "kubectl/v1.36.3" });
  const result = await deleteApplySet(client, setOptions());
  assert.deepEqual([result.ok, result.parent, codesOf(result), client.writes()], [false, "kept", ["FL705 error"], []]);
});

test("is no success while part of the set cannot be read", async () => {
  const client = await clusterWith(members);
  const blind: FakeClient = Object.create(client, {
    pages: {
      value(resource: Resource, call: object) {
        if (resource.kind === "Service") throw kubeError("forbidden", 403, "Forbidden", "services is forbidden");
        return client.pages(resource, call);
      },
    },
  }) as FakeClient;
  const result = await deleteApplySet(blind, setOptions());
  assert.deepEqual([result.ok, result.parent, client.writes()], [false, "kept", []]);
  assert.deepEqual(result.findings.map(({ severity, message, hint }) => `${severity} ${message}. ${hint}`).sort(), [
    "error members of the kind Service in the namespace shop cannot be read: services is forbidden. " +
      "Ask for the permission to list services in the namespace shop, and run this again.",
    "error nothing of the set ConfigMap shop/shop-set is deleted, since part of it could not be read; 2 members were " +
      "seen and stay. Do what the other findings say, and delete again.",
  ]);
});

test("leaves what has become a member since the plan was made", async () => {
  const client = await clusterWith(members.slice(0, 1));
  const plan = await planDeletion(client, setOptions());
  const late = object("v1 ConfigMap shop/late");
  await runApply(client, await planFor(client, [late], setOptions({ prune: false })));
  await runDeletion(client, plan);
  assert.ok(left(client).includes("ConfigMap late"));
});

test("leaves a member that was deleted and made anew since the plan was made", async () => {
  const client = await clusterWith(members.slice(0, 1));
  const plan = await planDeletion(client, setOptions());
  await client.delete(client.resource("ConfigMap"), { namespace: "shop", name: "a" });
  await runApply(client, await planFor(client, members.slice(0, 1), setOptions()));
  await runDeletion(client, plan);
  assert.ok(left(client).includes("ConfigMap a"));
});
