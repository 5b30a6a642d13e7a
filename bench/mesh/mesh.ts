/**
 * Everything that is measured of the mesh, one after the other, each in a process of its own:
 *
 *   npm run bench -- mesh [--short] [--real]
 */
import { spawnSync } from "node:child_process";
import path from "node:path";

const parts = ["sync", "failover"];
let failed = 0;
for (const part of parts) {
  process.stdout.write(`\n## ${part}\n\n`);
  const script = path.join(import.meta.dirname, `${part}.ts`);
  const options = ["--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning"];
  const { status } = spawnSync(process.execPath, [...options, script, ...process.argv.slice(2)], { stdio: "inherit" });
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
