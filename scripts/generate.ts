/**
 * Writes everything that is derived from the kinds, the finding tables and the commands; `--check` compares instead
 * and fails when something is stale. The kinds' data comes first, since everything else is read through it.
 */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { generatedKinds } from "./generate/kinds.ts";

const root = path.dirname(import.meta.dirname);
const check = process.argv.includes("--check");
let stale = 0;

function settle(files: Iterable<[string, string]>): void {
  for (const [name, text] of files) {
    const file = path.join(root, name);
    if (read(file) === text) continue;
    if (check) complain(name, "is stale");
    else {
      mkdirSync(path.dirname(file), { recursive: true });
      writeFileSync(file, text);
      process.stderr.write(`wrote ${name}\n`);
    }
  }
}

/** Pages of what no longer exists go away. */
function removeOthers(folder: string, names: ReadonlySet<string>): void {
  const full = path.join(root, folder);
  for (const entry of readdirSync(full)) {
    if (names.has(`${folder}/${entry}`)) continue;
    if (check) complain(`${folder}/${entry}`, "belongs to nothing");
    else rmSync(path.join(full, entry));
  }
}

function complain(name: string, what: string): void {
  process.stderr.write(`${name} ${what}: run npm run generate\n`);
  stale++;
}

function read(file: string): string | undefined {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    return undefined;
  }
}

settle(generatedKinds());
const { generatedReference, ownedFolders } = await import("./generate/reference.ts");
const reference = new Map(await generatedReference());
settle(reference);
for (const folder of ownedFolders) removeOthers(folder, new Set(reference.keys()));
process.exitCode = stale > 0 ? 1 : 0;
