import assert from "node:assert/strict";
import { test } from "node:test";
import type { FieldPath } from "@fairlead/apimachinery";
import { inputFindings } from "../input-findings.ts";
import { locate, placeFinding } from "./locate.ts";
import { parseStream } from "./parse.ts";

const text = `# comment
---
base: &base
  env:
  - name: A
    value: "1"
  - {name: B, value: 2}
  empty:
copy: *base
merged:
  <<: *base
  own: 1
"quoted key": x
list: [a, {b: c}]
`;
const [document] = parseStream(text, { file: "x.yaml" }).documents;

const cases: readonly (readonly [FieldPath, "key" | "value", number, number])[] = [
  [[], "key", 3, 1],
  [["base", "env"], "key", 4, 3],
  [["base", "env"], "value", 5, 3],
  [["base", "env", 0], "key", 5, 5],
  [["base", "env", 0, "value"], "value", 6, 12],
  [["base", "env", 1, "value"], "value", 7, 22],
  [["base", "empty"], "value", 8, 3],
  [["copy", "env", 1, "name"], "value", 7, 12],
  [["copy"], "value", 9, 7],
  [["merged", "env", 0, "name"], "key", 5, 5],
  [["merged", "own"], "key", 12, 3],
  [["quoted key"], "key", 13, 1],
  [["list", 1, "b"], "value", 14, 15],
  [["base", "env", 7, "x"], "key", 4, 3],
  [["nowhere", "x"], "key", 3, 1],
  [["list", "notAnIndex"], "value", 14, 7],
];

for (const [path, what, line, column] of cases) {
  test(`finds the ${what} at ${JSON.stringify(path)}`, () => {
    assert.deepEqual(locate(document!, path, what), { line, column });
  });
}

test("counts lines from the beginning of the file", () => {
  const [, second] = parseStream("a: 1\r\n---\r\nb:\r\n  c: 1\r\n").documents;
  assert.deepEqual(locate(second!, ["b", "c"], "value"), { line: 4, column: 6 });
});

test("gives a finding its place once", () => {
  const finding = inputFindings("FL030", { message: "m", field: ["merged", "own"] });
  const placed = placeFinding(finding, document!);
  assert.deepEqual([placed.file, placed.line, placed.column], ["x.yaml", 12, 3]);
  assert.equal(placeFinding(placed, document!), placed);
});
