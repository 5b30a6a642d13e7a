/**
 * Every scenario on the embedded API server: it answers what kube-apiserver answers. The expectations are written by
 * test/real/sim-scenarios.test.ts and sim-compaction.own.test.ts, which hold the real server to the same files.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { differences } from "./scenario/differences.ts";
import { scenarioCore, sendTo } from "./scenario/embedded.ts";
import { runScenario } from "./scenario/run.ts";
import { readScenarios } from "./scenario/scenario.ts";

const scenarios = [...readScenarios(), ...readScenarios("compaction")];

for (const [index, scenario] of scenarios.entries()) {
  test(`${scenario.file}: ${scenario.title}`, async () => {
    const core = await scenarioCore((error) => {
      throw error;
    });
    const send = sendTo(core);
    const namespace = `scenario-${index}-x`;
    const body = JSON.stringify({ metadata: { name: namespace } });
    const created = await send({ method: "POST", path: "/api/v1/namespaces", headers: {}, body, lines: undefined });
    assert.equal(created.status, 201, created.text);
    const steps = await runScenario(scenario, { send, namespace, pause: () => Promise.resolve() });
    for (const [at, step] of steps.entries()) {
      const expected = scenario.steps[at]!;
      const known = differences.find(
        (one) => one.file === scenario.file && one.title === scenario.title && one.step === at + 1,
      );
      const about = `step ${at + 1}: ${step.request}`;
      if (known !== undefined) assert.notDeepEqual(step.answer, expected.answer, `${about} differs no longer`);
      else assert.deepEqual(step.answer, expected.answer, about);
    }
    core.close();
  });
}
