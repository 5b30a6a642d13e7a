/**
 * `npm run build`: what is published, into dist folders that git ignores.
 *
 *   npm run build             every package, and the command line as one file (dist/fairlead.mjs)
 *   npm run build -- krm      one package
 */
import { existsSync } from "node:fs";
import path from "node:path";
import { bundleCli, copyToRoot } from "./build/bundle.ts";
import { buildPackages } from "./build/packages.ts";
import { publicPackages, root } from "./build/workspace.ts";

const known = publicPackages();
const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !known.includes(name));
if (unknown.length > 0) {
  process.stderr.write(`no such package: ${unknown.join(", ")}; there are ${known.join(", ")}\n`);
  process.exit(2);
}
const folders = asked.length === 0 ? known : asked;
try {
  buildPackages(folders);
  for (const folder of folders) process.stdout.write(`packages/${folder}/dist\n`);
  if (folders.includes("fairlead") && existsSync(path.join(root, "packages/fairlead/src/main.ts"))) {
    const bundle = await bundleCli();
    copyToRoot(bundle);
    process.stdout.write(`dist/fairlead.mjs  ${(bundle.bytes / 1024).toFixed(0)} KB\n`);
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
}
