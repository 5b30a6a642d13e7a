import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { root, sources } from "./sources.ts";

/** Lines a file may have; tables of tests may be longer. */
const limit = { source: 400, test: 600 };

test("files stay small enough to read at one go", () => {
  const isTest = (file: string): boolean => file.endsWith(".test.ts") || /(^|\/)test\//.test(file);
  const long = sources().filter(
    ({ file, text }) => text.split("\n").length > (isTest(file) ? limit.test : limit.source),
  );
  assert.deepEqual(
    long.map(({ file }) => file),
    [],
  );
});

test("nothing is left for later in the sources", () => {
  const marks = /\b(TO{1}DO|FIX{1}ME|XX{2})\b/;
  assert.deepEqual(
    sources()
      .filter(({ text }) => marks.test(text))
      .map(({ file }) => file),
    [],
  );
});

test("no test is skipped or singled out", () => {
  const marks = /\b(?:test|it|describe|suite)\.(?:skip|only|todo)\b|\{ *(?:skip|only|todo): *true/;
  const own = path.relative(root, import.meta.filename);
  const marked = sources().filter(({ file, text }) => file.endsWith(".test.ts") && file !== own && marks.test(text));
  assert.deepEqual(
    marked.map(({ file }) => file),
    [],
  );
});

test("every script of package.json runs through with-node and exists", () => {
  const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    scripts: { [name: string]: string };
  };
  for (const [name, command] of Object.entries(scripts)) {
    const [node, wrapper, target] = command.split(" ");
    assert.deepEqual([node, wrapper], ["node", "scripts/with-node.mjs"], name);
    assert.ok(existsSync(path.join(root, target!)), `${name}: ${target} does not exist`);
  }
});

test("links between the documents lead somewhere", () => {
  const documents = globSync(["*.md", "docs/**/*.md", "packages/*/*.md", "examples/**/*.md", "deploy/**/*.md"], {
    cwd: root,
  });
  const dead = documents.flatMap((file) => {
    // Code blocks show text, not links.
    const text = readFileSync(path.join(root, file), "utf8")
      .replace(/^```[^]*?^```/gm, "")
      .replace(/`[^`\n]*`/g, "");
    return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
      .map((match) => match[1]!.split("#")[0]!)
      .filter((target) => target !== "" && !/^[a-z]+:/.test(target))
      .filter((target) => !existsSync(path.resolve(root, path.dirname(file), target)))
      .map((target) => `${file} → ${target}`);
  });
  assert.deepEqual(dead, []);
});

test("every decision stands in the list of decisions", () => {
  const list = readFileSync(path.join(root, "docs/decisions/README.md"), "utf8");
  const files = globSync("docs/decisions/*.md", { cwd: root }).map((file) => path.basename(file));
  assert.deepEqual(
    files.filter((file) => file !== "README.md" && !list.includes(`(${file})`)),
    [],
  );
});
