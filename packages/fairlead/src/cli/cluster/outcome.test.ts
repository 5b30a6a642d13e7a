import assert from "node:assert/strict";
import { test } from "node:test";
import type { ApplyPlan, ApplyStep, ObjectDiff } from "@fairlead/kube";
import { dryOutcomes } from "./outcome.ts";

function step(kind: ApplyStep["kind"], name: string, reason?: string): ApplyStep {
  const object = { apiVersion: "v1", kind: "ConfigMap", namespace: "shop", name };
  return { kind, object, ...(reason === undefined ? {} : { reason }) } as ApplyStep;
}

test("an update that the server's dry run finds without effect is no change", () => {
  const steps = [
    step("update", "written", "data differs"),
    step("update", "normalized", "data differs"),
    step("unchanged", "same"),
    step("refused", "foreign", "it belongs to somebody else"),
    step("delete", "old"),
  ];
  const touched = [steps[0]!, steps[4]!].map((one) => ({ step: one, changes: [], fromServer: true }) as ObjectDiff);
  assert.deepEqual(
    dryOutcomes({ plan: { steps } as unknown as ApplyPlan, objects: touched }).map(({ object, outcome, reason }) => [
      object.name,
      outcome,
      reason,
    ]),
    [
      ["written", "changed", "data differs"],
      ["normalized", "unchanged", undefined],
      ["same", "unchanged", undefined],
      ["foreign", "refused", "it belongs to somebody else"],
      ["old", "deleted", undefined],
    ],
  );
});
