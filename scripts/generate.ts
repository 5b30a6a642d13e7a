/**
 * Writes everything that is derived from the kinds; `--check` compares instead and fails when something is stale.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { generatedKinds } from "./generate/kinds.ts";

const root = path.dirname(import.meta.dirname);
const check = process.argv.includes("--check");
const files: ReadonlyMap<string, string> = new Map([...generatedKinds()]);

let stale = 0;
for (const [name, text] of files) {
  const file = path.join(root, name);
  let current: string | undefined;
  try {
    current = readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
  }
  if (current === text) continue;
  if (check) {
    process.stderr.write(`${name} is stale: run npm run generate\n`);
    stale++;
  } else {
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
    process.stderr.write(`wrote ${name}\n`);
  }
}
process.exitCode = stale > 0 ? 1 : 0;
