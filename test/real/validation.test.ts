import assert from "node:assert/strict";
import { test } from "node:test";
import {
  formatProblem,
  kubernetesVersion,
  schemaForKind,
  validate,
  valueAt,
  type JsonObject,
  type Problem,
  type Schema,
} from "@fairlead/apimachinery";
import { readAccess } from "../../scripts/real/access.ts";
import { discover } from "../../scripts/real/discovery.ts";
import { dryRun, type Verdict } from "../../scripts/real/dry-run.ts";
import { request } from "../../scripts/real/request.ts";
import { builtinFiles, corpusManifests, isVendored, ownManifests } from "./manifests.ts";
import { mutations, type Mutation } from "./mutate.ts";

const { plane } = readAccess();
const resources = await discover(plane);

/** What our validator says of an object of a built-in kind; undefined for other kinds. */
function problems(object: JsonObject): Problem[] | undefined {
  const schema = schemaForKind(String(object["apiVersion"]), String(object["kind"]));
  return schema === undefined ? undefined : validate(object, schema).filter((one) => one.tolerated !== true);
}

/**
 * What Go decodes although the published schema forbids it, each a mistake that somebody wants to hear of: an empty
 * string where one of several words belongs, null as an item of a list, a missing list that is required, `[]` for bytes.
 */
function isLenientGo(object: JsonObject, { kind, path }: Problem): boolean {
  const value = valueAt(object, path);
  if (kind === "enum") return value === "";
  if (kind === "type") return value === null || (Array.isArray(value) && value.length === 0);
  return kind === "required";
}

test("finds nothing wrong with manifests that the server accepts", async (t) => {
  const corpus = corpusManifests();
  if (corpus === undefined) t.diagnostic("the corpus is absent: set FAIRLEAD_CORPUS to check it");
  const wrong = [...ownManifests(...builtinFiles(plane)), ...(corpus ?? [])].flatMap(({ name, object }) => {
    const found = problems(object);
    return found === undefined || found.length === 0 ? [] : [`${name}: ${found.map(formatProblem).join("; ")}`];
  });
  assert.deepEqual(wrong, []);
});

const notVendored = `not compared: our schemas are those of Kubernetes ${kubernetesVersion}`;

/** The server could not decode the object: the kind of mistake that a schema can tell. */
function undecodable({ status, reason }: Verdict): boolean {
  return status === 400 && /cannot be handled as|strict decoding error|unable to decode/.test(reason);
}

for (const file of builtinFiles(plane)) {
  test(`finds the mistakes in ${file} that the server cannot decode, and no others that it accepts`, async (t) => {
    if (!isVendored(plane)) return t.diagnostic(notVendored);
    const cases: Mutation[] = ownManifests(file)
      .filter(({ object }) => problems(object) !== undefined)
      .flatMap(({ name, object }) =>
        [...mutations(object)].map((one) => ({ object: one.object, what: `${name}: ${one.what}` })),
      );
    assert.ok(cases.length > 50);
    const verdicts = await dryRun(
      plane,
      cases.map((one) => one.object),
      resources,
    );
    const differences = verdicts.flatMap((verdict, index) => {
      const found = problems(verdict.object)!;
      const { what } = cases[index]!;
      if (undecodable(verdict) && found.length === 0) return [`${what}: nothing found, server: ${verdict.reason}`];
      const strict = found.filter((one) => !isLenientGo(verdict.object, one));
      if (verdict.accepted && strict.length > 0)
        return [`${what}: accepted, found ${strict.map(formatProblem).join("; ")}`];
      return [];
    });
    const shown = differences.slice(0, 25).join("\n");
    assert.equal(differences.length, 0, `${differences.length} of ${cases.length} are judged differently:\n${shown}`);
  });
}

/** The schemas of the custom kinds in custom.yaml, from the server itself, by apiVersion and kind. */
async function customSchemas(): Promise<Map<string, Schema>> {
  const { text } = await request(plane, { path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions" });
  const schemas = new Map<string, Schema>();
  for (const crd of (JSON.parse(text) as { items: Crd[] }).items) {
    for (const version of crd.spec.versions) {
      const schema = version.schema?.openAPIV3Schema;
      if (schema !== undefined) schemas.set(`${crd.spec.group}/${version.name} ${crd.spec.names.kind}`, schema);
    }
  }
  return schemas;
}

interface Crd {
  readonly spec: {
    readonly group: string;
    readonly names: { readonly kind: string };
    readonly versions: readonly { readonly name: string; readonly schema?: { readonly openAPIV3Schema?: Schema } }[];
  };
}

/** What a structural schema forbids, as opposed to CEL rules and the checks of names. */
const structural =
  /unknown field|must be of type|Required value|Unsupported value|should match|should be (at|greater|less)|Too (long|many|few|short)|Duplicate value/;

test("judges custom resources as the server does by their CRDs", async () => {
  const schemas = await customSchemas();
  const cases = ownManifests("custom.yaml").flatMap(({ name, object }) => {
    const schema = schemas.get(`${String(object["apiVersion"])} ${String(object["kind"])}`);
    assert.ok(schema !== undefined, name);
    return [...mutations(object)]
      .filter(({ what }) => !what.startsWith("metadata"))
      .map((one) => ({ ...one, schema, what: `${name}: ${one.what}` }));
  });
  const verdicts = await dryRun(
    plane,
    cases.map((one) => one.object),
    resources,
  );
  const differences = verdicts.flatMap((verdict, index) => {
    const { schema, what } = cases[index]!;
    const found = validate(verdict.object, schema, { resource: true });
    if (verdict.accepted && found.length > 0)
      return [`${what}: accepted, found ${found.map(formatProblem).join("; ")}`];
    if (!verdict.accepted && found.length === 0 && structural.test(verdict.reason)) {
      return [`${what}: nothing found, server: ${verdict.reason}`];
    }
    return [];
  });
  const shown = differences.slice(0, 25).join("\n");
  assert.equal(differences.length, 0, `${differences.length} of ${cases.length} are judged differently:\n${shown}`);
});
