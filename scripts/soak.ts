/**
 * `npm run soak`: the full forms of what `.ci/run` runs in short. Properties get many more runs, each time from a new
 * seed; the leak test of process pods starts 1,000; benchmarks take their long form; the real control plane is the newest and the oldest that is supported, where
 * properties get up to five times the runs.
 *
 *   npm run soak              properties with 20 times the runs
 *   npm run soak -- 100       … with 100 times
 */
import path from "node:path";
import { runSuites } from "./suites/run-suites.ts";

const factor = Number(process.argv[2] ?? 20);
if (!(factor > 0)) {
  process.stderr.write("usage: npm run soak [-- FACTOR]\n");
  process.exit(2);
}
/** Each test of the real lane has five minutes: not all of a large factor fits. */
const realRuns = { FAIRLEAD_RUNS: String(Math.min(factor, 5)) };

const { failed } = await runSuites(path.dirname(import.meta.dirname), [
  {
    name: `tests with ${factor} times the runs`,
    script: "test",
    args: ["--tests"],
    env: { FAIRLEAD_RUNS: String(factor) },
    limitMinutes: 240,
  },
  { name: "benchmarks", script: "bench", limitMinutes: 120, byExitCode: true },
  {
    name: "the newest Kubernetes",
    script: "test:real",
    args: ["--kubernetes", "1.36"],
    env: realRuns,
    limitMinutes: 60,
  },
  {
    name: "the oldest supported Kubernetes",
    script: "test:real",
    args: ["--kubernetes", "1.30"],
    env: realRuns,
    limitMinutes: 60,
  },
]);
process.exitCode = failed === 0 ? 0 : 1;
