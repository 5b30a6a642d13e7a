import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { asKind, type Pod } from "../../src/controllers/common/objects.ts";
import type { DaemonSet } from "../../src/controllers/daemonset/daemon-set.ts";
import { daemonSetController } from "../../src/controllers/daemonset/daemon-set-controller.ts";
import { simCluster, type SimCluster } from "./sim-cluster.ts";
import { fakeNode, type FakeNodeOptions } from "./fake-node.ts";

const agent = (image: string, spec: JsonObject = {}, pod: JsonObject = {}): JsonObject => ({
  apiVersion: "apps/v1",
  kind: "DaemonSet",
  metadata: { name: "agent" },
  spec: {
    selector: { matchLabels: { app: "agent" } },
    ...spec,
    template: { metadata: { labels: { app: "agent" } }, spec: { ...pod, containers: [{ name: "agent", image }] } },
  },
});

const node = (name: string, spec: JsonObject = {}, labels: JsonObject = {}): JsonObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name, labels },
  spec,
});

async function start(
  t: TestContext,
  options: FakeNodeOptions = {},
  nodes?: readonly JsonObject[],
): Promise<SimCluster> {
  const cluster = simCluster([daemonSetController(), fakeNode(options)]);
  t.after(() => cluster.stop());
  for (const one of nodes ?? [node("n1"), node("n2"), node("n3")]) await cluster.apply(one);
  return cluster;
}

const setOf = (cluster: SimCluster): DaemonSet =>
  asKind(cluster.api.get("daemonsets.apps", { namespace: "default", name: "agent" })!);

/** `node image`, ` (deleted)` where it is. */
const podsOf = (cluster: SimCluster): string[] =>
  cluster.api
    .list("pods")
    .map((pod) => {
      const { metadata, spec } = asKind<Pod>(pod);
      const [container] = spec.containers as unknown as { image: string }[];
      return `${spec.nodeName} ${container!.image}${metadata.deletionTimestamp === undefined ? "" : " (deleted)"}`;
    })
    .sort();

test("puts a pod on every node, and counts nodes", async (t) => {
  const cluster = await start(t);
  await cluster.apply(agent("a:1"));
  await cluster.pass(3000);
  assert.deepEqual(podsOf(cluster), ["n1 a:1", "n2 a:1", "n3 a:1"]);
  assert.deepEqual(setOf(cluster).status, {
    currentNumberScheduled: 3,
    numberMisscheduled: 0,
    desiredNumberScheduled: 3,
    numberReady: 3,
    observedGeneration: 1,
    updatedNumberScheduled: 3,
    numberAvailable: 3,
  });
  await cluster.apply(node("n4"));
  await cluster.pass(3000);
  assert.equal(setOf(cluster).status?.numberReady, 4);
  assert.deepEqual(cluster.errors, []);
});

test("passes by nodes that its pods cannot run on", async (t) => {
  const taint = (effect: string): JsonObject => ({ taints: [{ key: "dedicated", value: "gpu", effect }] });
  const nodes = [
    node("n1", {}, { disk: "ssd" }),
    node("n2", {}, { disk: "hdd" }),
    node("n3", taint("NoSchedule"), { disk: "ssd" }),
    node("n4", { taints: [{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }] }, { disk: "ssd" }),
  ];
  const cluster = await start(t, {}, nodes);
  await cluster.apply(agent("a:1", {}, { nodeSelector: { disk: "ssd" } }));
  await cluster.pass(3000);
  assert.deepEqual(podsOf(cluster), ["n1 a:1", "n4 a:1"]);
  // A pod that is there stays when a taint comes that keeps new ones away only.
  await cluster.apply(node("n1", taint("NoSchedule"), { disk: "ssd" }));
  await cluster.pass(3000);
  assert.deepEqual(podsOf(cluster), ["n1 a:1", "n4 a:1"]);
  assert.equal(setOf(cluster).status?.numberMisscheduled, 1);
  await cluster.apply(node("n1", taint("NoExecute"), { disk: "ssd" }));
  await cluster.pass(3000);
  assert.deepEqual(podsOf(cluster), ["n4 a:1"]);
});

test("updates node by node, as many at once as may be missing", async (t) => {
  const cluster = await start(t, { stopsAfterMs: 2000 });
  await cluster.apply(agent("a:1"));
  await cluster.pass(3000);
  await cluster.apply(agent("a:2"));
  await cluster.settled();
  assert.deepEqual(podsOf(cluster), ["n1 a:1 (deleted)", "n2 a:1", "n3 a:1"]);
  await cluster.pass(20_000);
  assert.deepEqual(podsOf(cluster), ["n1 a:2", "n2 a:2", "n3 a:2"]);
  assert.equal(cluster.api.list("controllerrevisions.apps").length, 2);
});

test("puts new pods beside old ones when it may surge", async (t) => {
  const cluster = await start(t, { readyAfterMs: () => 2000 });
  const surging = { updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 2, maxUnavailable: 0 } } };
  await cluster.apply(agent("a:1", surging));
  await cluster.pass(4000);
  await cluster.apply(agent("a:2", surging));
  await cluster.settled();
  assert.deepEqual(podsOf(cluster), ["n1 a:1", "n1 a:2", "n2 a:1", "n2 a:2", "n3 a:1"]);
  await cluster.pass(20_000);
  assert.deepEqual(podsOf(cluster), ["n1 a:2", "n2 a:2", "n3 a:2"]);
});

test("leaves pods alone that are updated on deletion", async (t) => {
  const cluster = await start(t);
  const onDelete = { updateStrategy: { type: "OnDelete" } };
  await cluster.apply(agent("a:1", onDelete));
  await cluster.pass(3000);
  await cluster.apply(agent("a:2", onDelete));
  await cluster.pass(5000);
  assert.deepEqual(podsOf(cluster), ["n1 a:1", "n2 a:1", "n3 a:1"]);
  assert.equal(setOf(cluster).status?.updatedNumberScheduled, undefined);
});

test("replaces failed pods, less and less often", async (t) => {
  const cluster = await start(t, { endsAfterMs: () => ({ ms: 1000, exitCode: 1 }) }, [node("n1")]);
  await cluster.apply(agent("a:1"));
  await cluster.pass(20_000);
  const failures = cluster.writes.filter((text) => text.startsWith("create pods")).length;
  assert.ok(failures >= 4 && failures <= 6, `${failures} pods in 20 s`);
  assert.ok(
    cluster
      .events()
      .some((text) =>
        /^Warning FailedDaemonPod Found failed daemon pod default\/agent-\w+ on node n1, will try to kill it$/.test(
          text,
        ),
      ),
  );
});

test("goes back to the revision of an older template", async (t) => {
  const cluster = await start(t);
  for (const image of ["a:1", "a:2", "a:1"]) {
    await cluster.apply(agent(image));
    await cluster.pass(15_000);
  }
  const revisions = cluster.api.list("controllerrevisions.apps").map((one) => (one as { revision: number }).revision);
  assert.deepEqual(revisions.sort(), [2, 3]);
  assert.deepEqual(podsOf(cluster), ["n1 a:1", "n2 a:1", "n3 a:1"]);
});
