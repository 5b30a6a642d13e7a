import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import { defaultObject, schemaForKind, validate, type JsonObject } from "@fairlead/apimachinery";
import { readAccess } from "../../scripts/real/access.ts";
import { discover } from "../../scripts/real/discovery.ts";
import { dryRun, formatVerdict } from "../../scripts/real/dry-run.ts";
import { builtinFiles, corpusManifests, ownManifests, type Manifest } from "./manifests.ts";
import { mutations } from "./mutate.ts";
import { differences, withoutAllocation } from "./normalize.ts";

const { plane } = readAccess();
const resources = await discover(plane);

function isBuiltin({ object }: Manifest): boolean {
  return schemaForKind(String(object["apiVersion"]), String(object["kind"])) !== undefined;
}

function isFaulty(object: JsonObject): boolean {
  return validate(object, schemaForKind(String(object["apiVersion"]), String(object["kind"]))!).length > 0;
}

/** Ours on the left of each difference, the server's on the right. */
async function assertDefaulted(manifests: readonly Manifest[]): Promise<void> {
  assert.ok(manifests.length > 0);
  const verdicts = await dryRun(
    plane,
    manifests.map((one) => one.object),
    resources,
  );
  const found = verdicts.flatMap((verdict, index) => {
    const { name, object } = manifests[index]!;
    if (!verdict.accepted) return [`${name}: ${formatVerdict(verdict)}`];
    const server = withoutAllocation(verdict.answer, object);
    return differences(withoutAllocation(defaultObject(object), object), server).map((one) => `${name}: ${one}`);
  });
  assert.deepEqual(found, []);
}

for (const file of builtinFiles(plane)) {
  test(`defaults the objects of ${file} as the server does`, () =>
    assertDefaulted(ownManifests(file).filter(isBuiltin)));
}

test("defaults other people's manifests as the server does", async (t: TestContext) => {
  const corpus = corpusManifests();
  if (corpus === undefined) return t.diagnostic("the corpus is absent: set FAIRLEAD_CORPUS to check it");
  await assertDefaulted(corpus.filter(isBuiltin));
});

for (const file of builtinFiles(plane)) {
  test(`defaults whatever the server accepts of the changed objects of ${file} as the server does`, async () => {
    const cases = ownManifests(file)
      .filter(isBuiltin)
      .flatMap(({ name, object }) => [...mutations(object)].map((one) => ({ ...one, what: `${name}: ${one.what}` })));
    const verdicts = await dryRun(
      plane,
      cases.map((one) => one.object),
      resources,
    );
    assert.ok(verdicts.filter((one) => one.accepted).length > 0);
    const found = verdicts.flatMap((verdict, index) => {
      const { object, what } = cases[index]!;
      // What the validator refuses although Go is lenient never comes this far.
      if (!verdict.accepted || isFaulty(object)) return [];
      const server = withoutAllocation(verdict.answer, object);
      return differences(withoutAllocation(defaultObject(object), object), server).map((one) => `${what}: ${one}`);
    });
    assert.equal(found.length, 0, `${found.length} differences:\n${found.slice(0, 40).join("\n")}`);
  });
}

test("finds nothing to default in what the server has defaulted", async () => {
  const manifests = ownManifests(...builtinFiles(plane)).filter(isBuiltin);
  const verdicts = await dryRun(
    plane,
    manifests.map((one) => one.object),
    resources,
  );
  const found = verdicts.flatMap(({ answer }, index) =>
    differences(defaultObject(answer), answer).map((one) => `${manifests[index]!.name}: ${one}`),
  );
  assert.deepEqual(found, []);
});

test("defaulting twice is defaulting once", () => {
  for (const { name, object } of ownManifests(...builtinFiles(plane), "custom.yaml")) {
    const once = defaultObject(object);
    assert.deepEqual(defaultObject(once), once, name);
  }
});
