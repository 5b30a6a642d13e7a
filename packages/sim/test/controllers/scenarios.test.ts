import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { runScenario } from "./scenario/scenario.ts";
import { simPlane } from "./scenario/sim-plane.ts";
import { groups, recordedFile, type Recorded } from "./scenarios/all.ts";

for (const [group, scenarios] of Object.entries(groups)) {
  const file = recordedFile(group);
  const recorded = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Recorded) : {};
  for (const scenario of scenarios) {
    test(`${group} ${scenario.title}, as kube-controller-manager does`, async (t) => {
      const plane = await simPlane();
      t.after(() => plane.stop());
      const summary = await runScenario(scenario, plane);
      assert.deepEqual(summary, recorded[scenario.title]);
      assert.deepEqual(plane.errors, []);
    });
  }
}
