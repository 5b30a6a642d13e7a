import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { buildForest, declaredRoots, hasFailed, type StatusNode, type StatusRoot } from "./forest.ts";
import { formatForest } from "./format.ts";

interface ObjectOptions {
  readonly owner?: string;
  readonly declaration?: string;
  readonly spec?: JsonObject;
  readonly status?: JsonObject;
}

/** The uid is `kind/name`. */
function object(apiVersion: string, kind: string, name: string, options: ObjectOptions = {}): KrmObject {
  const { owner, declaration, spec = {}, status } = options;
  return {
    apiVersion,
    kind,
    metadata: {
      name,
      namespace: "shop",
      uid: `${kind}/${name}`,
      generation: 1,
      ...(owner === undefined ? {} : { ownerReferences: [{ uid: owner }] }),
      ...(declaration === undefined ? {} : { annotations: { "fairlead.dev/owner": declaration } }),
    },
    spec,
    ...(status === undefined ? {} : { status }),
  };
}

const app: StatusRoot = {
  ref: { apiVersion: "fairlead.dev/v1alpha1", kind: "App", namespace: "shop", name: "orders" },
  declared: true,
};
const available = {
  observedGeneration: 1,
  replicas: 1,
  updatedReplicas: 1,
  readyReplicas: 1,
  availableReplicas: 1,
  fullyLabeledReplicas: 1,
  conditions: [
    { type: "Available", status: "True" },
    { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
  ],
};
const deployment = object("apps/v1", "Deployment", "orders", {
  declaration: "App//orders",
  spec: { replicas: 1 },
  status: available,
});
const replicaSet = (name: string, replicas: number): KrmObject =>
  object("apps/v1", "ReplicaSet", name, {
    owner: "Deployment/orders",
    // Deployments hand their annotations down.
    declaration: "App//orders",
    spec: { replicas },
    status: {
      ...available,
      replicas,
      availableReplicas: replicas,
      readyReplicas: replicas,
      fullyLabeledReplicas: replicas,
    },
  });
const ready = { type: "Ready", status: "True" };
const pod = (name: string, owner: string, status: JsonObject = { phase: "Running", conditions: [ready] }): KrmObject =>
  object("v1", "Pod", name, { owner, status });
const crashing: JsonObject = {
  phase: "Running",
  containerStatuses: [
    {
      name: "app",
      restartCount: 4,
      state: { waiting: { reason: "CrashLoopBackOff" } },
      lastState: { terminated: { exitCode: 1, reason: "Error" } },
    },
  ],
};

function lines(objects: readonly KrmObject[], roots: readonly StatusRoot[]): string[] {
  return formatForest(buildForest(objects, roots, 0), { color: false });
}

test("shows what came from a declaration down to its pods, and no former replica sets", () => {
  const objects = [
    pod("b", "ReplicaSet/new"),
    pod("a", "ReplicaSet/new"),
    replicaSet("new", 1),
    replicaSet("old", 0),
    deployment,
  ];
  const expected = [
    "✓ App shop/orders",
    "└─ ✓ Deployment orders  1 of 1 replica is available",
    "   └─ ✓ ReplicaSet new  1 of 1 replica is available",
    "      ├─ ✓ Pod a",
    "      └─ ✓ Pod b",
  ];
  const shown = lines(objects, [app]).map((line) => line.replace(/(Pod \w+).*/, "$1"));
  assert.deepEqual(shown, expected);
  assert.deepEqual(
    lines(objects.toReversed(), [app]).map((line) => line.replace(/(Pod \w+).*/, "$1")),
    expected,
  );
});

test("says at the top why it is not ready, and counts what failed below", () => {
  const objects = [deployment, replicaSet("new", 1), pod("a", "ReplicaSet/new", crashing)];
  const nodes = buildForest(objects, [app], 0);
  assert.ok(hasFailed(nodes));
  const shown = formatForest(nodes, { color: false });
  assert.match(shown[3]!, /✗ Pod a {2}container app: CrashLoopBackOff, 4 restarts, last exit code 1/);
  const waiting = object("apps/v1", "Deployment", "orders", {
    declaration: "App/shop/orders",
    spec: { replicas: 3 },
    status: {
      ...available,
      replicas: 3,
      updatedReplicas: 3,
      availableReplicas: 1,
      readyReplicas: 1,
      observedGeneration: 1,
    },
  });
  assert.match(lines([waiting], [app])[0]!, /^… App shop\/orders {2}Deployment orders: .*1 of 3/);
});

test("lets a controller speak for its declaration", () => {
  const condition = { type: "Ready", status: "False", reason: "Invalid", message: "spec.replica: unknown field" };
  const declared = object("fairlead.dev/v1alpha1", "App", "orders", { status: { conditions: [condition] } });
  const owned = { ...deployment, metadata: { ...deployment.metadata, ownerReferences: [{ uid: "App/orders" }] } };
  const shown = lines([declared, owned as KrmObject], [app]);
  assert.deepEqual(
    shown.map((line) => line.slice(0, 60)),
    ["… App shop/orders  spec.replica: unknown field", "└─ ✓ Deployment orders  1 of 1 replica is available"],
  );
  // Without a controller what came from it counts.
  const silent = object("fairlead.dev/v1alpha1", "App", "orders");
  assert.equal(lines([silent, deployment], [app])[0], "✓ App shop/orders");
});

test("shows what should be there and is not", () => {
  const member = (kind: string) => ({ apiVersion: "v1", kind, namespace: "shop", name: "orders" });
  const root = { ...app, members: [{ ...member("Deployment"), apiVersion: "apps/v1" }, member("Service")] };
  assert.deepEqual(lines([deployment], [root]), [
    "✗ App shop/orders  Service orders: it does not exist",
    "├─ ✓ Deployment orders  1 of 1 replica is available",
    "└─ ✗ Service orders  it does not exist",
  ]);
  assert.deepEqual(lines([], [app]), ["✗ App shop/orders  it does not exist"]);
  assert.ok(hasFailed(buildForest([], [app], 0)));
});

test("finds declarations by what came from them, whichever version the server answers in", () => {
  const task = object("batch/v1", "CronJob", "nightly", { declaration: "Task/shop/nightly" });
  const strange = object("v1", "ConfigMap", "x", { declaration: "no/such/owner/form" });
  const declared = object("fairlead.dev/v1alpha1", "App", "alone");
  const roots = declaredRoots([task, deployment, strange, declared], "fairlead.dev/v1alpha1");
  assert.deepEqual(
    roots.map(({ ref }) => `${ref.kind} ${ref.namespace} ${ref.name}`),
    ["App shop alone", "App shop orders", "Task shop nightly"],
  );
  const scaler = { apiVersion: "autoscaling/v2", kind: "HorizontalPodAutoscaler", namespace: "shop", name: "orders" };
  const older = object("autoscaling/v1", "HorizontalPodAutoscaler", "orders");
  assert.doesNotMatch(lines([older], [{ ref: scaler, declared: false }])[0]!, /does not exist/);
});

test("shows the last three of a CronJob's finished Jobs, and those that run", () => {
  const job = (name: string, day: number, done: boolean): KrmObject =>
    object("batch/v1", "Job", name, {
      owner: "CronJob/nightly",
      status: {
        startTime: `2026-11-0${day}T03:00:00Z`,
        ...(done ? { completionTime: "x", conditions: [{ type: "Complete", status: "True" }] } : { active: 1 }),
      },
    });
  const jobs = [job("a", 1, true), job("b", 2, true), job("c", 3, true), job("d", 4, true), job("e", 1, false)];
  const cron = object("batch/v1", "CronJob", "nightly", { spec: { schedule: "0 3 * * *" } });
  const [root] = buildForest(
    [...jobs, cron],
    [{ ref: { ...app.ref, apiVersion: "batch/v1", kind: "CronJob", name: "nightly" }, declared: false }],
    0,
  );
  assert.deepEqual(
    root!.children.map(({ ref }) => ref.name),
    ["b", "c", "d", "e"],
  );
});

test("owners in a circle hang nothing", () => {
  const a = object("v1", "Pod", "a", { owner: "Pod/b" });
  const b = object("v1", "Pod", "b", { owner: "Pod/a" });
  const nodes = buildForest(
    [a, b],
    [{ ref: { apiVersion: "v1", kind: "Pod", namespace: "shop", name: "a" }, declared: false }],
    0,
  );
  assert.deepEqual(
    formatForest(nodes, { color: false }).map((line) => line.replace(/ {2}it.*/, "")),
    ["… Pod shop/a", "└─ … Pod b"],
  );
});

test("cuts lines to the window, turns a spinner there, and colours only if it may", () => {
  const node: StatusNode = {
    ref: app.ref,
    state: "waiting",
    reason: "Deployment orders: 0 of 2 replicas are available",
    children: [
      { ref: { ...app.ref, kind: "Pod", name: "orders-5d9\u001b[2J" }, state: "failed", reason: "why", children: [] },
    ],
  };
  assert.deepEqual(formatForest([node], { color: false, columns: 34, frame: 1 }), [
    "⠙ App shop/orders  Deployment ord…",
    "└─ ✗ Pod orders-5d9[2J  why",
  ]);
  assert.match(
    formatForest([node], { color: true })[1]!,
    /\u001b\[31m✗\u001b\[39m Pod orders-5d9\[2J {2}\u001b\[31mwhy/,
  );
});
