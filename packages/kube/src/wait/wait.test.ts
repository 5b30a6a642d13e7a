import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import { refOf, type KrmObject } from "@fairlead/krm";
import { builtinResources, codesOf, object } from "../../test/apply-fixtures.ts";
import { fakeClient, type FakeClient } from "../../test/fake-client.ts";
import { kubeError } from "../../test/fake-store.ts";
import { isKubeError } from "../errors.ts";
import { waitFor, waitUntil, type WaitState } from "./wait.ts";
import { judgeEstablished } from "./verdict.ts";

const shop = object("v1 Namespace shop");

function deployment(name: string, ready: number): KrmObject {
  return object(`apps/v1 Deployment shop/${name}`, {
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: name } },
      template: { metadata: { labels: { app: name } }, spec: { containers: [{ name: "web", image: "web:1" }] } },
    },
    status: {
      observedGeneration: 1,
      replicas: 2,
      updatedReplicas: 2,
      readyReplicas: ready,
      availableReplicas: ready,
      conditions: [
        { type: "Available", status: ready === 2 ? "True" : "False" },
        { type: "Progressing", status: "True", reason: ready === 2 ? "NewReplicaSetAvailable" : "ReplicaSetUpdated" },
      ],
    },
  });
}

function setStatus(client: FakeClient, desired: KrmObject): void {
  const resource = client.resource(desired.kind);
  const live = client.store.find(resource, { namespace: "shop", name: desired.metadata.name! })!;
  client.store.update(
    resource,
    { ...live, status: desired["status"]! },
    { manager: "controller", subresource: "status" },
  );
}

/** Lets what is scheduled run until the client watches as many scopes. */
async function watching(client: FakeClient, count: number): Promise<void> {
  while (client.store.watchers.size < count) await new Promise((resolve) => setImmediate(resolve));
}

test("takes what has no status for ready at once", async () => {
  const config = object("v1 ConfigMap shop/config");
  const client = fakeClient({ objects: [shop, config] });
  const result = await waitFor(client, [refOf(config), refOf(config)], { condition: "ready" });
  assert.deepEqual([result.ok, result.ended, result.objects.length], [true, "done", 1]);
});

test("does not watch kinds without a status once their objects are there", async () => {
  const config = object("v1 ConfigMap shop/config");
  const resources = builtinResources.map((one) => ({
    ...one,
    subresources: one.kind === "Deployment" ? ["status"] : [],
  }));
  const client = fakeClient({ resources, objects: [shop, config, deployment("a", 0)] });
  const waiting = waitFor(client, [refOf(config), refOf(deployment("a", 0))], { condition: "ready" });
  await watching(client, 1);
  setStatus(client, deployment("a", 2));
  assert.equal((await waiting).ok, true);
  assert.deepEqual(
    client.requests.filter(({ verb }) => verb === "watch").map(({ resource }) => resource.kind),
    ["Deployment"],
  );
});

test("waits until all objects are ready, and tells of each change", async () => {
  const client = fakeClient({ objects: [shop, deployment("a", 0), deployment("b", 2)] });
  const seen: string[] = [];
  const onChange = ({ object: { name }, kind }: WaitState): void => void seen.push(`${name} ${kind}`);
  const targets = [deployment("b", 0), deployment("a", 0)].map(refOf);
  const waiting = waitFor(client, targets, { condition: "ready", onChange });
  await watching(client, 1);
  setStatus(client, deployment("a", 1));
  setStatus(client, deployment("a", 2));
  const result = await waiting;
  assert.deepEqual([result.ok, result.findings], [true, []]);
  assert.deepEqual(
    result.objects.map(({ object: { name } }) => name),
    ["b", "a"],
  );
  assert.deepEqual([seen[0], seen[1], seen.at(-1)], ["a waiting", "b done", "a done"]);
  assert.deepEqual(
    client.requests.map(({ verb }) => verb),
    ["list", "watch"],
  );
});

test("waits for what does not exist yet", async () => {
  const client = fakeClient({ objects: [shop] });
  const waiting = waitFor(client, [refOf(deployment("a", 0))], { condition: "ready" });
  await watching(client, 1);
  const other = fakeClient({ store: client.store, objects: [deployment("a", 2)] });
  assert.equal(other.store, client.store);
  assert.equal((await waiting).ok, true);
});

test("says at the deadline what is missing, and what the Pods of a workload say", async () => {
  const web = deployment("web", 1);
  const client = fakeClient({ objects: [shop, web] });
  const live = client.store.find(client.resource("Deployment"), { namespace: "shop", name: "web" })!;
  const set = (name: string, revision: string): KrmObject =>
    object(`apps/v1 ReplicaSet shop/${name}`, {
      metadata: {
        labels: { app: "web" },
        annotations: { "deployment.kubernetes.io/revision": revision },
        ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web", uid: live.metadata["uid"]! }],
      },
    });
  const more = fakeClient({ store: client.store, objects: [set("web-old", "1"), set("web-new", "2")] });
  const pod = (name: string, owner: string, reason: string): KrmObject =>
    object(`v1 Pod shop/${name}`, {
      metadata: {
        labels: { app: "web" },
        ownerReferences: [
          {
            apiVersion: "apps/v1",
            kind: "ReplicaSet",
            name: owner,
            uid: more.store.find(more.resource("ReplicaSet"), { namespace: "shop", name: owner })!.metadata["uid"]!,
          },
        ],
      },
      status: {
        phase: "Pending",
        containerStatuses: [{ name: "web", state: { waiting: { reason, message: `no such image ${name}` } } }],
      },
    });
  fakeClient({
    store: client.store,
    objects: [
      pod("web-old-1", "web-old", "ErrImagePull"),
      pod("web-new-1", "web-new", "ContainerCreating"),
      pod("web-new-2", "web-new", "ImagePullBackOff"),
    ],
  });
  const clock = virtualClock();
  const waiting = waitFor(client, [refOf(web)], { condition: "ready", deadlineMs: 1000, clock });
  await watching(client, 1);
  clock.advance(1000);
  const result = await waiting;
  assert.deepEqual([result.ok, result.ended, codesOf(result)], [false, "deadline", ["FL716 error"]]);
  assert.match(
    result.findings[0]!.message,
    /Deployment shop\/web is not done yet: .*; Pod web-new-2 \(container web\): ImagePullBackOff: no such image web-new-2$/,
  );
});

test("ends when what is not done has failed", async () => {
  const failed = deployment("web", 0);
  (failed["status"] as { conditions: object[] }).conditions.splice(1, 1, {
    type: "Progressing",
    status: "False",
    reason: "ProgressDeadlineExceeded",
    message: "ReplicaSet has timed out progressing.",
  });
  const client = fakeClient({ objects: [shop, failed, deployment("b", 2)] });
  const result = await waitFor(client, [refOf(failed), refOf(deployment("b", 2))], { condition: "ready" });
  assert.deepEqual([result.ok, result.ended, codesOf(result)], [false, "failed", ["FL717 error"]]);
});

test("waits until objects are gone, or are others of the same name", async () => {
  const held = object("v1 ConfigMap shop/held", { metadata: { finalizers: ["example.org/x"] } });
  const anew = object("v1 ConfigMap shop/anew");
  const client = fakeClient({ objects: [shop, held, anew] });
  const maps = client.resource("ConfigMap");
  const reasons: string[] = [];
  const waiting = waitFor(client, [refOf(held), refOf(anew), refOf(object("v1 ConfigMap shop/never"))], {
    condition: "deleted",
    onChange: ({ reason }) => reasons.push(reason),
  });
  await watching(client, 1);
  client.store.remove(maps, { namespace: "shop", name: "held" });
  client.store.remove(maps, { namespace: "shop", name: "anew" });
  client.store.create(maps, anew, { manager: "someone" });
  await watching(client, 1);
  const live = client.store.find(maps, { namespace: "shop", name: "held" })!;
  const { finalizers: _, ...metadata } = live.metadata;
  client.store.update(maps, { ...live, metadata }, { manager: "someone" });
  const result = await waiting;
  assert.equal(result.ok, true);
  assert.ok(reasons.includes("it is being deleted, held by example.org/x"));
});

test("goes on through errors that pass, gaps in the history and kinds that are not served yet", async () => {
  const errors = [
    kubeError("unavailable", 503, "ServiceUnavailable", "later"),
    kubeError("not-found", 404, "NotFound", "the server could not find the requested resource"),
    kubeError("gone", 410, "Expired", "too old"),
  ];
  const client = fakeClient({
    objects: [shop, deployment("a", 2)],
    before: ({ verb }) => {
      const error = verb === "list" ? errors.shift() : undefined;
      if (error !== undefined) throw error;
    },
  });
  const clock = virtualClock();
  const waiting = waitFor(client, [refOf(deployment("a", 2))], { condition: "ready", clock });
  let done = false;
  void waiting.then(() => (done = true));
  for (let turn = 0; !done && turn < 1000; turn++) {
    await new Promise((resolve) => setImmediate(resolve));
    clock.next();
  }
  assert.equal((await waiting).ok, true);
  assert.deepEqual(errors, []);
});

test("throws what waiting does not mend", async () => {
  const client = fakeClient({
    objects: [shop],
    before: () => {
      throw kubeError("forbidden", 403, "Forbidden", "no");
    },
  });
  const refused = waitFor(client, [refOf(deployment("a", 2))], { condition: "ready" });
  await assert.rejects(refused, (error) => isKubeError(error, "forbidden"));
  const unknown = waitFor(client, [refOf(object("example.org/v1 Widget shop/w"))], { condition: "ready" });
  await assert.rejects(unknown, (error) => isKubeError(error, "unknown-kind"));
});

test("ends with the signal, before and while it waits", async () => {
  const client = fakeClient({ objects: [shop, deployment("a", 0)] });
  const targets = [refOf(deployment("a", 0))];
  const before = await waitFor(client, targets, { condition: "ready", signal: AbortSignal.abort() });
  assert.deepEqual([before.ended, client.requests.length], ["aborted", 0]);
  const stop = new AbortController();
  const waiting = waitFor(client, targets, { condition: "ready", signal: stop.signal });
  await watching(client, 1);
  stop.abort();
  const result = await waiting;
  assert.deepEqual([result.ok, result.ended, codesOf(result)], [false, "aborted", ["FL716 error"]]);
});

test("has nothing to wait for when nothing is named", async () => {
  const result = await waitFor(fakeClient(), [], { condition: "ready" });
  assert.deepEqual([result.ok, result.ended], [true, "done"]);
});

test("tells why a definition is not served", () => {
  const crd = (...conditions: { type: string; status: string; message?: string }[]): KrmObject =>
    object("apiextensions.k8s.io/v1 CustomResourceDefinition x", { status: { conditions } });
  const cases: [KrmObject | undefined, string][] = [
    [undefined, "waiting"],
    [crd(), "waiting"],
    [crd({ type: "NamesAccepted", status: "True" }, { type: "Established", status: "False" }), "waiting"],
    [crd({ type: "NamesAccepted", status: "False", message: "taken" }), "failed"],
    [crd({ type: "Established", status: "True" }), "done"],
  ];
  for (const [one, kind] of cases) assert.equal(judgeEstablished(one, false).kind, kind);
  assert.equal(judgeEstablished(cases[3]![0], false).reason, "taken");
});

test("follows the condition that it is given", async () => {
  const client = fakeClient({ objects: [shop, deployment("a", 0)] });
  const judge = (one: KrmObject | undefined): { kind: "done" | "waiting"; reason: string } => ({
    kind: one?.metadata.labels?.["go"] === undefined ? "waiting" : "done",
    reason: "its label",
  });
  const waiting = waitUntil(client, [refOf(deployment("a", 0))], judge, {});
  await watching(client, 1);
  const live = client.store.find(client.resource("Deployment"), { namespace: "shop", name: "a" })!;
  client.store.update(
    client.resource("Deployment"),
    { ...live, metadata: { ...live.metadata, labels: { go: "yes" } } },
    { manager: "x" },
  );
  assert.equal((await waiting).ok, true);
});
