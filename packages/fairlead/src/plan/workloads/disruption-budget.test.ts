import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { appSpec, planApp } from "../../../test/workloads/planning.ts";

const budgetOf = (more: object) => {
  const planned = planApp(appSpec(more));
  const budget = planned.objects.find(({ kind }) => kind === "PodDisruptionBudget");
  const { selector: _, ...spec } = (budget?.["spec"] ?? {}) as { [key: string]: unknown };
  return { spec: budget === undefined ? undefined : spec, findings: planned.findings, name: budget?.metadata.name };
};

describe("the PodDisruptionBudget", () => {
  test("lets one pod go at a time when more than one always runs, and broken ones as they are", () => {
    const usual = { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow" };
    assert.deepEqual(budgetOf({ replicas: 2 }).spec, usual);
    assert.deepEqual(budgetOf({ scaling: { min: 2, max: 5, cpu: 50 } }).spec, usual);
  });

  test("is none for a single replica, whose node could not be drained", () => {
    assert.equal(budgetOf({}).spec, undefined);
    assert.equal(budgetOf({ replicas: 1 }).spec, undefined);
    assert.equal(budgetOf({ scaling: { max: 5, cpu: 50 } }).spec, undefined);
    assert.equal(budgetOf({ workload: "DaemonSet" }).spec, undefined);
  });

  test("is turned off by either switch", () => {
    assert.equal(budgetOf({ replicas: 3, hardening: { disruptionBudget: false } }).spec, undefined);
    assert.equal(budgetOf({ replicas: 3, disruptionBudget: { enabled: false } }).spec, undefined);
  });

  test("is the one that is written, also where the default is turned off", () => {
    const written = { name: "orders-pdb", minAvailable: "50%", unhealthyPodEvictionPolicy: "IfHealthyBudget" };
    const { spec, name } = budgetOf({ replicas: 4, hardening: { disruptionBudget: false }, disruptionBudget: written });
    assert.equal(name, "orders-pdb");
    assert.deepEqual(spec, { minAvailable: "50%", unhealthyPodEvictionPolicy: "IfHealthyBudget" });
  });

  const blocking: [what: string, more: object, says: RegExp][] = [
    ["one of one", { disruptionBudget: { minAvailable: 1 } }, /minAvailable 1 of 1 replica /],
    ["all of them", { replicas: 3, disruptionBudget: { minAvailable: "100%" } }, /100% of 3 replicas/],
    ["a half of one, rounded up", { disruptionBudget: { minAvailable: "50%" } }, /50%/],
    ["none may be missing", { replicas: 3, disruptionBudget: { maxUnavailable: 0 } }, /maxUnavailable 0/],
    [
      "none of the least that scaling keeps",
      { scaling: { min: 2, max: 9, cpu: 50 }, disruptionBudget: { minAvailable: 2 } },
      /2 of 2/,
    ],
  ];
  for (const [what, more, says] of blocking) {
    test(`that blocks every drain is a finding and stands as written: ${what}`, () => {
      const { spec, findings } = budgetOf(more);
      assert.ok(spec !== undefined);
      assert.deepEqual(
        findings.map(({ code }) => code),
        ["FL220"],
      );
      assert.match(findings[0]!.message, says);
    });
  }

  test("with both limits is refused", () => {
    const { findings } = budgetOf({ replicas: 3, disruptionBudget: { minAvailable: 1, maxUnavailable: 1 } });
    assert.deepEqual(
      findings.map(({ code }) => code),
      ["FL221"],
    );
  });
});
