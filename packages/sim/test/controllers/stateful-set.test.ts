import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { asKind, type Kinded, type Pod } from "../../src/controllers/common/objects.ts";
import type { StatefulSet } from "../../src/controllers/statefulset/stateful-set.ts";
import { statefulSetController } from "../../src/controllers/statefulset/stateful-set-controller.ts";
import { simCluster, type SimCluster } from "./sim-cluster.ts";
import { fakeNode, type FakeNodeOptions } from "./fake-node.ts";

const db = (image: string, spec: JsonObject = {}): JsonObject => ({
  apiVersion: "apps/v1",
  kind: "StatefulSet",
  metadata: { name: "db" },
  spec: {
    replicas: 3,
    serviceName: "db",
    selector: { matchLabels: { app: "db" } },
    ...spec,
    template: { metadata: { labels: { app: "db" } }, spec: { containers: [{ name: "db", image }] } },
  },
});

const claimTemplates = [
  {
    metadata: { name: "data" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
  },
];

function start(t: TestContext, node: FakeNodeOptions = {}): SimCluster {
  const cluster = simCluster([statefulSetController(), fakeNode(node)]);
  t.after(() => cluster.stop());
  return cluster;
}

const setOf = (cluster: SimCluster): StatefulSet =>
  asKind(cluster.api.get("statefulsets.apps", { namespace: "default", name: "db" })!);

const podsOf = (cluster: SimCluster): string[] =>
  cluster.api.list("pods").map((pod) => {
    const { metadata, spec } = asKind<Pod>(pod);
    const [container] = spec.containers as unknown as { image: string }[];
    return `${metadata.name} ${container!.image}${metadata.deletionTimestamp === undefined ? "" : " (deleted)"}`;
  });

const said = (cluster: SimCluster): string[] => cluster.events().map((text) => text.replace("in StatefulSet db ", ""));

test("creates pods one after the other, each when the one before is ready", async (t) => {
  const cluster = start(t, { readyAfterMs: () => 3000 });
  await cluster.apply(db("a:1"));
  await cluster.pass(1000);
  assert.deepEqual(podsOf(cluster), ["db-0 a:1"]);
  await cluster.pass(3000);
  assert.deepEqual(podsOf(cluster), ["db-0 a:1", "db-1 a:1"]);
  await cluster.pass(10_000);
  const { status } = setOf(cluster);
  const { currentRevision, updateRevision, ...counts } = status!;
  assert.equal(currentRevision, updateRevision);
  assert.match(currentRevision!, /^db-[bcdf-hj-np-tv-xz2456789]{6,10}$/);
  assert.deepEqual(counts, {
    observedGeneration: 1,
    replicas: 3,
    readyReplicas: 3,
    currentReplicas: 3,
    updatedReplicas: 3,
    collisionCount: 0,
    availableReplicas: 3,
  });
  assert.deepEqual(said(cluster), [
    "Normal SuccessfulCreate Create Pod db-0 successful",
    "Normal SuccessfulCreate Create Pod db-1 successful",
    "Normal SuccessfulCreate Create Pod db-2 successful",
  ]);
  const pod = asKind<Pod>(cluster.api.get("pods", { namespace: "default", name: "db-1" })!);
  assert.deepEqual(pod.metadata.labels, {
    app: "db",
    "controller-revision-hash": currentRevision,
    "statefulset.kubernetes.io/pod-name": "db-1",
    "apps.kubernetes.io/pod-index": "1",
  });
  const { hostname, subdomain } = pod.spec as { hostname?: string; subdomain?: string };
  assert.deepEqual([hostname, subdomain], ["db-1", "db"]);
  assert.deepEqual(cluster.errors, []);
});

test("creates all pods at once if they are managed in parallel", async (t) => {
  const cluster = start(t, { readyAfterMs: () => undefined });
  await cluster.apply(db("a:1", { podManagementPolicy: "Parallel" }));
  await cluster.pass(1000);
  assert.deepEqual(podsOf(cluster), ["db-0 a:1", "db-1 a:1", "db-2 a:1"]);
});

test("updates pods from the last to the first, each when the one before is available", async (t) => {
  const cluster = start(t);
  await cluster.apply(db("a:1"));
  await cluster.pass(8000);
  await cluster.apply(db("a:2"));
  await cluster.pass(20_000);
  assert.deepEqual(podsOf(cluster), ["db-0 a:2", "db-1 a:2", "db-2 a:2"]);
  assert.deepEqual(said(cluster), [
    "Normal SuccessfulCreate Create Pod db-0 successful ×2",
    "Normal SuccessfulCreate Create Pod db-1 successful ×2",
    "Normal SuccessfulCreate Create Pod db-2 successful ×2",
    "Normal SuccessfulDelete Delete Pod db-2 successful",
    "Normal SuccessfulDelete Delete Pod db-1 successful",
    "Normal SuccessfulDelete Delete Pod db-0 successful",
  ]);
  const { status } = setOf(cluster);
  assert.equal(status?.currentRevision, status?.updateRevision);
  assert.equal(cluster.api.list("controllerrevisions.apps").length, 2);
});

test("leaves pods below the partition as they are, even when they are made anew", async (t) => {
  const cluster = start(t);
  const partitioned = { updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 2 } } };
  await cluster.apply(db("a:1", partitioned));
  await cluster.pass(8000);
  await cluster.apply(db("a:2", partitioned));
  await cluster.pass(10_000);
  assert.deepEqual(podsOf(cluster), ["db-0 a:1", "db-1 a:1", "db-2 a:2"]);
  await cluster.api.delete("pods", { namespace: "default", name: "db-0" });
  await cluster.pass(5000);
  assert.deepEqual(podsOf(cluster), ["db-0 a:1", "db-1 a:1", "db-2 a:2"]);
  const { status } = setOf(cluster);
  assert.deepEqual([status?.currentReplicas, status?.updatedReplicas], [2, 1]);
});

test("waits for somebody to delete pods that are updated on deletion", async (t) => {
  const cluster = start(t);
  const onDelete = { updateStrategy: { type: "OnDelete" } };
  await cluster.apply(db("a:1", onDelete));
  await cluster.pass(8000);
  await cluster.apply(db("a:2", onDelete));
  await cluster.pass(8000);
  assert.deepEqual(podsOf(cluster), ["db-0 a:1", "db-1 a:1", "db-2 a:1"]);
  await cluster.api.delete("pods", { namespace: "default", name: "db-1" });
  await cluster.pass(5000);
  assert.deepEqual(podsOf(cluster), ["db-0 a:1", "db-1 a:2", "db-2 a:1"]);
});

test("scales down from the highest ordinal, one pod at a time", async (t) => {
  const cluster = start(t, { stopsAfterMs: 3000 });
  await cluster.apply(db("a:1"));
  await cluster.pass(8000);
  await cluster.apply(db("a:1", { replicas: 1 }));
  await cluster.pass(1000);
  assert.deepEqual(podsOf(cluster), ["db-0 a:1", "db-1 a:1", "db-2 a:1 (deleted)"]);
  await cluster.pass(10_000);
  assert.deepEqual(podsOf(cluster), ["db-0 a:1"]);
});

test("counts from the ordinal that it starts with", async (t) => {
  const cluster = start(t);
  await cluster.apply(db("a:1", { replicas: 2, ordinals: { start: 5 } }));
  await cluster.pass(8000);
  assert.deepEqual(podsOf(cluster), ["db-5 a:1", "db-6 a:1"]);
});

test("gives every pod its claims, which go or stay as the retention policy says", async (t) => {
  const cluster = start(t);
  const spec = {
    replicas: 2,
    volumeClaimTemplates: claimTemplates,
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete", whenScaled: "Delete" },
  };
  await cluster.apply(db("a:1", spec));
  await cluster.pass(8000);
  const owners = (): string[] =>
    cluster.api.list("persistentvolumeclaims").map((one) => {
      const { metadata } = asKind<Kinded>(one);
      return `${metadata.name} ${(metadata.ownerReferences ?? []).map(({ kind, name }) => `${kind} ${name}`).join()}`;
    });
  assert.deepEqual(owners(), ["data-db-0 StatefulSet db", "data-db-1 StatefulSet db"]);
  assert.deepEqual(said(cluster).slice(0, 2), [
    "Normal SuccessfulCreate Create Claim data-db-0 Pod db-0 success",
    "Normal SuccessfulCreate Create Pod db-0 successful",
  ]);
  await cluster.apply(db("a:1", { ...spec, replicas: 1 }));
  await cluster.settled();
  assert.deepEqual(owners(), ["data-db-0 StatefulSet db", "data-db-1 Pod db-1"]);
  assert.deepEqual(cluster.errors, []);
});

test("replaces a pod that has failed", async (t) => {
  let fails = true;
  const cluster = start(t, {
    endsAfterMs: ({ metadata }) => (fails && metadata.name === "db-1" ? { ms: 2000, exitCode: 1 } : undefined),
  });
  await cluster.apply(db("a:1", { replicas: 2 }));
  await cluster.pass(4000);
  fails = false;
  await cluster.pass(8000);
  assert.deepEqual(podsOf(cluster), ["db-0 a:1", "db-1 a:1"]);
  assert.ok(said(cluster).includes("Normal SuccessfulDelete Delete Pod db-1 successful"));
  assert.equal(setOf(cluster).status?.readyReplicas, 2);
});

test("keeps as many revisions as history wants", async (t) => {
  const cluster = start(t);
  for (const image of ["a:1", "a:2", "a:3", "a:4"]) {
    await cluster.apply(db(image, { replicas: 1, revisionHistoryLimit: 1 }));
    await cluster.pass(8000);
  }
  const revisions = cluster.api.list("controllerrevisions.apps").map((one) => (one as { revision: number }).revision);
  assert.deepEqual(revisions.sort(), [3, 4]);
});
