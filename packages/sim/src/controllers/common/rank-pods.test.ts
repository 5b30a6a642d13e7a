import assert from "node:assert/strict";
import { test } from "node:test";
import { asKind, type Pod } from "./objects.ts";
import { compareActivePods, comparePods, crowdOf } from "./rank-pods.ts";

const now = Date.UTC(2026, 0, 2);

interface PodOptions {
  readonly node?: string;
  readonly phase?: string;
  readonly readySince?: string;
  readonly cost?: string;
  readonly restarts?: number;
  readonly created?: string;
}

function pod(name: string, options: PodOptions = {}): Pod {
  const { node = "n1", phase = "Running", readySince, cost, restarts = 0, created = "2026-01-01T00:00:00Z" } = options;
  return asKind<Pod>({
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "default",
      uid: name,
      creationTimestamp: created,
      ...(cost === undefined ? {} : { annotations: { "controller.kubernetes.io/pod-deletion-cost": cost } }),
    },
    spec: node === "" ? {} : { nodeName: node },
    status: {
      phase,
      ...(readySince === undefined
        ? {}
        : { conditions: [{ type: "Ready", status: "True", lastTransitionTime: readySince }] }),
      containerStatuses: [{ name: "a", restartCount: restarts }],
    },
  });
}

const ready = "2026-01-01T00:00:00Z";

test("deletes first what is missed least", () => {
  const cases: readonly (readonly [why: string, first: Pod, second: Pod])[] = [
    ["not assigned", pod("b", { node: "" }), pod("a")],
    ["pending", pod("b", { phase: "Pending" }), pod("a")],
    ["not ready", pod("b"), pod("a", { readySince: ready })],
    ["costs less", pod("b", { readySince: ready, cost: "-1" }), pod("a", { readySince: ready })],
    [
      "ready for a much shorter time",
      pod("b", { readySince: "2026-01-01T23:00:00Z" }),
      pod("a", { readySince: ready }),
    ],
    ["restarted more often", pod("b", { restarts: 3 }), pod("a")],
    ["much newer", pod("b", { created: "2026-01-01T23:00:00Z" }), pod("a")],
    ["about as old, by uid", pod("a", { created: "2026-01-01T00:00:01Z" }), pod("b")],
  ];
  for (const [why, first, second] of cases) {
    assert.ok(comparePods(first, second, { now }) < 0, why);
    assert.ok(comparePods(second, first, { now }) > 0, `${why}, the other way round`);
  }
});

test("takes pods from crowded nodes first", () => {
  const [a, b, c] = [pod("a", { node: "n1" }), pod("b", { node: "n2" }), pod("c", { node: "n2" })];
  const crowd = crowdOf([a, b, c]);
  assert.ok(comparePods(b, a, { crowd, now }) < 0);
});

test("goes by exact times and no costs where Jobs choose", () => {
  const newer = pod("b", { created: "2026-01-01T00:00:01Z", cost: "5" });
  assert.ok(compareActivePods(newer, pod("a")) < 0);
});
