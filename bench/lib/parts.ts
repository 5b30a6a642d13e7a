import { spawnSync } from "node:child_process";
import path from "node:path";

/** Runs scripts of a folder one after the other, each in a process of its own with the arguments of this one. */
export function runParts(folder: string, parts: readonly string[], options: readonly string[] = []): void {
  let failed = 0;
  for (const part of parts) {
    process.stdout.write(`\n## ${part}\n\n`);
    const args = ["--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning", ...options];
    const script = path.join(folder, `${part}.ts`);
    const { status } = spawnSync(process.execPath, [...args, script, ...process.argv.slice(2)], { stdio: "inherit" });
    if (status !== 0) failed++;
  }
  process.exitCode = failed === 0 ? 0 : 1;
}
