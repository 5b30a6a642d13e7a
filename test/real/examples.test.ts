import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { readAccess } from "../../scripts/real/access.ts";
import { discover } from "../../scripts/real/discovery.ts";
import { dryRun, formatVerdict, type Verdict } from "../../scripts/real/dry-run.ts";
import {
  exampleFolders,
  goldenFiles,
  meshFolders,
  plannedObjects,
  readGolden,
  recordedObjects,
  renderFolder,
} from "../../scripts/real/rendered.ts";
import { isVendored } from "./manifests.ts";

const { plane, programs, absentGroups } = readAccess();
const oracle = programs["yaml-oracle"];
const resources = await discover(plane);

/** Fields that a unit test passes through and that only a newer Kubernetes knows; ours is the newer one. */
function newerFields({ reason }: Verdict): string[] {
  if (isVendored(plane) || !reason.includes("strict decoding error")) return [];
  return [...reason.matchAll(/unknown field "([^"]+)"/g)].map((match) => match[1]!);
}

/** Every object is accepted, except that kinds whose CRDs are in no registry and not at hand are only reported. */
async function assertAccepted(
  t: TestContext,
  objects: readonly JsonObject[],
  isExcused: (verdict: Verdict) => boolean = () => false,
): Promise<void> {
  assert.ok(objects.length > 0, "nothing was rendered");
  const verdicts = await dryRun(plane, objects, resources);
  const unjudged = verdicts.filter(({ known, object }) => !known && absentGroups.includes(groupOf(object)));
  if (unjudged.length > 0) {
    const kinds = [...new Set(unjudged.map(({ object }) => `${String(object["kind"])} of ${groupOf(object)}`))];
    t.diagnostic(`not checked, for want of the CRD: ${kinds.join(", ")}`);
  }
  const refused = verdicts
    .filter((one) => !one.accepted && !unjudged.includes(one) && !isExcused(one))
    .map(formatVerdict);
  const shown = [...new Set(refused)].slice(0, 40).join("\n");
  assert.equal(refused.length, 0, `${refused.length} of ${objects.length} objects are refused:\n${shown}`);
}

function groupOf(object: JsonObject): string {
  const version = String(object["apiVersion"]);
  return version.includes("/") ? version.slice(0, version.indexOf("/")) : "";
}

test("there are examples", () => assert.ok(exampleFolders().length > 0));

for (const folder of exampleFolders()) {
  test(`what ${folder} becomes is accepted`, async (t) => {
    await assertAccepted(t, await renderFolder(oracle, folder));
  });
}

for (const folder of meshFolders()) {
  test(`what the mesh writes for ${folder} is accepted`, async (t) => {
    await assertAccepted(t, await plannedObjects(folder));
  });
}

for (const file of goldenFiles()) {
  test(`${file} is accepted`, async (t) => {
    await assertAccepted(t, await readGolden(oracle, file));
  });
}

test("whatever the unit tests rendered is accepted", async (t) => {
  const objects = recordedObjects();
  if (objects === undefined) return t.diagnostic("not checked: FAIRLEAD_RENDERED names no folder");
  const newer = new Set<string>();
  await assertAccepted(t, objects, (verdict) => {
    const fields = newerFields(verdict);
    for (const field of fields) newer.add(field);
    return fields.length > 0;
  });
  if (newer.size > 0)
    t.diagnostic(`passed through, and unknown to Kubernetes ${plane.kubernetes}: ${[...newer].join(", ")}`);
  t.diagnostic(`${objects.length} objects of unit tests were accepted`);
});
