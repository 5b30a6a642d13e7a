import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "../object.ts";
import { parseStream } from "../yaml/parse.ts";
import { applyFunction, applyFunctionToText } from "./apply-function.ts";
import { defineFunction, type FunctionDefinition } from "./define-function.ts";
import { functionCrd } from "./function-crd.ts";
import { resourceListOf } from "./resource-list.ts";
import { runAsMain, type FunctionIo } from "./run-as-main.ts";

type Config = { spec: { replicas: number; only?: string } };

const schema = {
  type: "object",
  required: ["spec"],
  properties: {
    spec: {
      type: "object",
      required: ["replicas"],
      properties: { replicas: { type: "integer", minimum: 1 }, only: { type: "string", default: "Deployment" } },
    },
  },
};

const setReplicas = defineFunction<Config>({
  name: "set-replicas",
  description: "Sets the replicas of Deployments.",
  apiVersion: "example.com/v1",
  kind: "SetReplicas",
  schema,
  run({ config, items, report }) {
    for (const item of items) {
      if (item.kind === config.spec.only) (item["spec"] as JsonObject)["replicas"] = config.spec.replicas;
      if (item.metadata.name === "boom") throw new Error("no way");
      if (item.metadata.name === "odd")
        report({
          severity: "warning",
          message: "odd name",
          object: item,
          field: "metadata.name",
          hint: "choose another",
        });
      if (item.metadata.name === "bad") report({ message: "bad name", object: item, code: "EX1" });
    }
  },
});

const deployment = (name: string): KrmObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: { replicas: 1 },
});
const config: KrmObject = {
  apiVersion: "example.com/v1",
  kind: "SetReplicas",
  metadata: { name: "x" },
  spec: { replicas: 3 },
};

function listText(
  names: readonly string[],
  functionConfig = "{apiVersion: example.com/v1, kind: SetReplicas, spec: {replicas: 3}}",
): string {
  const items = names
    .map(
      (name) =>
        `- apiVersion: apps/v1\n  kind: Deployment\n  metadata:\n    name: ${name} # name\n  spec: {replicas: 1}\n`,
    )
    .join("");
  return `apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:${items === "" ? " []" : ""}\n${items}functionConfig: ${functionConfig}\n`;
}

describe("a function", () => {
  test("changes items in place, with defaults filled into its configuration", async () => {
    const list = resourceListOf(
      [deployment("a"), { apiVersion: "v1", kind: "Service", metadata: { name: "a" } }],
      config,
    );
    const { items, findings } = await applyFunction(setReplicas, list);
    assert.deepEqual(findings, []);
    assert.deepEqual(
      items.map((item) => (item["spec"] as JsonObject | undefined)?.["replicas"]),
      [3, undefined],
    );
    assert.deepEqual(list.items[0]!.object["spec"], { replicas: 1 }, "the list itself is not changed");
    assert.equal(items[1], list.items[1]!.object, "what did not change is the same object");
  });

  test("keeps the comments of the text", async () => {
    const { output, exitCode } = await applyFunctionToText(setReplicas, listText(["a"]));
    assert.equal(exitCode, 0);
    assert.ok(output.includes("    name: a # name\n  spec: {replicas: 3}\n"), output);
  });

  test("may return other items, also later", async () => {
    const generate = defineFunction({ name: "generate", run: async () => [deployment("new")] });
    const { items } = await applyFunction(generate, resourceListOf([deployment("a")]));
    assert.deepEqual(items, [deployment("new")]);
  });

  const failures: [string, string[], string | undefined, [string, number][]][] = [
    ["throws", ["a", "boom"], undefined, [["FL046", 0]]],
    ["reports an error", ["a", "bad"], undefined, [["EX1", 9]]],
    [
      "gets a configuration that breaks the schema",
      ["a"],
      "{apiVersion: example.com/v1, kind: SetReplicas, spec: {replicas: '3', onyl: x}}",
      [
        ["FL051", 9],
        ["FL050", 9],
      ],
    ],
    ["gets a configuration of another kind", ["a"], "{apiVersion: example.com/v1, kind: SetReplica}", [["FL043", 9]]],
    ["gets no configuration", ["a"], "null", [["FL042", 0]]],
  ];
  for (const [what, names, functionConfig, expected] of failures) {
    test(`passes the items on as they came when it ${what}, and fails`, async () => {
      const text = listText(names, functionConfig);
      const { output, findings, exitCode } = await applyFunctionToText(setReplicas, text);
      assert.equal(exitCode, 1);
      assert.deepEqual(
        findings.map(({ code }) => code),
        expected.map(([code]) => code),
      );
      const before = parseStream(text).documents[0]!.value as JsonObject;
      const after = parseStream(output).documents[0]!.value as JsonObject;
      assert.deepEqual(after["items"], before["items"]);
      assert.deepEqual(
        (after["results"] as JsonObject[]).map((result) => result["severity"]),
        expected.map(() => "error"),
      );
      assert.doesNotMatch(output, /\bat .*\.ts/, "no stack trace");
      for (const [index, [, line]] of expected.entries())
        if (line > 0 && names.length === 1) assert.equal(findings[index]!.line, line);
    });
  }

  test("succeeds with a warning, which names object, field and place", async () => {
    const { output, exitCode, findings } = await applyFunctionToText(setReplicas, listText(["odd"]));
    assert.equal(exitCode, 0);
    assert.deepEqual(
      findings.map(({ code, line, column }) => [code, line, column]),
      [["FL048", 7, 11]],
    );
    const [result] = (parseStream(output).documents[0]!.value as { results: JsonObject[] }).results;
    assert.deepEqual([result!["message"], result!["field"]], ["odd name — choose another", { path: "metadata.name" }]);
  });

  test("that returns nonsense changes nothing", async () => {
    const nonsense = [
      { name: "x", run: () => [{}] },
      { name: "x", run: () => 3 },
    ] as unknown as FunctionDefinition[];
    for (const definition of nonsense) {
      const { items, findings } = await applyFunction(definition, resourceListOf([deployment("a")]));
      assert.deepEqual([items, findings.map(({ code }) => code)], [[deployment("a")], ["FL047"]]);
    }
  });

  test("describes its configuration as a CustomResourceDefinition", () => {
    const crd = functionCrd(setReplicas) as {
      metadata: JsonObject;
      spec: { names: JsonObject };
    };
    assert.equal(crd.metadata["name"], "setreplicas.example.com");
    assert.equal(functionCrd({ name: "x", run: () => {} }), undefined);
  });
});

describe("the command line of a function", () => {
  async function run(args: readonly string[], input = "", more: Partial<FunctionIo> = {}) {
    const written = { stdout: "", stderr: "", code: -1 };
    async function* stdin(): AsyncGenerator<Uint8Array> {
      yield Buffer.from(input);
    }
    await runAsMain(setReplicas, {
      args,
      stdin: stdin(),
      stdout: { write: (text) => (written.stdout += text) },
      stderr: { write: (text) => (written.stderr += text) },
      env: {},
      setExitCode: (code) => (written.code = code),
      ...more,
    });
    return written;
  }

  test("turns a ResourceList into a ResourceList", async () => {
    const { stdout, stderr, code } = await run([], listText(["a"]));
    assert.deepEqual([stderr, code], ["", 0]);
    assert.ok(stdout.startsWith("apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n"));
  });

  test("writes a ResourceList even for input that is none", async () => {
    for (const input of ["", "x", "a: [", "\u0000", "kind: ConfigMap\napiVersion: v1\n"]) {
      const { stdout, stderr, code } = await run([], input);
      assert.equal(code, 1);
      const value = parseStream(stdout).documents[0]!.value as { items: unknown; results: unknown[] };
      assert.deepEqual(value.items, []);
      assert.ok(value.results.length > 0);
      assert.match(stderr, /error FL0/);
    }
  });

  test("shows errors with a code frame on standard error, coloured only on a terminal", async () => {
    const text = listText(["bad"]);
    const plain = await run([], text);
    assert.match(plain.stderr, /> 4 \| - apiVersion: apps\/v1/);
    assert.match(plain.stderr, /^1 error$/m);
    assert.ok(!plain.stderr.includes("\u001b"));
    const terminal = (env: Record<string, string>) => {
      let stderr = "";
      return run([], text, { env, stderr: { write: (more) => (stderr += more), isTTY: true } }).then(() => stderr);
    };
    assert.ok((await terminal({})).includes("\u001b[31m"));
    assert.ok(!(await terminal({ NO_COLOR: "1" })).includes("\u001b"));
  });

  test("prints help, schema and definition", async () => {
    assert.match((await run(["--help"])).stdout, /^Usage: set-replicas .*\n[^]*Sets the replicas/);
    assert.deepEqual((JSON.parse((await run(["--schema"])).stdout) as JsonObject)["required"], ["spec"]);
    assert.match((await run(["--crd"])).stdout, /kind: CustomResourceDefinition/);
  });

  test("says how it is used when it is misused", async () => {
    for (const [args, more] of [
      [["--nonsense"], {}],
      [["--help", "x"], {}],
    ] as const) {
      const { stdout, stderr, code } = await run(args, "", more);
      assert.deepEqual([stdout, code], ["", 2]);
      assert.match(stderr, /^Usage: /m);
    }
    const stdin = Object.assign((async function* () {})(), { isTTY: true });
    assert.equal((await run([], "", { stdin })).code, 2);
  });

  test("names a file that cannot be read", async () => {
    const { stdout, stderr, code } = await run(["/nowhere/config.yaml"]);
    assert.deepEqual([stdout, code], ["", 1]);
    assert.match(stderr, /\/nowhere\/config\.yaml: error FL001/);
  });
});
