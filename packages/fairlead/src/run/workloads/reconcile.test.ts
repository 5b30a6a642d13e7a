import assert from "node:assert/strict";
import { test } from "node:test";
import { get, type JsonObject, virtualClock } from "@fairlead/apimachinery";
import { refOf, type KrmObject } from "@fairlead/krm";
import { applySetId, KubeError, partOfLabel, type Resource } from "@fairlead/kube";
import { builtinResources } from "../../../../kube/test/apply-fixtures.ts";
import { fakeClient } from "../../../../kube/test/fake-client.ts";
import { memoryLog } from "../../../test/run/memory-log.ts";
import type { Cluster, ReconcileContext } from "../controller.ts";
import { reconcileDeclaration } from "./reconcile.ts";
import type { View } from "./view.ts";

const verbs = ["get", "list", "watch", "create", "update", "patch", "delete"];
const apps: Resource = {
  group: "fairlead.dev",
  version: "v1alpha1",
  kind: "App",
  plural: "apps",
  namespaced: true,
  verbs,
  subresources: ["status"],
};
const key = { namespace: "shop", name: "orders" };
const elsewhere: KrmObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "orders", namespace: "other" } };

/** A declaration that makes what it is told, without a compiler. */
function world() {
  const app: KrmObject = { apiVersion: "fairlead.dev/v1alpha1", kind: "App", metadata: key, spec: {} };
  const client = fakeClient({ anyNamespace: true, resources: [...builtinResources, apps], objects: [app] });
  const generated: KrmObject[] = [];
  const recorded: string[] = [];
  let mayWrite = true;
  let complete = true;
  const stored = () => client.store.find(apps, key);
  const view: View = {
    declaration: stored,
    plan: (declaration) => ({
      ref: refOf(declaration),
      generated: generated.map((object) => ({ object, owner: refOf(declaration) })),
      findings: [],
      asked: [],
    }),
    waitsFor: () => [],
    members: () =>
      builtinResources.flatMap((resource) =>
        client.store
          .list(resource)
          .filter(({ metadata }) => metadata.labels?.[partOfLabel] === applySetId({ resource: apps, key })),
      ),
    resourceOf: () => apps,
  };
  const { log } = memoryLog();
  const cluster = {
    name: "one",
    client,
    clock: virtualClock(),
    log,
    complete: () => complete,
    events: { record: (_: unknown, { reason }: { reason: string }) => void recorded.push(reason) },
  } as unknown as Cluster;
  const context: ReconcileContext<View> = {
    cluster,
    state: view,
    log,
    reconcileId: "r",
    signal: new AbortController().signal,
    term: undefined,
    mayWrite: () => mayWrite,
  };
  return {
    client,
    generated,
    recorded,
    stored,
    finalizers: () => (stored()?.metadata["finalizers"] ?? []) as string[],
    reconcile: () => reconcileDeclaration("App/shop/orders", context),
    forbid: () => void (mayWrite = false),
    hide: () => void (complete = false),
  };
}

const configMaps = builtinResources.find(({ kind }) => kind === "ConfigMap")!;
const other = { namespace: "other", name: "orders" };

test("a declaration is held before it makes something in another namespace, and let go when that is gone", async () => {
  const { client, generated, stored, finalizers, reconcile } = world();
  generated.push(elsewhere);
  await reconcile();
  assert.deepEqual(client.writes().slice(0, 2), ["apply App shop/orders", "apply App shop/orders"]);
  assert.deepEqual(finalizers(), ["fairlead.dev/workloads"]);
  assert.equal(client.store.find(configMaps, other)!.metadata["ownerReferences"], undefined);
  await client.delete(apps, key);
  assert.ok(stored() !== undefined);
  assert.equal((await reconcile()).kind, "after", "looks again whether it is gone");
  assert.equal(client.store.find(configMaps, other), undefined);
  assert.ok(stored() !== undefined);
  assert.equal((await reconcile()).kind, "done");
  assert.equal(stored(), undefined);
});

test("a deletion that only a person may finish says which object it waits for, and what to write", async () => {
  const { client, generated, stored, recorded, reconcile } = world();
  const claim: KrmObject = {
    ...elsewhere,
    kind: "PersistentVolumeClaim",
    metadata: { name: "data", namespace: "other" },
  };
  generated.push(elsewhere, claim);
  await reconcile();
  await client.delete(apps, key);
  assert.equal((await reconcile()).kind, "after");
  assert.equal(client.store.find(configMaps, other), undefined, "what loses nothing is deleted");
  await reconcile();
  const conditions = get(stored()!["status"], "conditions") as JsonObject[];
  assert.deepEqual(
    conditions.map(({ type, status, reason }) => [type, status, reason]),
    [
      ["Ready", "False", "DeletionHeld"],
      ["Stalled", "True", "DeletionHeld"],
    ],
  );
  const message = String(conditions[0]!["message"]);
  assert.match(message, /^PersistentVolumeClaim other\/data is left: deleting it deletes what is stored in its volume/);
  assert.match(message, /kubectl delete persistentvolumeclaim data -n other/);
  const label = "kubectl label persistentvolumeclaim data -n other applyset.kubernetes.io/part-of-";
  assert.ok(message.endsWith(label), message);
  assert.deepEqual(recorded.slice(-1), ["DeletionHeld"]);
  // Both ways out end it.
  const claims = client.resource("PersistentVolumeClaim");
  const live = client.store.find(claims, { namespace: "other", name: "data" })!;
  client.store.update(claims, { ...live, metadata: { ...live.metadata, labels: {} } }, { manager: "kubectl-label" });
  assert.equal((await reconcile()).kind, "done");
  assert.equal(stored(), undefined);
  assert.ok(client.store.find(claims, { namespace: "other", name: "data" }) !== undefined);
});

test("a declaration that makes nothing elsewhere any more is not held", async () => {
  const { client, generated, finalizers, reconcile } = world();
  generated.push(elsewhere);
  await reconcile();
  generated.pop();
  await reconcile();
  assert.equal(client.store.find(configMaps, other), undefined);
  await reconcile();
  assert.deepEqual(finalizers(), []);
});

test("a deleted declaration is held while it is not known what is elsewhere", async () => {
  const { client, generated, stored, reconcile, hide } = world();
  generated.push(elsewhere);
  await reconcile();
  await client.delete(apps, key);
  hide();
  await reconcile();
  assert.ok(client.store.find(configMaps, other) !== undefined && stored() !== undefined);
});

test("who may not write does not", async () => {
  const { client, generated, reconcile, forbid } = world();
  generated.push(elsewhere);
  forbid();
  await assert.rejects(reconcile());
  assert.deepEqual(client.writes(), []);
});

test("a declaration that is deleted meanwhile is not made anew by what is written onto it", async () => {
  const { client, generated, stored, reconcile } = world();
  generated.push({ ...elsewhere, metadata: { name: "orders", namespace: "shop" } });
  const { find, apply } = client;
  // It goes after it was looked at, and before anything is written. A uid means this object and no other one: the API
  // server answers 409 then, as a suite on the real control plane shows.
  Object.assign(client, {
    async apply(...given: Parameters<typeof apply>) {
      const [resource, { metadata }] = given;
      const found = client.store.find(resource, { ...key, name: metadata.name ?? "" });
      if (metadata["uid"] !== undefined && metadata["uid"] !== found?.metadata["uid"]) {
        throw new KubeError("conflict", "uid mismatch");
      }
      return apply(...given);
    },
    async find(...given: Parameters<typeof find>) {
      if (stored() !== undefined) client.store.remove(apps, key);
      return find(...given);
    },
  });
  await reconcile().catch(() => undefined);
  assert.equal(stored(), undefined);
});

test("what is refused is told in the status and an event, and tried again later", async () => {
  const { client, generated, stored, recorded, reconcile } = world();
  const kind = { apiVersion: "example.org/v1", kind: "Widget" };
  generated.push({ ...kind, metadata: { name: "w", namespace: "shop" } });
  const outcome = await reconcile();
  assert.ok(outcome.kind === "after" && outcome.ms > 10_000);
  assert.match(JSON.stringify(get(stored()!["status"], "conditions")), /FL701.*Widget/);
  assert.deepEqual(recorded, ["ApplyRefused"]);
  assert.equal(client.writes().length, 1);
});
