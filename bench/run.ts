/** `npm run bench -- NAME… [--short]`: builds the single file, then runs the named benchmarks, or all of them. */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";

const here = import.meta.dirname;
const names = process.argv.slice(2).filter((arg) => !arg.startsWith("--"));
const options = process.argv.slice(2).filter((arg) => arg.startsWith("--"));
const known = readdirSync(here).filter((name) => existsSync(path.join(here, name, `${name}.ts`)));

function run(script: string, args: readonly string[]): number {
  const { status, error } = spawnSync(process.execPath, ["--conditions=@fairlead/source", script, ...args], {
    stdio: "inherit",
  });
  if (error !== undefined) throw error;
  return status ?? 1;
}

const unknown = names.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no benchmark is named ${unknown.join(", ")}; there are ${known.join(", ")}\n`);
  process.exit(2);
}
let failed = run(path.join(path.dirname(here), "scripts", "build.ts"), []) === 0 ? 0 : 1;
for (const name of failed > 0 ? [] : names.length > 0 ? names : known) {
  process.stdout.write(`# bench/${name}\n\n`);
  failed += run(path.join(here, name, `${name}.ts`), options) === 0 ? 0 : 1;
}
process.exitCode = failed === 0 ? 0 : 1;
