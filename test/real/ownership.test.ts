import assert from "node:assert/strict";
import { test, type TestContext } from "node:test";
import fc from "fast-check";
import {
  builtinKinds,
  fieldSetOf,
  fieldsV1,
  formatDiffPath,
  formatOwnedPath,
  needsApply,
  pathsOf,
  schemaForKind,
  subtractSet,
  typedProblems,
  type JsonObject,
  type JsonValue,
  type Schema,
} from "@fairlead/apimachinery";
import { readAccess } from "../../scripts/real/access.ts";
import { mapBounded } from "../../scripts/real/bounded.ts";
import { discover, resourceOf } from "../../scripts/real/discovery.ts";
import { dryRun } from "../../scripts/real/dry-run.ts";
import { exampleFolders, goldenFiles, readGolden, recordedObjects, renderFolder } from "../../scripts/real/rendered.ts";
import { runs } from "../../scripts/runs.ts";
import { builtinFiles, corpusManifests, isVendored, ownManifests } from "./manifests.ts";
import { mutations } from "./mutate.ts";
import {
  appliedFields,
  objectPath,
  publishedSchemas,
  serverApply,
  type ObjectAnswer,
  type PublishedSchema,
} from "./server-apply.ts";

const { plane, programs } = readAccess();
const oracle = programs["yaml-oracle"];
const resources = await discover(plane);
const published = publishedSchemas(plane);
const manager = "fairlead/ownership";

function label(object: JsonObject): string {
  const { name } = (object["metadata"] ?? {}) as { name?: string };
  return `${String(object["kind"])} ${name ?? ""}`;
}

/** The vendored schema where there is one for this server, and the one that the server publishes. */
async function schemasOf(object: JsonObject): Promise<(PublishedSchema | undefined)[]> {
  const own = await published(object);
  const isBuiltin = schemaForKind(String(object["apiVersion"]), String(object["kind"])) !== undefined;
  return isBuiltin && isVendored(plane) ? [undefined, own] : [own];
}

/** What the server says of a configuration that it cannot merge, without the object that it names. */
const unmergeable = /^failed to create typed patch object \(.*?; .*?\): (.*)$/s;

/** Everything that the server finds in a configuration is found here. */
async function refused(object: JsonObject, answer: ObjectAnswer): Promise<string[]> {
  const message = unmergeable.exec(String(answer.object["message"]))?.[1];
  if (message === undefined) return [];
  const lines = message.startsWith("errors:\n") ? message.split("\n").slice(1) : [message];
  const found: string[] = [];
  for (const schema of await schemasOf(object)) {
    const ours = new Set(typedProblems(object, schema?.schema, schema).map((one) => `${one.path}: ${one.message}`));
    for (const line of lines.map((one) => one.trim())) {
      if (!ours.has(line)) found.push(`${label(object)}: ${answer.status} ${line} / ${[...ours].join("; ")}`);
    }
  }
  return found;
}

interface Outcome {
  readonly accepted: boolean;
  readonly differences: readonly string[];
}

/** A field whose feature gate is off is accepted and forgotten: it is there to be applied for ever. */
function hasForgotten(answer: JsonObject, applied: JsonObject): boolean {
  const names = (object: JsonObject): boolean => JSON.stringify(object).includes('"clusterTrustBundle"');
  return names(applied) && !names(answer);
}

/** Applies as a dry run and compares: what is owned, and that there is nothing to apply afterwards. */
async function compare(object: JsonObject, again: boolean): Promise<Outcome> {
  const path = objectPath(resources, object);
  if (path === undefined) return { accepted: false, differences: [] };
  const answer = await serverApply(plane, path, object, { manager, force: true, dryRun: true });
  if (answer.status >= 300) return { accepted: false, differences: await refused(object, answer) };
  const server = JSON.stringify(appliedFields(answer.object, manager) ?? {});
  const differences: string[] = [];
  for (const schema of await schemasOf(object)) {
    const ours = JSON.stringify(fieldsV1(fieldSetOf(object, schema?.schema, schema)));
    const [problem] = typedProblems(object, schema?.schema, schema);
    if (problem !== undefined) differences.push(`${label(object)} is accepted: ${problem.path}: ${problem.message}`);
    if (ours !== server) differences.push(`${label(object)} owns\n  ${server}\nnot\n  ${ours}`);
    if (!again) continue;
    const need = needsApply(object, answer.object, { manager, ...schema });
    if (need.kind === "different" && !hasForgotten(answer.object, object)) {
      const changes = need.changes.map((one) => `${one.kind} ${formatDiffPath(one.path)} ${JSON.stringify(one)}`);
      differences.push(`${label(object)} would be applied again: ${changes.join(", ")}`);
    }
  }
  return { accepted: true, differences };
}

async function assertSame(t: TestContext, objects: readonly JsonObject[], again = true): Promise<void> {
  // Creates the namespaces that the objects name.
  await dryRun(plane, objects, resources);
  const outcomes = await mapBounded(objects, 12, (object) => compare(object, again));
  const accepted = outcomes.filter((one) => one.accepted).length;
  assert.ok(accepted > 0, "the server has accepted nothing");
  t.diagnostic(`${accepted} of ${objects.length} objects were applied`);
  const found = outcomes.flatMap(({ differences }) => differences);
  assert.equal(found.length, 0, `${found.length} differences:\n${[...new Set(found)].slice(0, 20).join("\n")}`);
}

for (const file of [...builtinFiles(plane), "custom.yaml"]) {
  test(`the objects of ${file} are owned as the server says`, (t) =>
    assertSame(
      t,
      ownManifests(file).map(({ object }) => object),
    ));
}

test("other people's manifests are owned as the server says", async (t) => {
  const corpus = corpusManifests();
  if (corpus === undefined) return t.diagnostic("the corpus is absent: set FAIRLEAD_CORPUS to check it");
  await assertSame(
    t,
    corpus.map(({ object }) => object),
  );
});

test("what the examples become is owned as the server says", async (t) => {
  const folders = await mapBounded(exampleFolders(), 2, (folder) => renderFolder(oracle, folder));
  await assertSame(t, folders.flat());
});

test("what unit tests expect is owned as the server says", async (t) => {
  const files = await mapBounded(goldenFiles(), 2, (file) => readGolden(oracle, file));
  const recorded = recordedObjects();
  if (recorded === undefined) t.diagnostic("without what unit tests rendered: FAIRLEAD_RENDERED names no folder");
  await assertSame(t, [...files.flat(), ...(recorded ?? [])]);
});

for (const file of [...builtinFiles(plane), "custom.yaml"]) {
  test(`whatever is accepted of the changed objects of ${file} is owned as the server says`, (t) => {
    const all = ownManifests(file).flatMap(({ object }) => [...mutations(object)].map((one) => one.object));
    return assertSame(t, fc.sample(fc.constantFrom(...all), runs(400)), false);
  });
}

/** A value with every field that the schema names; items of lists without any but `keys`. */
function sample({ schema, resolve }: PublishedSchema, depth: number, keys: boolean): JsonValue {
  const reference = schema.$ref ?? schema.allOf?.[0]?.$ref;
  const target = reference === undefined ? schema : resolve(reference.slice(reference.lastIndexOf("/") + 1));
  if (target === undefined || depth > 12) return {};
  const inside = (one: Schema): JsonValue => sample({ schema: one, resolve }, depth + 1, keys);
  if (target.type === "array") return keys ? [inside(target.items ?? {})] : [{}];
  if (target.properties !== undefined) {
    return Object.fromEntries(Object.entries(target.properties).map(([name, one]) => [name, inside(one)]));
  }
  const { additionalProperties } = target;
  if (typeof additionalProperties === "object") return { a: inside(additionalProperties) };
  return target.type === "integer" || target.type === "number" ? 1 : target.type === "boolean" ? true : "text";
}

test("every field of every built-in kind is owned by the vendored schema as by the published one", async (t) => {
  if (!isVendored(plane)) return t.diagnostic(`not checked: another release than ${plane.kubernetes} is vendored`);
  const kinds = builtinKinds().filter((one) => resourceOf(resources, one) !== undefined);
  const found: string[] = [];
  for (const { apiVersion, kind } of kinds) {
    const schema = await published({ apiVersion, kind });
    if (schema === undefined) continue;
    for (const keys of [true, false]) {
      const object = { ...(sample(schema, 0, keys) as JsonObject), apiVersion, kind };
      const ours = fieldSetOf(object);
      const theirs = fieldSetOf(object, schema.schema, schema);
      const [more, fewer] = [subtractSet(ours, theirs), subtractSet(theirs, ours)];
      for (const path of pathsOf(more)) found.push(`${apiVersion} ${kind}: here only ${formatOwnedPath(path)}`);
      for (const path of pathsOf(fewer)) found.push(`${apiVersion} ${kind}: published only ${formatOwnedPath(path)}`);
    }
  }
  t.diagnostic(`${kinds.length} kinds`);
  assert.ok(kinds.length > 50);
  assert.deepEqual(found, []);
});
