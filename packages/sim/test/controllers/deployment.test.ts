import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { asKind, type Condition } from "../../src/controllers/common/objects.ts";
import type { Deployment } from "../../src/controllers/deployment/deployment.ts";
import { deploymentController } from "../../src/controllers/deployment/deployment-controller.ts";
import type { ReplicaSet } from "../../src/controllers/replicaset/replica-set.ts";
import { replicaSetController } from "../../src/controllers/replicaset/replica-set-controller.ts";
import { ApiError } from "../../src/errors.ts";
import { simCluster, type SimCluster } from "./sim-cluster.ts";
import { fakeNode, type FakeNodeOptions } from "./fake-node.ts";

const web = (image: string, spec: JsonObject = {}): JsonObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: "web" } },
    ...spec,
    template: { metadata: { labels: { app: "web" } }, spec: { containers: [{ name: "web", image }] } },
  },
});

function start(t: TestContext, node: FakeNodeOptions = {}): SimCluster {
  const cluster = simCluster([deploymentController(), replicaSetController(), fakeNode(node)]);
  t.after(() => cluster.stop());
  return cluster;
}

const deploymentOf = (cluster: SimCluster): Deployment =>
  asKind(cluster.api.get("deployments.apps", { namespace: "default", name: "web" })!);

/** `image replicas revision`, by revision. */
function setsOf(cluster: SimCluster): string[] {
  return cluster.api
    .list("replicasets.apps")
    .map((set) => asKind<ReplicaSet>(set))
    .map(({ metadata, spec }) => {
      const [container] = spec.template.spec["containers"] as { image: string }[];
      return `${metadata.annotations!["deployment.kubernetes.io/revision"]} ${container!.image} ${spec.replicas}`;
    })
    .sort();
}

const conditionsOf = (cluster: SimCluster): string[] =>
  (deploymentOf(cluster).status?.conditions ?? []).map(
    ({ type, status, reason, message }: Condition) =>
      `${type} ${status} ${reason} ${message?.replace(/web-[a-z0-9]+/, "web-#")}`,
  );

const scalings = (cluster: SimCluster): string[] =>
  cluster
    .events()
    .filter((text) => text.includes("ScalingReplicaSet"))
    .map((text) => text.replace(/.*Scaled (up|down) replica set web-\w+ /, "$1 "));

test("creates a set, its pods, and says when it is complete", async (t) => {
  const cluster = start(t);
  await cluster.apply(web("a:1"));
  await cluster.pass(3000);
  const { status, metadata } = deploymentOf(cluster);
  const { conditions: _, ...counts } = status!;
  assert.deepEqual(counts, {
    observedGeneration: 1,
    replicas: 3,
    updatedReplicas: 3,
    readyReplicas: 3,
    availableReplicas: 3,
    terminatingReplicas: 0,
  });
  assert.equal(metadata.annotations!["deployment.kubernetes.io/revision"], "1");
  assert.deepEqual(conditionsOf(cluster), [
    "Available True MinimumReplicasAvailable Deployment has minimum availability.",
    'Progressing True NewReplicaSetAvailable ReplicaSet "web-#" has successfully progressed.',
  ]);
  assert.deepEqual(cluster.errors, []);
  const [first, ...rest] = cluster.events();
  assert.match(first!, /^Normal ScalingReplicaSet Scaled up replica set web-[bcdf-hj-np-tv-xz2456789]+ from 0 to 3$/);
  assert.equal(rest.filter((text) => /^Normal SuccessfulCreate Created pod: web-\w+-\w{5}$/.test(text)).length, 3);
});

test("rolls a change out one pod at a time, within surge and unavailable", async (t) => {
  const cluster = start(t);
  await cluster.apply(web("a:1"));
  await cluster.pass(3000);
  await cluster.apply(web("a:2"));
  await cluster.pass(20_000);
  assert.deepEqual(scalings(cluster), [
    "up from 0 to 3",
    "up from 0 to 1",
    "down from 3 to 2",
    "up from 1 to 2",
    "down from 2 to 1",
    "up from 2 to 3",
    "down from 1 to 0",
  ]);
  assert.deepEqual(setsOf(cluster), ["1 a:1 0", "2 a:2 3"]);
  assert.deepEqual(cluster.errors, []);
});

test("goes back to an older template by its set, which remembers what revision it was", async (t) => {
  const cluster = start(t);
  for (const image of ["a:1", "a:2", "a:1"]) {
    await cluster.apply(web(image));
    await cluster.pass(20_000);
  }
  assert.deepEqual(setsOf(cluster), ["2 a:2 0", "3 a:1 3"]);
  const back = cluster.api.list("replicasets.apps").map((set) => asKind<ReplicaSet>(set).metadata.annotations!);
  const histories = back.map((annotations) => annotations["deployment.kubernetes.io/revision-history"]);
  assert.deepEqual(
    histories.filter((one) => one !== undefined),
    ["1"],
  );
  assert.equal(deploymentOf(cluster).metadata.annotations!["deployment.kubernetes.io/revision"], "3");
});

test("keeps as many old sets as history wants", async (t) => {
  const cluster = start(t);
  for (const image of ["a:1", "a:2", "a:3", "a:4"]) {
    await cluster.apply(web(image, { revisionHistoryLimit: 1 }));
    await cluster.pass(20_000);
  }
  assert.deepEqual(setsOf(cluster), ["3 a:3 0", "4 a:4 3"]);
});

test("waits for the last old pod before a Recreate", async (t) => {
  const cluster = start(t, { stopsAfterMs: 5000 });
  await cluster.apply(web("a:1", { strategy: { type: "Recreate" } }));
  await cluster.pass(3000);
  await cluster.apply(web("a:2", { strategy: { type: "Recreate" } }));
  await cluster.pass(4000);
  assert.deepEqual(setsOf(cluster), ["1 a:1 0"]);
  assert.equal(deploymentOf(cluster).status?.terminatingReplicas, 3);
  await cluster.pass(4000);
  assert.deepEqual(setsOf(cluster), ["1 a:1 0", "2 a:2 3"]);
  assert.deepEqual(scalings(cluster), ["up from 0 to 3", "down from 3 to 0", "up from 0 to 3"]);
});

test("says that a rollout makes no progress, once its deadline has passed", async (t) => {
  const cluster = start(t, { readyAfterMs: () => undefined });
  await cluster.apply(web("a:1", { progressDeadlineSeconds: 60 }));
  await cluster.pass(55_000);
  assert.match(conditionsOf(cluster)[0]!, /^Progressing True ReplicaSetUpdated|^Available False/);
  await cluster.pass(10_000);
  assert.deepEqual(conditionsOf(cluster), [
    "Available False MinimumReplicasUnavailable Deployment does not have minimum availability.",
    'Progressing False ProgressDeadlineExceeded ReplicaSet "web-#" has timed out progressing.',
  ]);
});

test("does nothing but scale while it is paused, and rolls out when it is resumed", async (t) => {
  const cluster = start(t);
  await cluster.apply(web("a:1"));
  await cluster.pass(3000);
  await cluster.apply(web("a:2", { paused: true }));
  await cluster.pass(3000);
  assert.equal(conditionsOf(cluster)[1], "Progressing Unknown DeploymentPaused Deployment is paused");
  await cluster.apply(web("a:2", { paused: true, replicas: 5 }));
  await cluster.pass(3000);
  assert.deepEqual(setsOf(cluster), ["1 a:1 5"]);
  await cluster.apply(web("a:2", { paused: false, replicas: 5 }));
  await cluster.settled();
  await cluster.pass(30_000);
  assert.deepEqual(setsOf(cluster), ["1 a:1 0", "2 a:2 5"]);
});

test("shares the pods of a scaling amid a rollout out among its sets", async (t) => {
  const cluster = start(t, { readyAfterMs: (pod) => (JSON.stringify(pod.spec).includes("a:2") ? undefined : 1000) });
  await cluster.apply(web("a:1", { replicas: 10, strategy: { rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } } }));
  await cluster.pass(3000);
  await cluster.apply(web("a:2", { replicas: 10 }));
  await cluster.pass(3000);
  assert.deepEqual(setsOf(cluster), ["1 a:1 8", "2 a:2 5"]);
  await cluster.apply(web("a:2", { replicas: 15 }));
  await cluster.pass(3000);
  assert.deepEqual(setsOf(cluster), ["1 a:1 11", "2 a:2 7"]);
});

test("takes sets in that its selector matches, and lets those go that it matches no longer", async (t) => {
  const cluster = start(t);
  await cluster.apply(web("a:1"));
  await cluster.pass(3000);
  const [set] = cluster.api.list("replicasets.apps").map((one) => asKind<ReplicaSet>(one));
  const { name, labels } = set!.metadata;
  await cluster.api.patch(
    "replicasets.apps",
    { namespace: "default", name },
    { metadata: { labels: { app: "other" } } },
  );
  await cluster.pass(1000);
  const released = asKind<ReplicaSet>(cluster.api.get("replicasets.apps", { namespace: "default", name })!);
  assert.equal(released.metadata.ownerReferences, undefined);
  assert.equal(deploymentOf(cluster).status?.collisionCount, 1);
  await cluster.api.patch("replicasets.apps", { namespace: "default", name }, { metadata: { labels: { ...labels } } });
  await cluster.pass(3000);
  const adopted = asKind<ReplicaSet>(cluster.api.get("replicasets.apps", { namespace: "default", name })!);
  assert.equal(adopted.metadata.ownerReferences?.[0]?.name, "web");
});

test("reports pods that cannot be created, as condition of both", async (t) => {
  const cluster = start(t);
  const quota = new ApiError(403, "Forbidden", 'pods "web" is forbidden: exceeded quota: q');
  cluster.refuse = (verb, collection) => (verb === "create" && collection === "pods" ? quota : undefined);
  await cluster.apply(web("a:1"));
  await cluster.pass(2000);
  assert.ok(
    conditionsOf(cluster).includes('ReplicaFailure True FailedCreate pods "web" is forbidden: exceeded quota: q'),
  );
  assert.ok(
    cluster
      .events()
      .some((text) =>
        /^Warning FailedCreate Error creating: pods "web" is forbidden: exceeded quota: q ×\d+$/.test(text),
      ),
  );
  cluster.refuse = () => undefined;
  await cluster.pass(10_000);
  assert.ok(!conditionsOf(cluster).some((text) => text.startsWith("ReplicaFailure")));
  assert.equal(deploymentOf(cluster).status?.availableReplicas, 3);
});

test("waits until pods have been ready for minReadySeconds", async (t) => {
  const cluster = start(t);
  await cluster.apply(web("a:1", { minReadySeconds: 10 }));
  await cluster.pass(5000);
  assert.deepEqual(
    [deploymentOf(cluster).status?.readyReplicas, deploymentOf(cluster).status?.availableReplicas],
    [3, undefined],
  );
  await cluster.pass(7000);
  assert.equal(deploymentOf(cluster).status?.availableReplicas, 3);
});

test("writes the same with the same seed, byte for byte", async (t) => {
  const runs: string[] = [];
  for (let run = 0; run < 2; run++) {
    const cluster = start(t);
    await cluster.apply(web("a:1", { replicas: 4 }));
    await cluster.pass(2000);
    await cluster.apply(web("a:2", { replicas: 6 }));
    await cluster.pass(10_000);
    runs.push([...cluster.writes, cluster.dump()].join("\n"));
  }
  assert.equal(runs[0], runs[1]);
});
