import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { editDocument } from "./edit.ts";
import { parseStream } from "./parse.ts";
import { print, printStream } from "./print.ts";

/** Manifests of real systems; they are no part of the project. */
const corpus = process.env["FAIRLEAD_CORPUS"] ?? path.join(import.meta.dirname, "../../../../../shared/corpus");
const files = existsSync(corpus) ? globSync("**/*.{yaml,yml}", { cwd: corpus }).sort() : [];

test("every file of the corpus is read without findings and printed without loss", (t) => {
  if (files.length === 0) t.diagnostic("no corpus here: set FAIRLEAD_CORPUS to a folder of manifests");
  else t.diagnostic(`${files.length} files`);
  for (const file of files) {
    const text = readFileSync(path.join(corpus, file), "utf8");
    const { documents, findings } = parseStream(text, { file });
    assert.deepEqual(findings, []);
    const values = documents.map(({ value }) => value);
    assert.deepStrictEqual(
      parseStream(printStream(values)).documents.map(({ value }) => value),
      values,
      file,
    );
    for (const value of values) assert.equal(print(parseStream(print(value)).documents[0]!.value), print(value));
  }
});

test("adding a label to any document of the corpus adds lines and changes none", (t) => {
  t.diagnostic(`${files.length} files`);
  for (const file of files) {
    const text = readFileSync(path.join(corpus, file), "utf8");
    for (const { index } of parseStream(text).documents.slice(0, 2)) {
      const result = editDocument(text, [{ op: "set", path: ["metadata", "labels", "fresh"], value: "label" }], {
        document: index,
      });
      assert.deepEqual(result.findings, [], file);
      const before = text.split("\n");
      const after = result.text.split("\n");
      const kept = after.filter((line) => !/^\s*(labels:|fresh: label|"?labels"?: \{)/.test(line));
      assert.deepEqual(
        kept,
        before.filter((line) => !/^\s*labels:/.test(line)),
        file,
      );
    }
  }
});
