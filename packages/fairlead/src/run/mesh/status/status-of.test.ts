import assert from "node:assert/strict";
import { test } from "node:test";
import { get } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { PolicyReport } from "../../../plan/mesh/model/plan.ts";
import { outcomeOf, policyStatus } from "./status-of.ts";

const policy = (status?: object): KrmObject =>
  ({
    apiVersion: "admiral.io/v1alpha1",
    kind: "GlobalTrafficPolicy",
    metadata: { name: "p", namespace: "shop", generation: 2 },
    ...(status !== undefined && { status }),
  }) as KrmObject;

function report(change: Partial<PolicyReport> = {}): PolicyReport {
  return {
    object: { cluster: "eu", namespace: "shop", name: "p", kind: "GlobalTrafficPolicy" },
    generation: 2,
    accepted: true,
    reason: "Applied",
    message: "shapes 1 host",
    hosts: ["prd.orders.global"],
    clusters: ["eu", "us"],
    ...change,
  };
}

const now = Date.UTC(2026, 0, 1);
const none = () => [];
const sources = () => ["eu"];
const statusFor = (
  reports: readonly PolicyReport[],
  object = policy(),
  conflicts: (key: string, cluster: string) => readonly string[] = none,
) =>
  policyStatus(
    object,
    outcomeOf(new Map(reports.map((one, at) => [`identity:${at}`, one])), { conflicts, sources })!,
    now,
  );

test("says Ready with hosts and clusters, for the generation that was looked at", () => {
  assert.deepEqual(statusFor([report()]), {
    observedGeneration: 2,
    conditions: [
      {
        type: "Ready",
        status: "True",
        reason: "Applied",
        message: "shapes 1 host",
        observedGeneration: 2,
        lastTransitionTime: "2026-01-01T00:00:00Z",
      },
    ],
    hosts: ["prd.orders.global"],
    sources: ["eu"],
    clusters: [{ name: "eu" }, { name: "us" }],
  });
});

test("is written once, and leaves the conditions of others alone", () => {
  const status = statusFor([report()])!;
  const said = { ...status, conditions: [{ type: "Other", status: "True" }, ...(status["conditions"] as object[])] };
  assert.equal(statusFor([report()], policy(said)), undefined);
  assert.notEqual(statusFor([report({ generation: 3 })], policy(said)), undefined);
  assert.notEqual(statusFor([report({ hosts: [] })], policy(said)), undefined);
});

test("the time of a condition is that of its last change", () => {
  const old = { conditions: [{ type: "Ready", status: "True", lastTransitionTime: "2025-01-01T00:00:00Z" }] };
  const times = (reports: PolicyReport[]) =>
    (statusFor(reports, policy(old))!["conditions"] as object[]).map((one) => get(one, "lastTransitionTime"));
  assert.deepEqual(times([report()]), ["2025-01-01T00:00:00Z"]);
  assert.deepEqual(times([report({ accepted: false })]), ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"]);
});

test("one that is not taken is stalled", () => {
  const status = statusFor([report({ accepted: false, reason: "Overruled", hosts: [], clusters: [] })]);
  assert.deepEqual(
    (status!["conditions"] as object[]).map((one) => [get(one, "type"), get(one, "status"), get(one, "reason")]),
    [
      ["Ready", "False", "Overruled"],
      ["Stalled", "True", "Overruled"],
    ],
  );
});

test("what several identities say is joined, and taken by one is taken", () => {
  const status = statusFor([
    report({ accepted: false, reason: "NoMatch", hosts: [], clusters: [] }),
    report({ hosts: ["b"], clusters: ["us"] }),
    report({ hosts: ["a"], clusters: ["ap"] }),
  ])!;
  assert.deepEqual(status["hosts"], ["a", "b"]);
  assert.deepEqual(status["clusters"], [{ name: "ap" }, { name: "us" }]);
});

test("a cluster where an object is somebody else's makes it not ready, and says so", () => {
  const conflicts = (_key: string, cluster: string) => (cluster === "us" ? ["ServiceEntry x is somebody else's"] : []);
  const status = statusFor([report()], policy(), conflicts)!;
  assert.equal(get((status["conditions"] as object[])[0], "reason"), "Conflict");
  assert.deepEqual(status["clusters"], [
    { name: "eu" },
    { name: "us", conflicts: ["ServiceEntry x is somebody else's"] },
  ]);
});

test("a status stays small whatever it is about", () => {
  const many = Array.from({ length: 5_000 }, (_, at) => `host-${at}`);
  const status = statusFor([report({ hosts: many, clusters: many, message: "x".repeat(100_000) })])!;
  assert.ok(JSON.stringify(status).length < 10_000);
});
