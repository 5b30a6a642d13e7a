import assert from "node:assert/strict";
import { test } from "node:test";
import { get, type JsonObject } from "@fairlead/apimachinery";
import { planNamespace, type Remainder } from "./plan-namespace.ts";

const now = Date.UTC(2026, 0, 1, 0, 0, 10);
const namespace: JsonObject = { metadata: { name: "x", deletionTimestamp: "2026-01-01T00:00:00Z" }, status: {} };

function told(left: readonly Remainder[], before: JsonObject = namespace): string[] {
  const { status } = planNamespace(before, left, now);
  const conditions = get(status, "conditions") as JsonObject[];
  return conditions
    .filter((one) => one["status"] === "True")
    .map((one) => `${String(one["reason"])}: ${String(one["message"])}`);
}

const held = (...finalizers: string[]): JsonObject => ({ metadata: { name: "a", finalizers } });

test("is empty when nothing is left", () => {
  assert.equal(planNamespace(namespace, [{ collection: "configmaps", objects: [] }], now).isEmpty, true);
  assert.deepEqual(told([]), []);
});

test("counts what is left, by resource and group and by finalizer, in the order of names", () => {
  const left = [
    { collection: "secrets", objects: [held("b/hold")] },
    { collection: "deployments.apps", objects: [held("b/hold"), held("a/hold")] },
  ];
  assert.deepEqual(told(left), [
    "SomeResourcesRemain: Some resources are remaining: deployments.apps has 2 resource instances, secrets. has 1 resource instances",
    "SomeFinalizersRemain: Some content in the namespace has finalizers remaining: a/hold in 1 resource instances, b/hold in 2 resource instances",
  ]);
});

test("says nothing of pods while they end, and looks again after half of their grace", () => {
  const pod = { ...held("a/hold"), spec: { terminationGracePeriodSeconds: 30 } };
  const left = [{ collection: "pods", objects: [pod] }];
  assert.deepEqual(told(left), []);
  assert.equal(planNamespace(namespace, left, now).afterMs, 16_000);
  assert.equal(planNamespace(namespace, left, now + 60_000).afterMs, 8000);
});

test("keeps the time of a condition that does not change", () => {
  const first = planNamespace(namespace, [], now).status;
  const second = planNamespace({ ...namespace, status: first }, [], now + 5000).status;
  assert.deepEqual(second, first);
});
