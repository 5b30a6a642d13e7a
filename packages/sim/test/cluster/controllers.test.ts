import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { createSimulation, type Simulation } from "../../src/cluster/simulation.ts";
import { podGcController } from "../../src/controllers/podgc/pod-gc-controller.ts";
import { nodeHeartbeats } from "../../src/node/simulated/node-heartbeats.ts";
import { nodeObject } from "../../src/node/nodes.ts";
import { deployment, pod } from "./scenarios/parts.ts";

const namespace = "default";

async function start(t: TestContext, options: Parameters<typeof createSimulation>[0] = {}): Promise<Simulation> {
  const simulation = createSimulation(options);
  t.after(() => simulation.close());
  await simulation.advance(1000);
  return simulation;
}

async function create({ api }: Simulation, collection: string, object: JsonObject): Promise<void> {
  await api.create(collection, { ...object, metadata: { namespace, ...(object["metadata"] as JsonObject) } });
}

const scalers = "horizontalpodautoscalers.autoscaling";

function scaler(spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web" },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
      ],
      ...spec,
    },
  };
}

function replicasOf({ api }: Simulation): unknown {
  return get(api.get("deployments.apps", { namespace, name: "web" })?.["spec"], "replicas");
}

/** Tells all pods how much they use. */
async function use({ api }: Simulation, cpu: string): Promise<void> {
  for (const one of api.list("pods", namespace)) {
    const { name } = one["metadata"] as { name: string };
    const metadata = { annotations: { "sim.fairlead.dev/cpu": cpu } };
    await api.patch("pods", { namespace, name }, { metadata });
  }
}

function conditions({ api }: Simulation): string[] {
  const list = get(api.get(scalers, { namespace, name: "web" })?.["status"], "conditions") as JsonObject[];
  return list.map((one) => `${String(one["type"])} ${String(one["status"])} ${String(one["reason"])}`).sort();
}

test("scales by metrics of pods, of other objects, and of elsewhere that annotations tell", async (t) => {
  const simulation = await start(t);
  await create(simulation, "deployments.apps", deployment("web", 2, { cpu: "100m" }));
  await create(simulation, "services", {
    metadata: { name: "web" },
    spec: { clusterIP: "None", ports: [{ port: 80 }] },
  });
  await simulation.advance(400_000);
  const annotate = async (collection: string, name: string, key: string, value: string): Promise<void> => {
    const annotations = { [`sim.fairlead.dev/${key}`]: value };
    await simulation.api.patch(collection, { namespace, name }, { metadata: { annotations } });
  };
  const metric = (type: string, name: string, target: JsonObject, more: JsonObject = {}): JsonObject => ({
    type,
    [type.toLowerCase()]: { metric: { name }, target, ...more },
  });
  const describedObject = { apiVersion: "v1", kind: "Service", name: "web" };
  const metrics = [
    metric("Pods", "jobs", { type: "AverageValue", averageValue: "10" }),
    metric("Object", "requests", { type: "Value", value: "100" }, { describedObject }),
    metric("External", "messages", { type: "AverageValue", averageValue: "30" }),
  ];
  await create(simulation, scalers, scaler({ metrics }));
  await simulation.advance(20_000);
  assert.ok(conditions(simulation).includes("ScalingActive False FailedGetPodsMetric"));
  for (const one of simulation.api.list("pods", namespace)) {
    await annotate("pods", textOf(get(one["metadata"], "name")), "metric.jobs", "15");
  }
  await simulation.advance(20_000);
  assert.equal(replicasOf(simulation), 3);
  await annotate("services", "web", "metric.requests", "150");
  await simulation.advance(10_000);
  assert.equal(replicasOf(simulation), 5);
  await annotate("services", "web", "metric.requests", "100");
  await annotate(scalers, "web", "external.messages", "200500m");
  await simulation.advance(15_000);
  assert.equal(replicasOf(simulation), 7);
  const current = get(simulation.api.get(scalers, { namespace, name: "web" })?.["status"], "currentMetrics");
  const told = (current as JsonObject[]).map((one) =>
    get(
      Object.values(one).find((part) => get(part, "current")),
      "current",
    ),
  );
  assert.deepEqual(told.slice(1), [{ value: "100" }, { averageValue: "40100m" }]);
});

test("scales by what annotations of pods say that they use, and down after five minutes", async (t) => {
  const simulation = await start(t);
  await create(simulation, "deployments.apps", deployment("web", 2, { cpu: "100m" }));
  await simulation.advance(400_000);
  await use(simulation, "80m");
  await create(simulation, scalers, scaler());
  await simulation.advance(1000);
  assert.equal(replicasOf(simulation), 4);
  assert.deepEqual(conditions(simulation), [
    "AbleToScale True SucceededRescale",
    "ScalingActive True ValidMetricFound",
    "ScalingLimited False DesiredWithinRange",
  ]);
  await simulation.advance(310_000);
  await use(simulation, "10m");
  await simulation.advance(60_000);
  assert.equal(replicasOf(simulation), 4);
  assert.ok(conditions(simulation).includes("AbleToScale True ScaleDownStabilized"));
  await simulation.advance(320_000);
  assert.equal(replicasOf(simulation), 1);
});

test("asks the function for metrics that it is given", async (t) => {
  const simulation = await start(t, {
    metrics: (_pod, _container, resource) => (resource === "cpu" ? 200 : undefined),
  });
  await create(simulation, "deployments.apps", deployment("web", 1, { cpu: "100m" }));
  await simulation.advance(400_000);
  await create(simulation, scalers, scaler());
  await simulation.advance(1000);
  assert.equal(replicasOf(simulation), 4);
});

test("waits for a node that is gone before it deletes its pods", async (t) => {
  const simulation = await start(t, { nodes: [{ name: "one" }, { name: "two" }] });
  await create(simulation, "pods", pod("a", { spec: { nodeName: "one" } }));
  await create(simulation, "pods", pod("b", { spec: { nodeName: "two" } }));
  await simulation.advance(1000);
  await simulation.api.delete("nodes", { namespace: "", name: "one" });
  const names = (): unknown[] => simulation.api.list("pods", namespace).map((one) => get(one["metadata"], "name"));
  await simulation.advance(39_000);
  assert.deepEqual(names(), ["a", "b"]);
  await simulation.advance(30_000);
  assert.deepEqual(names(), ["b"]);
});

test("keeps the pods of a node that comes back in time", async (t) => {
  const simulation = await start(t);
  await create(simulation, "pods", pod("a", { spec: { nodeName: "node-1" } }));
  await simulation.advance(1000);
  await simulation.api.delete("nodes", { namespace: "", name: "node-1" });
  await simulation.advance(20_000);
  await simulation.api.create("nodes", nodeObject({ name: "node-1" }, simulation.clock.now()));
  await simulation.advance(100_000);
  assert.equal(simulation.api.list("pods", namespace).length, 1);
});

test("deletes the oldest pods of too many that have ended", async (t) => {
  const simulation = await start(t, { controllers: () => [podGcController({ terminatedThreshold: 2 })] });
  await simulation.api.create("serviceaccounts", { metadata: { name: "default", namespace } });
  for (const name of ["a", "b", "c", "d"]) {
    await create(simulation, "pods", pod(name, { spec: { nodeName: "node-1" } }));
    await simulation.api.patch("pods", { namespace, name }, { status: { phase: "Succeeded" } }, "status");
    await simulation.advance(2000);
  }
  const names = simulation.api.list("pods", namespace).map((one) => get(one["metadata"], "name"));
  assert.deepEqual(names, ["c", "d"]);
});

test("deletes at once a pod that never had a node", async (t) => {
  const simulation = await start(t);
  await create(simulation, "pods", pod("a", { spec: { nodeSelector: { no: "where" } } }));
  await simulation.advance(1000);
  await simulation.api.delete("pods", { namespace, name: "a" });
  await simulation.advance(1000);
  assert.deepEqual(simulation.api.list("pods", namespace), []);
});

test("calls an eviction off when the taint goes in time", async (t) => {
  const simulation = await start(t);
  const tolerations = [{ key: "away", operator: "Exists", effect: "NoExecute", tolerationSeconds: 30 }];
  await create(simulation, "pods", pod("a", { spec: { tolerations } }));
  await simulation.advance(1000);
  const node = { namespace: "", name: "node-1" };
  await simulation.api.patch("nodes", node, { spec: { taints: [{ key: "away", effect: "NoExecute" }] } });
  await simulation.advance(10_000);
  await simulation.api.patch("nodes", node, { spec: { taints: null } });
  await simulation.advance(60_000);
  assert.equal(simulation.api.list("pods", namespace).length, 1);
  const said = simulation.api.list("events", namespace).map(({ message }) => message);
  assert.ok(said.includes("Cancelling deletion of Pod default/a"));
});

test("renews the Leases of nodes every ten seconds where that is asked for", async (t) => {
  const simulation = await start(t, { controllers: () => [nodeHeartbeats({ leases: true })] });
  const leases = "leases.coordination.k8s.io";
  const renewed = (): unknown =>
    get(simulation.api.get(leases, { namespace: "kube-node-lease", name: "node-1" })?.["spec"], "renewTime");
  assert.equal(renewed(), "2026-01-01T00:00:00.000000Z");
  await simulation.advance(25_000);
  assert.equal(renewed(), "2026-01-01T00:00:20.000000Z");
});

test("has nothing to do while nothing happens: time may pass in one step", async (t) => {
  const simulation = await start(t);
  await create(simulation, "deployments.apps", deployment("web", 2));
  await simulation.advance(10_000);
  assert.equal(await simulation.next(3_600_000), false);
});

test("makes a node ready that says nothing of its conditions", async (t) => {
  const simulation = await start(t);
  await simulation.api.create("nodes", { metadata: { name: "new" } });
  await simulation.advance(1000);
  const node = simulation.api.get("nodes", { namespace: "", name: "new" })!;
  const ready = (get(node["status"], "conditions") as JsonObject[]).find(({ type }) => type === "Ready");
  assert.equal(ready?.["status"], "True");
  assert.equal(get(node["spec"], "taints"), undefined);
});
