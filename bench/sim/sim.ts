/**
 * Everything that is measured of the embedded cluster, one after the other, each in a process of its own:
 *
 *   npm run bench -- sim [--short]
 *
 * `wire` and `watchers` run a real kube-apiserver and etcd beside it.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";

const parts = ["cluster", "store", "serve", "verbs", "wire", "watchers"];
let failed = 0;
for (const part of parts) {
  process.stdout.write(`\n## ${part}\n\n`);
  const script = path.join(import.meta.dirname, `${part}.ts`);
  const options = ["--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning"];
  const { status } = spawnSync(process.execPath, [...options, script, ...process.argv.slice(2)], { stdio: "inherit" });
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
