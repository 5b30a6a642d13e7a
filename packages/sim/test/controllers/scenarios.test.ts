import assert from "node:assert/strict";
import { test } from "node:test";
import { runScenario } from "./scenario/scenario.ts";
import { simPlane } from "./scenario/sim-plane.ts";
import { groups } from "./scenarios/all.ts";
import { readRecorded } from "./scenarios/recorded.ts";

for (const [group, scenarios] of Object.entries(groups)) {
  const recorded = readRecorded(group);
  for (const scenario of scenarios) {
    test(`${group} ${scenario.title}, as kube-controller-manager does`, async (t) => {
      const plane = await simPlane();
      t.after(() => plane.stop());
      const summary = await runScenario(scenario, plane);
      assert.deepEqual(summary, recorded.get(scenario.title));
      assert.deepEqual(plane.errors, []);
    });
  }
}
