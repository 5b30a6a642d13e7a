/**
 * `npm run soak`: the full forms of what `.ci/run` runs in short. Properties get many more runs, each time from a new
 * seed; the leak test of process pods starts 1,000; benchmarks take their long form; the real control plane is the newest and the oldest that is supported, where
 * properties get up to five times the runs.
 *
 *   npm run soak              properties with 20 times the runs
 *   npm run soak -- 100       … with 100 times
 *   npm run soak -- 20 packages/fairlead/test/mesh/model
 *                             tests of these files and folders, nothing else: here the model check of the mesh, with
 *                             24,000 schedules of its planner and 2,400 of its controller
 */
import path from "node:path";
import { runSuites, type Suite } from "./suites/run-suites.ts";

const factor = Number(process.argv[2] ?? 20);
const filters = process.argv.slice(3);
if (!(factor > 0)) {
  process.stderr.write("usage: npm run soak [-- FACTOR [FILE…]]\n");
  process.exit(2);
}
/** Each test of the real lane has five minutes: not all of a large factor fits. */
const realRuns = { FAIRLEAD_RUNS: String(Math.min(factor, 5)) };

const suites: readonly Suite[] = [
  {
    name: `tests with ${factor} times the runs`,
    script: "test",
    args: ["--tests", ...filters],
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
];
const root = path.dirname(import.meta.dirname);
const { failed } = await runSuites(root, filters.length === 0 ? suites : suites.slice(0, 1));
process.exitCode = failed === 0 ? 0 : 1;
