/**
 * `npm run api`: writes packages/<package>/api.md, the public API of each published package; `--check` compares instead
 * and fails when something has changed, so that a change of the contract shows in review.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { apiReport } from "./api/report.ts";
import { emit } from "./build/emit.ts";
import { manifest, publicPackages, root } from "./build/workspace.ts";

const check = process.argv.includes("--check");
const staged = mkdtempSync(path.join(tmpdir(), "fairlead-api-"));
let stale = 0;
try {
  emit(staged, "declarations");
  for (const folder of publicPackages()) {
    const { name, exports = {} } = manifest(folder)!;
    const entries = Object.entries(exports).map(([subpath, { types }]) => ({
      specifier: path.posix.join(name, subpath),
      file: path.join(staged, folder, "src", path.relative("dist", types)),
    }));
    const report = apiReport(name, entries);
    const file = path.join(root, "packages", folder, "api.md");
    if (existsSync(file) && readFileSync(file, "utf8") === report) continue;
    const shown = path.relative(root, file);
    if (check) {
      stale++;
      process.stderr.write(`${shown} is stale: run npm run api, and say in CHANGELOG.md what changed for users\n`);
    } else {
      writeFileSync(file, report);
      process.stdout.write(`wrote ${shown}\n`);
    }
  }
} catch (error) {
  stale++;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
} finally {
  rmSync(staged, { recursive: true, force: true });
}
process.exitCode = stale > 0 ? 1 : 0;
