/** What Apps and Tasks become that have no finding of severity error: the server accepts each object of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson, type JsonObject } from "@fairlead/apimachinery";
import type { Planner } from "../../packages/fairlead/src/plan/planner.ts";
import { appPlanner } from "../../packages/fairlead/src/plan/workloads/app.ts";
import { taskPlanner } from "../../packages/fairlead/src/plan/workloads/task.ts";
import { configurations, settings } from "../../packages/fairlead/test/workloads/arbitraries.ts";
import { soundAppSpecs, soundTaskSpecs } from "../../packages/fairlead/test/workloads/sound-arbitraries.ts";
import { declare, worldOf } from "../../packages/fairlead/test/workloads/planning.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { discover } from "../../scripts/real/discovery.ts";
import { dryRun, formatVerdict } from "../../scripts/real/dry-run.ts";
import { runs } from "../../scripts/runs.ts";

const { plane } = readAccess();
const resources = await discover(plane);

const kinds = [
  { kind: "App", planner: appPlanner as Planner<unknown>, specs: soundAppSpecs as fc.Arbitrary<unknown>, numRuns: 300 },
  {
    kind: "Task",
    planner: taskPlanner as Planner<unknown>,
    specs: soundTaskSpecs as fc.Arbitrary<unknown>,
    numRuns: 100,
  },
];

for (const { kind, planner, specs, numRuns } of kinds) {
  test(`${kind}s without errors become objects that the server accepts`, async (t) => {
    const given = fc.record({ spec: specs, settings, objects: configurations, compat: fc.boolean() });
    const objects = new Map<string, JsonObject>();
    const tried = fc.sample(given, runs(numRuns));
    let planned = 0;
    for (const { spec, ...around } of tried) {
      const declaration = declare(kind, spec, { ...around, environment: "prod" });
      const { desired, findings } = planner.plan(declaration, worldOf(declaration, around));
      if (findings.some(({ severity }) => severity === "error")) continue;
      planned++;
      for (const object of desired) objects.set(canonicalJson(object), object);
    }
    const verdicts = await dryRun(plane, [...objects.values()], resources);
    const refused = verdicts.filter(({ accepted }) => !accepted).map(formatVerdict);
    const shown = [...new Set(refused)].slice(0, 40).join("\n");
    assert.equal(refused.length, 0, `${refused.length} of ${objects.size} objects are refused:\n${shown}`);
    assert.ok(planned > tried.length / 2, `only ${planned} of ${tried.length} have no error`);
    t.diagnostic(`${planned} ${kind}s became ${objects.size} objects, all accepted`);
  });
}
