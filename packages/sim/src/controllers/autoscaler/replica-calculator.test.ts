import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { replicasForAverage, replicasForUtilization, type CalculatorInput } from "./replica-calculator.ts";

const start = Date.UTC(2026, 0, 1);

function pod(name: string, status: JsonObject = {}, request: JsonObject = { cpu: "100m" }): JsonObject {
  return {
    metadata: { name },
    spec: { containers: [{ name: "web", resources: { requests: request } }] },
    status: {
      phase: "Running",
      startTime: "2026-01-01T00:00:00Z",
      conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2026-01-01T00:00:01Z" }],
      ...status,
    },
  };
}

const unready = { conditions: [{ type: "Ready", status: "False", lastTransitionTime: "2026-01-01T00:00:01Z" }] };

function input(pods: readonly JsonObject[], metrics: readonly (readonly [string, number])[]): CalculatorInput {
  return {
    current: pods.length,
    pods,
    metrics: new Map(metrics),
    resource: "cpu",
    container: "",
    tolerances: { up: 0.1, down: 0.1 },
    now: start + 600_000,
  };
}

const replicas = (one: ReturnType<typeof replicasForUtilization>): number | string =>
  one.kind === "error" ? one.message : one.replicas;

test("scales by the ratio of what is used to what is wanted", () => {
  const pods = [pod("a"), pod("b")];
  const result = replicasForUtilization(
    input(pods, [
      ["a", 90],
      ["b", 70],
    ]),
    40,
  );
  assert.deepEqual(result, { kind: "replicas", replicas: 4, usage: 80, utilization: 80 });
  assert.deepEqual(
    replicasForAverage(
      input(pods, [
        ["a", 90],
        ["b", 70],
      ]),
      20,
    ),
    { kind: "replicas", replicas: 8, usage: 80 },
  );
});

test("leaves things as they are within a tenth of the target", () => {
  assert.equal(replicas(replicasForUtilization(input([pod("a")], [["a", 55]]), 50)), 1);
  assert.equal(replicas(replicasForUtilization(input([pod("a")], [["a", 56]]), 50)), 2);
});

test("takes pods without numbers for idle when it scales up, for busy when it scales down", () => {
  const pods = [pod("a"), pod("b"), pod("c")];
  assert.equal(
    replicas(
      replicasForUtilization(
        input(pods, [
          ["a", 200],
          ["b", 200],
        ]),
        50,
      ),
    ),
    8,
  );
  assert.equal(
    replicas(
      replicasForUtilization(
        input(pods, [
          ["a", 10],
          ["b", 10],
        ]),
        50,
      ),
    ),
    3,
  );
});

test("takes pods that were never ready for idle when it scales up", () => {
  const pods = [pod("a"), pod("b", unready)];
  assert.equal(
    replicas(
      replicasForUtilization(
        input(pods, [
          ["a", 100],
          ["b", 100],
        ]),
        50,
      ),
    ),
    2,
  );
});

test("counts neither pods that have failed nor those that are being deleted", () => {
  const gone = { ...pod("c"), metadata: { name: "c", deletionTimestamp: "2026-01-01T00:00:00Z" } };
  const pods = [pod("a"), pod("b", { phase: "Failed" }), gone];
  const metrics = [
    ["a", 100],
    ["b", 900],
    ["c", 900],
  ] as const;
  assert.equal(replicas(replicasForUtilization(input(pods, metrics), 50)), 2);
});

test("says what is missing", () => {
  const asking = input([pod("a", {}, {})], [["a", 100]]);
  assert.equal(replicas(replicasForUtilization(asking, 50)), "missing request for cpu in container web of Pod a");
  assert.equal(
    replicas(replicasForUtilization(input([pod("a", unready)], [["a", 1]]), 50)),
    "did not receive metrics for targeted pods (pods might be unready)",
  );
  assert.equal(
    replicas(replicasForUtilization(input([], []), 50)),
    "no pods returned by selector while calculating replica count",
  );
});
