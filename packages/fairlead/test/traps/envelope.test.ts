/** What users of krm-functions tripped on around its objects: the ResourceList, its configuration, what came back. */
import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";
import { parseStream } from "@fairlead/krm";
import { fairlead, inFolder } from "../support/cli.ts";

interface Result {
  readonly message: string;
  readonly severity: string;
  readonly resourceRef?: { readonly name: string };
  readonly field?: { readonly path: string };
}
interface List {
  readonly kind: string;
  readonly items: readonly { readonly kind: string; readonly metadata: { readonly name: string } }[];
  readonly results?: readonly Result[];
}

const configMap = "{apiVersion: v1, kind: ConfigMap, metadata: {name: kept}}";
const list = (config: string, items = configMap) =>
  `apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n${config}items:\n- ${items}\n`;
const job = (name: string, more = "") =>
  `functionConfig:\n  apiVersion: lummoKRM/v1\n  kind: LummoJob\n  metadata: {name: x}\n  spec:\n    app: ${name}\n    containers: [{name: ${name}, image: "x:1"}]\n${more}`;

async function run(stdin: string) {
  const { code, stdout, stderr } = await fairlead(["fn"], { stdin });
  assert.doesNotMatch(stderr, /^\s+at .*:\d+:\d+/m, "a stack trace");
  const [document] = parseStream(stdout).documents;
  const out = document?.value as unknown as List;
  assert.equal(out?.kind, "ResourceList", stdout.slice(0, 300));
  return { code, stderr, items: out.items, results: out.results ?? [] };
}
const names = (items: List["items"]) => items.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort();
const errors = (results: readonly Result[]) => results.filter(({ severity }) => severity === "error");

describe("a ResourceList that made it panic", () => {
  it("is an error with its place: no input, or another object than a ResourceList", async () => {
    for (const stdin of ["", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"]) {
      const { code, stderr, items, results } = await run(stdin);
      assert.equal(code, 1);
      assert.deepEqual(items, []);
      assert.equal(errors(results).length, 1);
      assert.match(stderr, /stdin:1:1: error FL\d{3}/);
    }
  });

  it("needs no functionConfig: the items are enough", async () => {
    const { code, items } = await run(
      list(
        "",
        '{apiVersion: LummoKRM, kind: LummoJob, metadata: {name: x}, spec: {app: once, containers: [{name: once, image: "x:1"}]}}',
      ),
    );
    assert.equal(code, 0);
    assert.ok(names(items).includes("Job once"));
  });

  it("says where the functionConfig is no object", async () => {
    const { code, stderr, items, results } = await run(list("functionConfig: 3\n"));
    assert.equal(code, 1);
    assert.equal(errors(results).length, 1);
    assert.match(stderr, /stdin:3:\d+: error/);
    assert.deepEqual(names(items), ["ConfigMap kept"]);
  });

  it("says where a key is written twice, and both lines", async () => {
    const { code, stderr } = await run(list(job("a", "    app: b\n")));
    assert.equal(code, 1);
    assert.match(stderr, /stdin:10:5: error FL008: .*line 8/);
  });

  it("says where YAML ends too early", async () => {
    const { code, stderr } = await run("foo: [1,\n");
    assert.equal(code, 1);
    assert.match(stderr, /stdin:\d+:\d+: error/);
  });
});

describe("what came back", () => {
  it("has the items that went in, beside what was made", async () => {
    const { code, items, results } = await run(list(job("once")));
    assert.equal(code, 0);
    assert.ok(names(items).includes("ConfigMap kept"));
    assert.ok(names(items).includes("Job once"));
    assert.deepEqual(errors(results), []);
  });

  it("has the items unchanged when there is an error, and says it in results with object and field", async () => {
    const { code, items, results } = await run(list(job("once", "    restartPolicy: Sometimes\n")));
    assert.equal(code, 1);
    assert.deepEqual(names(items), ["ConfigMap kept"]);
    const [error] = errors(results);
    assert.equal(error?.resourceRef?.name, "once");
    assert.equal(error?.field?.path, "spec.restartPolicy");
  });

  it("is an error and not an empty list when the kind is misspelt", async () => {
    const { code, stderr, items } = await run(list(job("once").replace("LummoJob", "LummoJbo")));
    assert.equal(code, 1);
    assert.match(stderr, /LummoJob/);
    assert.deepEqual(names(items), ["ConfigMap kept"]);
  });

  it("says each problem once, on a line of its own", async () => {
    const { stderr } = await run(list(job("once", "    restartPolicy: Sometimes\n    scalling: {}\n")));
    const lines = stderr.split("\n").filter((line) => line.includes(": error "));
    assert.equal(lines.length, 2);
    assert.ok(lines.every((line) => line.split(": error ").length === 2));
  });
});

describe("a configuration in a file", () => {
  it("may hold several documents, and each is rendered", async () => {
    await inFolder(async (folder) => {
      const cron =
        'apiVersion: lummoKRM/v1\nkind: LummoCron\nmetadata: {name: a}\nspec: {app: nightly, schedule: "0 3 * * *", containers: [{image: "x:1"}]}\n';
      writeFileSync(
        path.join(folder, "job.yaml"),
        `${cron}---\napiVersion: lummoKRM/v1\nkind: LummoJob\nmetadata: {name: a}\nspec: {app: once, containers: [{image: "x:1"}]}\n`,
      );
      const { code, stdout } = await fairlead(["fn", "job.yaml"], { cwd: folder });
      assert.equal(code, 0);
      assert.match(stdout, /kind: CronJob/);
      assert.match(stdout, /kind: Job/);
    });
  });
});
