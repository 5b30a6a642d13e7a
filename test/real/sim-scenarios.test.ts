/**
 * Every scenario of the embedded API server on the real one: it answers what the files say. UPDATE_SCENARIOS=1 writes
 * its answers into them; SCENARIO=NAME runs one file.
 */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  folder,
  printScenarios,
  readScenarios,
  type Scenario,
  type Step,
} from "../../packages/sim/test/scenario/scenario.ts";
import { runScenario } from "../../packages/sim/test/scenario/run.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { sendToPlane } from "./scenario-send.ts";

const { plane } = readAccess();
const updates = process.env["UPDATE_SCENARIOS"] === "1";
const only = process.env["SCENARIO"];
const scenarios = readScenarios().filter(({ file }) => only === undefined || file === only);

const send = sendToPlane(plane);

const answered = new Map<Scenario, readonly Step[]>();

before(async () => {
  const answer = await send({ method: "GET", path: "/readyz", headers: {}, body: undefined, lines: undefined });
  assert.equal(answer.status, 200);
});

for (const [index, scenario] of scenarios.entries()) {
  test(`${scenario.file}: ${scenario.title}`, async () => {
    for (let attempt = 1; ; attempt++) {
      const namespace = `scenario-${process.pid}-${index}-${"x".repeat(attempt)}`;
      const body = JSON.stringify({ metadata: { name: namespace } });
      const headers = { "Content-Type": "application/json" };
      const created = await send({ method: "POST", path: "/api/v1/namespaces", headers, body, lines: undefined });
      assert.equal(created.status, 201, created.text);
      const steps = await runScenario(scenario, { send, namespace, pause: () => sleep(50) });
      answered.set(scenario, steps);
      if (updates) return;
      // A list tells the server's newest version: of what the server wrote for itself meanwhile, now and then.
      if (attempt < 3 && differsInVersions(steps, scenario.steps)) continue;
      for (const [at, step] of steps.entries()) {
        assert.deepEqual(step.answer, scenario.steps[at]!.answer, `step ${at + 1}: ${step.request}`);
      }
      return;
    }
  });
}

/** Whether nothing but resource versions is not as it should be. */
function differsInVersions(steps: readonly Step[], wanted: readonly Step[]): boolean {
  const [ours, theirs] = [steps, wanted].map((list) => JSON.stringify(list.map(({ answer }) => answer)));
  const without = (text: string | undefined): string => (text ?? "").replaceAll(/"RV\d+"/g, '"RV"');
  return ours !== theirs && without(ours) === without(theirs);
}

after(() => {
  if (!updates) return;
  for (const [file, list] of Map.groupBy(scenarios, (one) => one.file)) {
    const filled = list.map((one) => ({ ...one, steps: answered.get(one) ?? one.steps }));
    writeFileSync(path.join(folder, `${file}.yaml`), printScenarios(filled));
  }
});
