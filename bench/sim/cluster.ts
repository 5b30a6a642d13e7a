/**
 * The embedded cluster as a whole: how fast it starts, what 50,000 pods take, forks, large lists.
 *   node --conditions=@fairlead/source bench/sim/cluster.ts [--short]
 * Each part runs in a process of its own. Limits are targets that are printed beside the figures.
 */
import { spawnSync } from "node:child_process";
import path from "node:path";

const parts = ["start", "pods"];
const script = path.join(import.meta.dirname, "cluster-parts.ts");
process.stdout.write("| | figure | limit |\n|---|---:|---|\n");
let failed = 0;
for (const part of parts) {
  const options = ["--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning"];
  // V8 lets its young generation grow to 128 MB where memory is plenty.
  if (part === "pods") options.push("--max-semi-space-size=16", "--expose-gc");
  const args = [...options, script, part, ...process.argv.slice(2)];
  const { status } = spawnSync(process.execPath, args, { stdio: "inherit" });
  if (status !== 0) failed++;
}
process.exitCode = failed === 0 ? 0 : 1;
