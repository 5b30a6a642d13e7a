/** What a fleet becomes: the server accepts each planned object by Istio's schemas and their rules. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson, type JsonObject } from "@fairlead/apimachinery";
import { fleets, meshSettings } from "../../packages/fairlead/test/mesh/arbitraries.ts";
import { scenarios } from "../../packages/fairlead/test/mesh/scenarios.ts";
import { plansOf, world } from "../../packages/fairlead/test/mesh/world.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { discover } from "../../scripts/real/discovery.ts";
import { dryRun, formatVerdict } from "../../scripts/real/dry-run.ts";
import { runs } from "../../scripts/runs.ts";

const { plane } = readAccess();
const resources = await discover(plane);

async function accepted(objects: readonly JsonObject[]): Promise<number> {
  const unique = [...new Map(objects.map((object) => [canonicalJson(object), object])).values()];
  const verdicts = await dryRun(plane, unique, resources);
  const refused = verdicts.filter((verdict) => !verdict.accepted).map(formatVerdict);
  const shown = [...new Set(refused)].slice(0, 40).join("\n");
  assert.equal(refused.length, 0, `${refused.length} of ${unique.length} objects are refused:\n${shown}`);
  return unique.length;
}

function objectsOf(...[settings, changes]: Parameters<typeof world>): readonly JsonObject[] {
  const plans = [...plansOf(world(settings, changes)).values()];
  return plans.flatMap(({ clusters }) => clusters.flatMap(({ desired }) => desired));
}

for (const { name, settings, changes } of scenarios) {
  test(`accepts what is planned: ${name}`, async (t) => {
    const objects = objectsOf(settings, changes);
    assert.ok(objects.length > 0);
    t.diagnostic(`${await accepted(objects)} objects`);
  });
}

test("accepts what any fleet becomes", async (t) => {
  const { numRuns } = runs(150);
  const samples = fc.sample(fc.record({ changes: fleets, settings: meshSettings }), { numRuns, seed: 806 });
  const objects = samples.flatMap(({ changes, settings }) => objectsOf(settings, changes));
  assert.ok(objects.length > numRuns);
  t.diagnostic(`${await accepted(objects)} objects of ${numRuns} fleets`);
});
