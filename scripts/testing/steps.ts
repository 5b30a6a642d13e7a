import { existsSync } from "node:fs";
import path from "node:path";
import { findTestFiles, matches } from "./files.ts";
import type { Step } from "./step.ts";

export interface Selection {
  readonly root: string;
  /** Files or folders from the root; none means everything. */
  readonly filters: readonly string[];
  readonly checks: boolean;
  readonly tests: boolean;
  /** Options that go to node:test as they are, such as `--test-name-pattern=…`. */
  readonly testOptions: readonly string[];
}

const node = [process.execPath, "--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning"] as const;
/** Milliseconds a single test may take. */
const timeouts = { shared: 120_000, own: 300_000 };

/** The processes of `npm test`, the long ones first so that they overlap with the short ones. */
export function planSteps(selection: Selection): Step[] {
  return [...(selection.tests ? testSteps(selection) : []), ...(selection.checks ? checkSteps(selection) : [])].sort(
    (a, b) => order(a) - order(b),
  );
}

function order(step: Step): number {
  return step.kind === "tests" ? 0 : 1;
}

function testSteps({ root, filters, testOptions }: Selection): Step[] {
  const { shared, own } = findTestFiles(root, filters);
  const step = (name: string, timeout: number, files: readonly string[]): Step => ({
    name,
    kind: "tests",
    command: [
      ...node,
      `--test-timeout=${timeout}`,
      `--test-reporter=${path.join(import.meta.dirname, "reporter.ts")}`,
      ...testOptions,
      path.join(import.meta.dirname, "entry.ts"),
      ...files,
    ],
  });
  return [
    ...[...shared].map(([group, files]) => step(`tests of ${group}`, timeouts.shared, files)),
    ...own.map((file) => step(file, timeouts.own, [file])),
  ];
}

function checkSteps({ root, filters }: Selection): Step[] {
  const bin = (name: string): string => path.join(root, "node_modules", ".bin", name);
  const script = (name: string, ...args: string[]): [string, ...string[]] => [
    ...node,
    path.join(root, "scripts", name),
    ...args,
  ];
  const targets = filters.length === 0 ? ["."] : filters;
  const steps: Step[] = [
    {
      name: "types",
      kind: "check",
      command: [bin("tsc"), "--noEmit", "--pretty", "false", "-p", "tsconfig.json"],
      judge: (exitCode, output) => typeErrors(exitCode, output, filters),
    },
    {
      name: "lint",
      kind: "check",
      command: [bin("oxlint"), "--type-aware", "--deny-warnings", "--no-error-on-unmatched-pattern", ...targets],
    },
    {
      name: "format",
      kind: "check",
      command: [bin("oxfmt"), "--check", "--no-error-on-unmatched-pattern", ...targets],
    },
  ];
  if (filters.length > 0) return steps;
  const generators: readonly (readonly [string, string, ...string[]])[] = [
    ["generated files", "generate.ts", "--check"],
    ["API reports", "api-report.ts", "--check"],
    ["lockfile", "lockfile-check.ts"],
  ];
  for (const [name, file, ...args] of generators) {
    if (existsSync(path.join(root, "scripts", file)))
      steps.push({ name, kind: "check", command: script(file, ...args) });
  }
  return steps;
}

/** With filters, errors elsewhere are counted but do not fail: the compiler always reads the whole workspace. */
function typeErrors(
  exitCode: number | null,
  output: string,
  filters: readonly string[],
): { ok: boolean; output: string } {
  if (exitCode === 0 || filters.length === 0) return { ok: exitCode === 0, output };
  const blocks = output.split(/^(?=\S)/m).filter((block) => block.trim() !== "");
  const isError = (block: string): boolean => /^\S+\(\d+,\d+\): error /.test(block);
  const inside = blocks.filter((block) => !isError(block) || matches(block.slice(0, block.indexOf("(")), filters));
  return { ok: inside.length === 0, output: `${inside.join("")}${blocks.length - inside.length} errors elsewhere\n` };
}
