/**
 * Everything that is measured against a real API server, one after the other, each in a process of its own:
 *
 *   npm run bench -- kube [--short]
 */
import { spawnSync } from "node:child_process";
import path from "node:path";

const parts = ["requests", "informer", "apply", "reconcile"];
let failed = 0;
for (const part of parts) {
  process.stdout.write(`## ${part}\n\n`);
  const script = path.join(import.meta.dirname, `${part}.ts`);
  const options = ["--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning"];
  const { status } = spawnSync(process.execPath, [...options, script, ...process.argv.slice(2)], { stdio: "inherit" });
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
