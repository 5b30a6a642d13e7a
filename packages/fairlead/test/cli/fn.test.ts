import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { parseStream } from "@fairlead/krm";
import { fairlead, inFolder } from "../support/cli.ts";

const settings = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n";
const deployment = (name: string) =>
  `kind: LummoDeployment\nspec:\n  app: ${name}\n  containers: [{name: ${name}, image: "example/${name}:1"}]\n`;

/** Runs `fairlead fn config.yaml input.yaml`. */
function standalone(config: string, input: string) {
  return inFolder(async (folder) => {
    writeFileSync(path.join(folder, "config.yaml"), config);
    writeFileSync(path.join(folder, "input.yaml"), input);
    return fairlead(["fn", "config.yaml", "input.yaml"], { cwd: folder });
  });
}

const list = (...items: string[]) =>
  `apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems:\n${items.map((item) => `- ${item.trimEnd().replaceAll("\n", "\n  ")}\n`).join("")}`;

const kindsOf = (text: string) => parseStream(text).documents.map(({ value }) => (value as { kind: string }).kind);

describe("objects of krm-functions without apiVersion", () => {
  test("are compiled from files as render compiles them", async () => {
    const { code, stdout, stderr } = await standalone(settings, deployment("web"));
    assert.equal(code, 0, stderr);
    const rendered = await fairlead(["render", "-f", "-"], { stdin: deployment("web") });
    assert.deepEqual(kindsOf(stdout), ["LummoDeployment", ...kindsOf(rendered.stdout)]);
    assert.ok(kindsOf(stdout).includes("Deployment"), stdout);
  });

  test("are compiled from a ResourceList, and marked as configuration although they have no metadata", async () => {
    const { code, stdout, stderr } = await fairlead(["fn"], { stdin: list(deployment("web")) });
    assert.equal(code, 0, stderr);
    assert.match(stdout, /kind: Deployment/);
    assert.match(stdout, /config\.kubernetes\.io\/local-config: "true"/);
  });

  test("are compiled as the functionConfig", async () => {
    const { code, stdout, stderr } = await standalone(deployment("web"), settings);
    assert.equal(code, 0, stderr);
    assert.ok(kindsOf(stdout).includes("Deployment"), stdout);
  });
});

describe("other objects that lack what tells what they are", () => {
  for (const [what, text, code] of [
    ["a kind of ours without apiVersion", "kind: App\nmetadata: {name: x}\n", "FL103"],
    ["a kind of others without apiVersion", "kind: Whatever\nmetadata: {name: x}\n", "FL101"],
    ["an object without kind", "apiVersion: v1\nmetadata: {name: x}\n", "FL041"],
    ["a list", "[1, 2]\n", "FL041"],
  ] as const) {
    test(`are an error with their place: ${what}`, async () => {
      const files = await standalone(settings, text);
      assert.deepEqual([files.code, files.stdout], [1, ""]);
      assert.match(files.stderr, new RegExp(`input\\.yaml:1:1: error ${code}`));
      const items = await fairlead(["fn"], { stdin: list(text) });
      assert.equal(items.code, 1);
      assert.match(items.stderr, new RegExp(`stdin:4:\\d+: error ${code}`));
    });
  }
});
