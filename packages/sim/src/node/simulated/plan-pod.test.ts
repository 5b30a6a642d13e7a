import assert from "node:assert/strict";
import { test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import { planPod } from "./plan-pod.ts";

const now = Date.parse("2026-01-01T00:01:00Z");

function stopped(annotations: JsonObject): unknown {
  const pod = {
    metadata: {
      name: "p",
      namespace: "n",
      uid: "u",
      annotations,
      deletionTimestamp: "2026-01-01T00:01:30Z",
      deletionGracePeriodSeconds: 30,
    },
    spec: { restartPolicy: "Never", containers: [{ name: "a", image: "a" }] },
    status: {
      phase: "Running",
      containerStatuses: [{ name: "a", state: { running: { startedAt: "2026-01-01T00:00:00Z" } } }],
    },
  };
  const plan = planPod({ pod, now, newId: () => "id", newAddress: () => "10.0.0.1", hostAddress: "10.0.0.2" });
  const statuses = plan.status["containerStatuses"] as readonly JsonObject[];
  return [plan.status["phase"], get(get(get(statuses[0], "state"), "terminated"), "exitCode"), plan.gone];
}

test("a container that is stopped ends by its signal, unless its annotation says how", () => {
  assert.deepEqual(stopped({}), ["Failed", 143, true]);
  assert.deepEqual(stopped({ "sim.fairlead.dev/exit-code": "0" }), ["Succeeded", 0, true]);
  assert.deepEqual(stopped({ "sim.fairlead.dev/exit-code.a": "7" }), ["Failed", 7, true]);
});
