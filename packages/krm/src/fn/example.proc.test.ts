import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { parseStream } from "../yaml/parse.ts";

const folder = path.join(import.meta.dirname, "../../../../examples/krm-function");

function run(args: readonly string[], input?: string) {
  const node = ["--conditions=@fairlead/source", path.join(folder, "limit-memory.ts")];
  return spawnSync(process.execPath, [...node, ...args], { encoding: "utf8", input: input ?? "", cwd: folder });
}

describe("the example function", () => {
  const list = readFileSync(path.join(folder, "resource-list.yaml"), "utf8");

  test("has 20 lines, and stands in the README as it is", () => {
    const source = readFileSync(path.join(folder, "limit-memory.ts"), "utf8");
    assert.ok(source.trimEnd().split("\n").length <= 20);
    assert.ok(readFileSync(path.join(import.meta.dirname, "../../README.md"), "utf8").includes(source));
  });

  test("sets the limit where it is missing, and keeps comments", () => {
    const { stdout, stderr, status } = run([], list);
    assert.equal(status, 0);
    assert.match(
      stdout,
      /# Two containers; one has a limit\.\n- apiVersion[^]*name: orders # the app\n[^]*memory: 256Mi/,
    );
    assert.match(stdout, /resources: \{limits: \{memory: 64Mi\}\}/);
    assert.match(stderr, /info FL048: orders had no memory limit/);
    assert.deepEqual(parseStream(stdout).findings, []);
  });

  test("explains a wrong configuration and fails", () => {
    const { stdout, stderr, status } = run([], list.replace("256Mi", "lots"));
    assert.equal(status, 1);
    assert.match(stderr, /stdin:24:13: error FL054/);
    assert.ok(!stdout.includes("256Mi"));
  });

  test("works on files, and keeps their comments", () => {
    const { stdout, status } = run(["config.yaml", "input.yaml"]);
    assert.equal(status, 0);
    assert.match(stdout, /^# Two containers[^]*name: orders # the app\n[^]*memory: 256Mi/);
    assert.deepEqual(
      parseStream(stdout).documents.map(({ value }) => (value as { kind: string }).kind),
      ["Deployment", "Service"],
    );
  });
});
