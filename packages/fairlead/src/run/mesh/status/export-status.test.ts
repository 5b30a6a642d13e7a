import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { PolicyReport } from "../../../plan/mesh/model/plan.ts";
import { exportStatus } from "./export-status.ts";
import { outcomeOf } from "./status-of.ts";

const exported = (status?: JsonObject): KrmObject => ({
  apiVersion: "multicluster.x-k8s.io/v1alpha1",
  kind: "ServiceExport",
  metadata: { name: "pay", namespace: "shop", generation: 1 },
  ...(status !== undefined && { status }),
});

function statusFor(change: Partial<PolicyReport>, object = exported()): JsonObject | undefined {
  const report: PolicyReport = {
    object: { cluster: "eu", namespace: "shop", name: "pay", kind: "ServiceExport" },
    generation: 1,
    accepted: true,
    reason: "Valid",
    message: "It is exported.",
    hosts: [],
    clusters: [],
    ...change,
  };
  const parts = { conflicts: () => [], sources: () => [] };
  return exportStatus(object, outcomeOf(new Map([["identity:x", report]]), parts)!, Date.UTC(2026, 0, 1));
}

const shown = (status: JsonObject | undefined): readonly string[] =>
  (status!["conditions"] as JsonObject[]).map((one) =>
    [one["type"], one["status"], one["reason"]].map(textOf).join(" "),
  );

test("an export is valid, and in no conflict", () => {
  assert.deepEqual(shown(statusFor({})), ["Valid True Valid", "Conflict False NoConflicts"]);
});

test("an export that differs from others is valid all the same", () => {
  const status = statusFor({ conflict: "port 80 is HTTP in eu" });
  assert.deepEqual(shown(status), ["Valid True Valid", "Conflict True PortConflict"]);
  assert.equal((status!["conditions"] as JsonObject[])[1]!["message"], "port 80 is HTTP in eu");
});

test("an export without a Service is not valid", () => {
  assert.deepEqual(shown(statusFor({ accepted: false, reason: "NoService" }))[0], "Valid False NoService");
});

test("what is said is not said again, whatever others say beside it", () => {
  const conditions = statusFor({})!["conditions"] as JsonObject[];
  const before = exported({ conditions: [{ type: "Ready", status: "True" }, ...conditions] });
  assert.equal(statusFor({}, before), undefined);
  const after = statusFor(
    { conflict: "x" },
    exported({ conditions: [{ ...conditions[0]!, lastTransitionTime: "old" }] }),
  );
  assert.equal((after!["conditions"] as JsonObject[])[0]!["lastTransitionTime"], "old");
});
