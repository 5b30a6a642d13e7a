/** The tables of docs/explanation name tests; each of them exists. */
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, it } from "node:test";

const packageFolder = path.resolve(import.meta.dirname, "../..");
const explanation = path.resolve(packageFolder, "../../docs/explanation");
const documents = [
  "readme-promises.md",
  "predecessor-traps.md",
  "compat.md",
  "mesh-readme.md",
  "mesh-predecessor.md",
  "sidecars-readme.md",
  "sidecars-predecessor.md",
];

/** The names of a file's tests; a name made with `${…}` fits any text there. */
function testsIn(file: string): RegExp[] {
  const source = readFileSync(file, "utf8");
  const names = [...source.matchAll(/\b(?:it|test)\(\s*(["'`])((?:\\.|(?!\1)[^\\])*)\1/g)].map((match) => match[2]!);
  return names.map((name) => {
    const parts = name.replaceAll(/\\(.)/g, "$1").split(/\$\{[^}]*\}/);
    return new RegExp(`^${parts.map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(".+")}$`);
  });
}

/** The rows of all tables: header and rule left out. */
function rowsOf(text: string): string[] {
  return text.split("\n").filter((line, index, lines) => {
    const header = lines[index + 1]?.startsWith("| ---") === true;
    return line.startsWith("| ") && !line.startsWith("| ---") && !header;
  });
}

describe("docs/explanation", () => {
  for (const name of documents) {
    const text = readFileSync(path.join(explanation, name), "utf8");

    it(`${name}: every row names a test`, () => {
      const rows = rowsOf(text);
      assert.ok(rows.length >= 20, `${rows.length} rows`);
      for (const row of rows) assert.match(row, /`[^`]+\.test\.ts › [^`]+` \|$|`[^`]+\.test\.ts › [^`]+`<br>/, row);
    });

    it(`${name}: every test that is named exists`, () => {
      for (const [, file, test] of text.matchAll(/`([^`]+\.test\.ts) › ([^`]+)`/g)) {
        const full = path.join(packageFolder, file!);
        assert.ok(existsSync(full), `${file} does not exist`);
        assert.ok(
          testsIn(full).some((known) => known.test(test!)),
          `${file} has no test "${test}"`,
        );
      }
    });
  }
});
