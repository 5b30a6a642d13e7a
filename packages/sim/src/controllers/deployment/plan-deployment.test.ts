import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReplicaSet } from "../replicaset/replica-set.ts";
import { type Deployment, limitsOf, resolveFenceposts } from "./deployment.ts";
import { planDeployment } from "./plan-deployment.ts";
import { newReplicas } from "./plan-new-set.ts";
import { shareOf } from "./plan-scale.ts";

const now = Date.UTC(2026, 0, 1, 1);
const template = (image: string): Deployment["spec"]["template"] => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [{ name: "web", image }] },
});
const meta = (name: string, more: object = {}): Deployment["metadata"] => ({
  name,
  namespace: "default",
  uid: name,
  resourceVersion: "1",
  generation: 1,
  creationTimestamp: "2026-01-01T00:00:00Z",
  ...more,
});

function deployment(spec: Partial<Deployment["spec"]> = {}, status?: Deployment["status"]): Deployment {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: meta("web", { annotations: { "deployment.kubernetes.io/revision": "2" } }),
    spec: {
      replicas: 10,
      selector: { matchLabels: { app: "web" } },
      strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 3, maxUnavailable: 2 } },
      progressDeadlineSeconds: 600,
      revisionHistoryLimit: 10,
      template: template("a:2"),
      ...spec,
    },
    ...(status === undefined ? {} : { status }),
  };
}

interface SetOptions {
  readonly available?: number;
  readonly desired?: number;
  readonly max?: number;
  readonly revision?: number;
  readonly created?: string;
}

function set(name: string, image: string, replicas: number, options: SetOptions = {}): ReplicaSet {
  const { available = replicas, desired = 10, max = 13, revision = image === "a:2" ? 2 : 1 } = options;
  return {
    apiVersion: "apps/v1",
    kind: "ReplicaSet",
    metadata: meta(name, {
      creationTimestamp: options.created ?? "2026-01-01T00:00:00Z",
      annotations: {
        "deployment.kubernetes.io/revision": String(revision),
        "deployment.kubernetes.io/desired-replicas": String(desired),
        "deployment.kubernetes.io/max-replicas": String(max),
      },
    }),
    spec: {
      replicas,
      template: { ...template(image), metadata: { labels: { app: "web", "pod-template-hash": name } } },
    },
    status: { replicas, availableReplicas: available, readyReplicas: available, observedGeneration: 1 },
  };
}

/** `name size`, of what is written. */
function planned(one: Deployment, sets: readonly ReplicaSet[]): string[] {
  const { actions } = planDeployment({ deployment: one, sets, pods: new Map(), now });
  return actions.map((action) => {
    const name = action.set.metadata.name.replace(/^web-\w+$/, "new");
    return `${action.kind} ${name} ${action.set.spec.replicas}`;
  });
}

test("rounds surge up and unavailable down, and lets something move", () => {
  const cases = [
    ["25%", "25%", 4, 1, 1],
    ["25%", "25%", 3, 1, 0],
    ["25%", "25%", 10, 3, 2],
    [0, 0, 5, 0, 1],
    ["1%", "1%", 10, 1, 0],
    [0, "10%", 5, 0, 1],
    [undefined, 2, 1, 0, 2],
  ] as const;
  for (const [maxSurge, maxUnavailable, replicas, surge, unavailable] of cases) {
    assert.deepEqual(resolveFenceposts(maxSurge, maxUnavailable, replicas), { surge, unavailable });
  }
  const strategy = { type: "RollingUpdate", rollingUpdate: { maxSurge: 0, maxUnavailable: 5 } };
  assert.deepEqual(limitsOf(deployment({ replicas: 2, strategy })), { surge: 0, unavailable: 2 });
  assert.deepEqual(limitsOf(deployment({ strategy: { type: "Recreate" } })), { surge: 0, unavailable: 0 });
});

test("makes the new set as large as the surge allows", () => {
  const cases = [
    [[10, 0], 3],
    [[13, 0], 0],
    [[8, 3], 5],
    [[0, 10], 10],
    [[2, 9], 10],
  ] as const;
  for (const [[old, current], expected] of cases) {
    const newSet = set("new", "a:2", current);
    assert.equal(
      newReplicas(deployment(), [set("old", "a:1", old), newSet], newSet),
      expected,
      `${old} and ${current}`,
    );
  }
});

test("shares what is added or taken away by the sizes of sets", () => {
  const scaled = deployment({ replicas: 15 });
  assert.equal(shareOf(scaled, set("old", "a:1", 8), 5, 0), 3);
  assert.equal(shareOf(scaled, set("new", "a:2", 5), 5, 3), 2);
  assert.equal(shareOf(deployment({ replicas: 5 }), set("old", "a:1", 8), -5, 0), -3);
  assert.equal(shareOf(deployment({ replicas: 0 }), set("old", "a:1", 8), -13, 0), -8);
});

test("rolls out in steps", () => {
  const cases: readonly (readonly [title: string, sets: readonly ReplicaSet[], expected: readonly string[]])[] = [
    ["nothing is there", [], ["create new 10"]],
    ["an old set", [set("old", "a:1", 10)], ["create new 3", "update old 8"]],
    ["new pods are not ready", [set("old", "a:1", 10), set("new", "a:2", 3, { available: 0 })], ["update old 8"]],
    ["as many as may be", [set("old", "a:1", 8), set("new", "a:2", 5, { available: 0 })], []],
    ["new pods are ready", [set("old", "a:1", 8), set("new", "a:2", 5)], ["update old 3"]],
    [
      "old pods are not ready",
      [set("old", "a:1", 10, { available: 5 }), set("new", "a:2", 3, { available: 0 })],
      ["update old 8"],
    ],
    ["done", [set("old", "a:1", 0), set("new", "a:2", 10)], []],
    ["a set that was just scaled down", [set("old", "a:1", 5, { available: 9 }), set("new", "a:2", 8)], []],
  ];
  for (const [title, sets, expected] of cases) assert.deepEqual(planned(deployment(), sets), expected, title);
});

test("takes scaling for what it is, not for a rollout", () => {
  const sets = [set("old", "a:1", 8), set("new", "a:2", 5, { available: 0 })];
  assert.deepEqual(planned(deployment({ replicas: 15 }), sets), ["update old 11", "update new 7"]);
  assert.deepEqual(planned(deployment({ replicas: 5 }), sets), ["update old 5", "update new 3"]);
  assert.deepEqual(planned(deployment({ replicas: 12 }), [set("new", "a:2", 10)]), ["update new 12"]);
});

test("does not create a new set while it is paused", () => {
  assert.deepEqual(planned(deployment({ paused: true }), [set("old", "a:1", 10)]), []);
  assert.deepEqual(planned(deployment({ paused: true, replicas: 12 }), [set("old", "a:1", 10)]), ["update old 12"]);
});

test("deletes the oldest sets beyond its history when it is complete", () => {
  const status = { observedGeneration: 1, replicas: 10, updatedReplicas: 10, availableReplicas: 10 };
  const sets = [
    set("third", "a:3", 0, { revision: 3 }),
    set("first", "a:1", 0, { revision: 1 }),
    set("second", "a:0", 0, { revision: 2 }),
    set("new", "a:2", 10, { revision: 4 }),
  ];
  assert.deepEqual(planned(deployment({ revisionHistoryLimit: 1 }, status), sets), [
    "delete first 0",
    "delete second 0",
  ]);
  assert.deepEqual(planned(deployment({ revisionHistoryLimit: 1 }), sets), []);
});
