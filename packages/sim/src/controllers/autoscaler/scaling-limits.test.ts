import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { limited, stabilization, stabilized, type LimitInput } from "./scaling-limits.ts";

const none = { recommendations: [], ups: [], downs: [] };
const base: LimitInput = { behavior: undefined, current: 5, desired: 5, least: 1, most: 100, history: none, now: 1e9 };

const rules = (value: number, type: string, more: JsonObject = {}): JsonObject => ({
  policies: [{ type, value, periodSeconds: 60 }],
  selectPolicy: "Max",
  ...more,
});

test("takes the highest recommendation of five minutes when it scales down", () => {
  const at = (seconds: number, replicas: number): LimitInput => ({
    ...base,
    desired: 2,
    history: { ...none, recommendations: [{ at: 1e9 - seconds * 1000, replicas }] },
  });
  assert.equal(stabilized(at(299, 4)), 4);
  assert.equal(stabilized(at(301, 4)), 2);
  assert.equal(stabilization(at(299, 4), 4).reason, "ScaleDownStabilized");
  assert.equal(stabilization(at(301, 4), 2).reason, "ReadyForNewScale");
});

test("follows the windows of a behavior in both directions", () => {
  const behavior = { scaleUp: { stabilizationWindowSeconds: 60 }, scaleDown: { stabilizationWindowSeconds: 10 } };
  const history = { ...none, recommendations: [{ at: 1e9 - 30_000, replicas: 6 }] };
  const up = { ...base, behavior, history, desired: 9 };
  assert.equal(stabilized(up), 6);
  assert.equal(stabilization(up, 6).reason, "ScaleUpStabilized");
  assert.equal(stabilized({ ...base, behavior, history, desired: 2 }), 2);
});

test("doubles at most, and goes to four at once", () => {
  const of = (current: number, desired: number, most = 100): unknown => {
    const { replicas, reason, isLimited } = limited({ ...base, current, desired, most });
    return [replicas, reason, isLimited];
  };
  assert.deepEqual(of(5, 20), [10, "ScaleUpLimit", true]);
  assert.deepEqual(of(1, 9), [4, "ScaleUpLimit", true]);
  assert.deepEqual(of(5, 20, 8), [8, "TooManyReplicas", true]);
  assert.deepEqual(of(5, 0), [1, "TooFewReplicas", true]);
  assert.deepEqual(of(5, 7), [7, "DesiredWithinRange", false]);
});

test("adds and takes away what policies allow within their period", () => {
  const pods = { scaleUp: rules(2, "Pods"), scaleDown: rules(50, "Percent") };
  assert.equal(limited({ ...base, behavior: pods, desired: 20 }).replicas, 7);
  const ups = [{ at: 1e9 - 30_000, replicas: 1 }];
  assert.equal(limited({ ...base, behavior: pods, desired: 20, history: { ...none, ups } }).replicas, 6);
  assert.equal(limited({ ...base, behavior: pods, desired: 1 }).replicas, 2);
  assert.equal(limited({ ...base, behavior: pods, desired: 1 }).reason, "ScaleDownLimit");
  const off = { scaleUp: rules(2, "Pods", { selectPolicy: "Disabled" }), scaleDown: rules(1, "Pods") };
  assert.equal(limited({ ...base, behavior: off, desired: 20 }).replicas, 5);
});

test("takes the smaller change of several policies where that is asked for", () => {
  const policies = [
    { type: "Pods", value: 1, periodSeconds: 60 },
    { type: "Percent", value: 100, periodSeconds: 60 },
  ];
  const behavior = { scaleUp: { policies, selectPolicy: "Min" }, scaleDown: { policies, selectPolicy: "Min" } };
  assert.equal(limited({ ...base, behavior, desired: 20 }).replicas, 6);
  assert.equal(limited({ ...base, behavior, desired: 1 }).replicas, 4);
});
