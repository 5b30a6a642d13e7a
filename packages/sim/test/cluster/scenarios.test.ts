import assert from "node:assert/strict";
import { test } from "node:test";
import { readRecorded } from "./recorded.ts";
import { runScenario } from "./scenario.ts";
import { groups } from "./scenarios/all.ts";
import { simPlane } from "./sim-plane.ts";
import { lookAt, type Look } from "./summary.ts";

for (const [group, scenarios] of Object.entries(groups)) {
  const recorded = readRecorded(group);
  for (const scenario of scenarios) {
    test(`${group}: ${scenario.title}, as Kubernetes does`, async (t) => {
      const plane = await simPlane();
      t.after(() => plane.simulation.close());
      const looks: Look[] = [];
      await runScenario(scenario, plane, async () => void looks.push(await lookAt(plane, scenario)));
      assert.deepEqual(looks, recorded.get(scenario.title));
    });
  }
}
