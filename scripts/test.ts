/**
 * `npm test`: type check, lint, format, generated files, and every test that needs nothing but Node.
 *
 *   npm test                            everything
 *   npm test -- packages/krm FILE…      checks and tests of these files and folders only
 *   npm test -- --tests | --checks      one half
 *   npm test -- --test-name-pattern=RE  options of node:test pass through
 *
 * Quiet about what passes, complete about what fails; the last line is `N passed, N failed`, exit code 1 on a failure.
 */
import { availableParallelism } from "node:os";
import path from "node:path";
import { planSteps, type Selection } from "./testing/steps.ts";
import { runSteps, type StepResult } from "./testing/step.ts";

const root = path.dirname(import.meta.dirname);

function parse(args: readonly string[]): Selection {
  const options = args.filter((arg) => arg.startsWith("--"));
  // npm runs scripts in the root but tells where it was called.
  const base = process.env["INIT_CWD"] ?? process.cwd();
  const filters = args
    .filter((arg) => !arg.startsWith("--"))
    .map((arg) => path.relative(root, path.resolve(base, arg)));
  return {
    root,
    filters: filters.includes("") ? [] : filters,
    checks: !options.includes("--tests"),
    tests: !options.includes("--checks"),
    testOptions: options.filter((option) => option.startsWith("--test-")),
  };
}

function show(result: StepResult): void {
  const seconds = `${result.seconds.toFixed(1)} s`;
  const counts = [`${result.passed} passed`, ...(result.skipped > 0 ? [`${result.skipped} skipped`] : [])].join(", ");
  if (result.failed === 0) process.stdout.write(`✔ ${result.name}: ${counts} (${seconds})\n`);
  else
    process.stdout.write(
      `✖ ${result.name}: ${result.failed} failed, ${counts} (${seconds})\n${result.output.trimEnd()}\n`,
    );
  for (const note of result.notes) process.stdout.write(`  ℹ ${note}\n`);
}

async function main(): Promise<void> {
  const steps = planSteps(parse(process.argv.slice(2)));
  const results = await runSteps(steps, Math.max(2, availableParallelism()), root, show);
  const sum = (key: "passed" | "failed" | "skipped"): number =>
    results.reduce((total, result) => total + result[key], 0);
  const failed = results.length === 0 ? 1 : sum("failed");
  if (results.length === 0) process.stdout.write("nothing to run: no test file or check matches\n");
  const skipped = sum("skipped");
  process.stdout.write(`\n${sum("passed")} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}\n`);
  process.exitCode = failed === 0 ? 0 : 1;
}

await main();
