import assert from "node:assert/strict";
import { globSync } from "node:fs";
import path from "node:path";
import { before, test } from "node:test";
import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { compileText } from "../../packages/fairlead/src/compile/text.ts";
import { apiVersion, isKindName, kindNames, loadKind } from "../../packages/fairlead/src/kinds/load.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { repositoryRoot } from "../../scripts/real/corpus.ts";
import { discover, type Resource } from "../../scripts/real/discovery.ts";
import { dryRun, formatVerdict, type Verdict } from "../../scripts/real/dry-run.ts";
import { execute, type Execution } from "../../scripts/real/execute.ts";
import { installCrds } from "../../scripts/real/install-crds.ts";
import { parseNumbers, readAsKubectl } from "../../scripts/real/read-yaml.ts";
import { request } from "../../scripts/real/request.ts";
import { until } from "../../scripts/real/until.ts";
import { readManifests, type Manifest } from "./manifests.ts";
import { mutations } from "./mutate.ts";

const { plane, programs } = readAccess();

/** The most that client-side `kubectl apply` can put into its annotation. */
const mostAnnotation = 262_144;

async function printCrds(): Promise<string> {
  const main = path.join(repositoryRoot, "packages", "fairlead", "src", "main.ts");
  const options = ["--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning"];
  const { status, stdout, stderr } = await execute(process.execPath, [...options, main, "schema", "--format", "crd"]);
  assert.equal(status, 0, stderr);
  return stdout;
}

function apply(crds: string): Promise<Execution> {
  return execute(programs.kubectl, ["--kubeconfig", plane.kubeconfig, "apply", "-f", "-"], { input: crds });
}

let crds = "";
let documents: JsonObject[] = [];
let resources: readonly Resource[] = [];

before(async () => {
  crds = await printCrds();
  const [reading] = await readAsKubectl(programs["yaml-oracle"], [crds]);
  documents = (reading?.documents ?? []).map((text) => parseNumbers(text, Number)).filter(isObject);
});

test("the CRDs of all kinds are accepted by client-side kubectl apply", async () => {
  assert.equal(documents.length, kindNames.length);
  const first = await apply(crds);
  assert.equal(first.status, 0, first.stderr);
});

test("applying the CRDs again changes nothing", async () => {
  const again = await apply(crds);
  assert.equal(again.status, 0, again.stderr);
  const changed = again.stdout.split("\n").filter((line) => line !== "" && !line.endsWith(" unchanged"));
  assert.deepEqual(changed, []);
});

test("the server serves every kind, by schemas that are structural", async () => {
  resources = await installCrds(plane, documents);
  for (const name of kindNames) {
    const { plural } = await loadKind(name);
    const answer = await request(plane, {
      path: `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${plural}.fairlead.dev`,
    });
    const { status } = JSON.parse(answer.text) as { status: { conditions: { type: string; status: string }[] } };
    const bad = status.conditions.filter((one) => one.type === "NonStructuralSchema" || one.status !== "True");
    assert.deepEqual(bad, [], name);
  }
});

test("each CRD leaves room in the annotation of client-side kubectl apply", () => {
  for (const crd of documents) {
    const size = Buffer.byteLength(JSON.stringify(crd));
    assert.ok(size < mostAnnotation, `${JSON.stringify(crd["metadata"])}: ${size} bytes`);
  }
});

test("kubectl explains a field of ours", async () => {
  const parameters = ["--kubeconfig", plane.kubeconfig, "explain", "apps.fairlead.dev.spec.containers", "--recursive"];
  // A kind's schema is published a while after its objects are served.
  const stdout = await until("the schema to be published", async () => {
    const explained = await execute(programs.kubectl, parameters);
    if (explained.status !== 0) assert.match(explained.stderr, /couldn't find resource/);
    return explained.status === 0 && explained.stdout;
  });
  assert.match(stdout, /image\s+<string>/);
});

/** The declarations of the examples, which touch every kind. */
function declarations(): Manifest[] {
  const files = globSync("examples/**/*.yaml", { cwd: repositoryRoot }).sort();
  return files
    .flatMap((file) => readManifests(path.join(repositoryRoot, file)))
    .filter(({ object }) => object["apiVersion"] === apiVersion && isKindName(String(object["kind"])));
}

test("the declarations of the examples are accepted", async () => {
  const verdicts = await dryRun(
    plane,
    declarations().map(({ object }) => object),
    resources.length > 0 ? resources : await discover(plane),
  );
  assert.ok(verdicts.length > 0);
  assert.deepEqual(verdicts.filter((one) => !one.accepted).map(formatVerdict), []);
});

/** `cpu: 0.5` is a quantity to Kubernetes, but the schema of a custom kind cannot say so: it knows no fractions. */
function isFraction({ reason }: Verdict): boolean {
  return /^[^[]*\[?[^ ]+: Invalid value: "number": [^ ]+ in body must be of type integer,string: "number"/.test(reason);
}

/** A base is judged where something extends it, and whoever extends one when the two are put together. */
function isPart(object: JsonObject): boolean {
  return get(object["spec"], "abstract") === true || get(object["spec"], "extends") !== undefined;
}

test("what the server refuses of a changed declaration, Fairlead refuses too", async (t) => {
  const whole = declarations().filter(({ object }) => !isPart(object));
  const cases = whole.flatMap(({ name, object }) =>
    [...mutations(object)].map((one) => ({ ...one, what: `${name}: ${one.what}` })),
  );
  const verdicts = await dryRun(
    plane,
    cases.map((one) => one.object),
  );
  const missed: string[] = [];
  let stricter = 0;
  for (const [index, verdict] of verdicts.entries()) {
    const { findings } = await compileText([{ name: "changed.json", text: JSON.stringify(verdict.object) }]);
    const refused = findings.some(({ severity }) => severity === "error");
    if (!verdict.accepted && !refused && !isFraction(verdict)) missed.push(`${cases[index]!.what}: ${verdict.reason}`);
    if (verdict.accepted && refused) stricter++;
  }
  t.diagnostic(`${cases.length} changed declarations; Fairlead refuses ${stricter} more than the CRDs can tell`);
  assert.equal(missed.length, 0, `${missed.length} of ${cases.length} are missed:\n${missed.slice(0, 30).join("\n")}`);
});
