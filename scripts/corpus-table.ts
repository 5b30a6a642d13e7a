/**
 * Writes the table of docs/explanation/corpus.md from the corpus: figures only, none of its text.
 *
 *   node scripts/with-node.mjs scripts/corpus-table.ts
 */
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { corpusTable } from "../packages/fairlead/test/import/corpus-figures.ts";
import { corpusFolder, repositoryRoot } from "./real/corpus.ts";

const corpus = corpusFolder();
if (corpus === undefined) {
  process.stderr.write("The corpus is not here; set FAIRLEAD_CORPUS to its folder.\n");
  process.exitCode = 1;
} else {
  const file = path.join(repositoryRoot, "docs/explanation/corpus.md");
  const text = readFileSync(file, "utf8");
  const table = await corpusTable(corpus);
  writeFileSync(
    file,
    text.replace(/(<!-- table -->\n)[\s\S]*?(<!-- end -->)/, (_all, begin: string, end: string) => begin + table + end),
  );
}
