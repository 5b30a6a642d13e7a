import assert from "node:assert/strict";
import { globSync, readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fairlead } from "../support/cli.ts";
import { exampleFolders, markdownFiles, read, root } from "./support/repository.ts";

/** Larger ones that show how everything fits together. */
const large = ["examples/shop", "examples/krm-function"];

for (const folder of exampleFolders()) {
  test(`${folder} renders without an error or a warning`, async () => {
    const { code, stdout, stderr } = await fairlead(["render", "-f", folder], { cwd: root });
    assert.equal(code, 0, stderr);
    assert.doesNotMatch(stderr, /: (error|warning) FL/);
    assert.match(stdout, /fairlead\.dev\/owner/);
  });
}

test("every example is mentioned in the documentation", () => {
  const pages = markdownFiles().filter((file) => file === "README.md" || file.startsWith("docs/"));
  const text = pages.map(read).join("\n");
  const folders = readdirSync(path.join(root, "examples"), { withFileTypes: true }).filter((one) => one.isDirectory());
  const silent = folders.map(({ name }) => `examples/${name}`).filter((name) => !new RegExp(`${name}\\b`).test(text));
  assert.ok(folders.length > 5);
  assert.deepEqual(silent, []);
});

test("examples are short enough to read", () => {
  const files = globSync("examples/**/*.yaml", { cwd: root, exclude: ["**/node_modules/**"] });
  const long = files.filter(
    (file) => !large.some((folder) => file.startsWith(`${folder}/`)) && read(file).split("\n").length > 60,
  );
  assert.deepEqual(long, []);
});
