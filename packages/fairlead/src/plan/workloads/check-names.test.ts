import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { appSpec, container, planApp } from "../../../test/workloads/planning.ts";

describe("a name that Kubernetes refuses is a finding", () => {
  const cases: [what: string, spec: object, field: readonly (string | number)[]][] = [
    ["of the Service", { service: { name: "1orders" } }, ["service", "name"]],
    ["of a further Service", { services: [{ name: "a.b" }] }, ["services", 0, "name"]],
    ["of the ServiceAccount", { serviceAccount: { name: "Orders" } }, ["serviceAccount", "name"]],
    ["of another's ServiceAccount", { serviceAccountName: "a_b" }, ["serviceAccountName"]],
    ["of the budget", { replicas: 2, disruptionBudget: { name: "-a", enabled: true } }, ["disruptionBudget", "name"]],
    ["of the autoscaler", { scaling: { max: 2, cpu: 1, name: "a b" } }, ["scaling", "name"]],
    ["of a volume", { volumes: [{ name: "a.b", emptyDir: {} }] }, ["volumes", 0, "name"]],
    [
      "of a ConfigMap",
      { containers: [container({ http: { port: 80 }, configs: ["Orders"] })] },
      ["containers", 0, "configs", 0],
    ],
    [
      "of a variable",
      { containers: [container({ http: { port: 80 }, env: [{ name: "A=B" }] })] },
      ["containers", 0, "env", 0, "name"],
    ],
  ];
  for (const [what, spec, field] of cases) {
    test(what, () => {
      const { findings } = planApp(appSpec(spec));
      assert.deepEqual(
        findings.map(({ code }) => code),
        ["FL248"],
      );
      assert.deepEqual(findings[0]!.field, ["spec", ...field]);
    });
  }
});
