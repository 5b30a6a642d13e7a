import assert from "node:assert/strict";
import { test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import { planBudget } from "./plan-budget.ts";

const now = Date.UTC(2026, 0, 1, 0, 1);

function pod(name: string, ready = true, metadata: JsonObject = {}): JsonObject {
  return {
    metadata: { name, ...metadata },
    status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
  };
}

function numbers(spec: JsonObject, pods: readonly JsonObject[], scale: number, status: JsonObject = {}): unknown[] {
  const budget = { metadata: { name: "x", generation: 1 }, spec, status };
  const plan = planBudget({ budget, pods, scale, now }).status;
  return ["expectedPods", "desiredHealthy", "currentHealthy", "disruptionsAllowed"].map((key) => get(plan, key));
}

const pods = [pod("a"), pod("b"), pod("c", false)];

test("rounds percentages up, of what stays and of what may go", () => {
  assert.deepEqual(numbers({ minAvailable: "50%" }, pods, 3), [3, 2, 2, 0]);
  assert.deepEqual(numbers({ maxUnavailable: "50%" }, pods, 3), [3, 1, 2, 1]);
});

test("takes a number as it is, of pods of whomever", () => {
  assert.deepEqual(numbers({ minAvailable: 1 }, pods, 0), [3, 1, 2, 1]);
  assert.deepEqual(numbers({ maxUnavailable: 5 }, pods, 3), [3, 0, 2, 2]);
});

test("counts a pod that an eviction took as gone for two minutes", () => {
  const taken = (time: string): unknown[] => numbers({ minAvailable: 1 }, pods, 3, { disruptedPods: { a: time } });
  assert.deepEqual(taken("2026-01-01T00:00:30Z"), [3, 1, 1, 0]);
  assert.deepEqual(taken("2025-12-31T23:58:00Z"), [3, 1, 2, 1]);
});

test("does not count pods that are being deleted as healthy", () => {
  const going = [pod("a", true, { deletionTimestamp: "2026-01-01T00:00:00Z" }), pod("b")];
  assert.deepEqual(numbers({ minAvailable: 1 }, going, 2), [2, 1, 1, 0]);
});
