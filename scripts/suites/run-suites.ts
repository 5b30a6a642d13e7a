import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { StringDecoder } from "node:string_decoder";
import { countsIn, type Counts } from "./counts.ts";
import { createFailures } from "./failures.ts";

/** A script of the root's package.json that runs through with-node and, as a rule, ends with `N passed, N failed`. */
export interface Suite {
  readonly name: string;
  /** The name of the script; a suite without one is left out, and said so. */
  readonly script: string;
  readonly args?: readonly string[];
  readonly env?: { readonly [name: string]: string };
  readonly limitMinutes: number;
  /** It counts nothing (a benchmark): the exit code decides, and it counts as one. */
  readonly byExitCode?: boolean;
}

/**
 * Runs the suites one after the other with their output as it comes, then prints once more what they said of failures,
 * and the sum of their counts as the last line. A suite that ends badly without a failed count, or counts nothing, is
 * one failure.
 */
export async function runSuites(root: string, suites: readonly Suite[]): Promise<Counts> {
  const total: Counts = { passed: 0, failed: 0, skipped: 0 };
  const failures: string[] = [];
  for (const suite of suites) {
    const program = programOf(root, suite.script);
    if (program === undefined) {
      process.stdout.write(`\n── ${suite.name}: package.json has no script ${suite.script}, left out\n`);
      continue;
    }
    process.stdout.write(`\n── ${suite.name}\n`);
    const started = performance.now();
    const { exitCode, output, failed, timedOut } = await run(root, program, suite);
    const counts = (suite.byExitCode === true ? countExit(exitCode) : countsIn(output)) ?? countExit(1);
    if (timedOut) process.stdout.write(`${suite.name} was stopped after ${suite.limitMinutes} minutes\n`);
    if (counts.failed === 0 && (exitCode !== 0 || counts.passed === 0)) counts.failed = 1;
    process.stdout.write(
      `── ${suite.name}: ${((performance.now() - started) / 60_000).toFixed(1)} min, exit code ${exitCode ?? "none"}\n`,
    );
    if (counts.failed > 0) failures.push(`── what failed in ${suite.name}`, ...failed);
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
  if (total.passed + total.failed === 0) total.failed = 1;
  if (failures.length > 0) process.stdout.write(`\n${failures.join("\n")}\n`);
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : "";
  process.stdout.write(`\n${total.passed} passed, ${total.failed} failed${skipped}\n`);
  return total;
}

function countExit(exitCode: number | null): Counts {
  return exitCode === 0 ? { passed: 1, failed: 0, skipped: 0 } : { passed: 0, failed: 1, skipped: 0 };
}

/** The program and arguments of an npm script, without the wrapper: this process is on Node 24 already. */
function programOf(root: string, script: string): string[] | undefined {
  const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
    scripts: { [name: string]: string };
  };
  const words = scripts[script]?.split(" ");
  if (words === undefined) return undefined;
  const wrapper = words.indexOf("scripts/with-node.mjs");
  if (wrapper < 0) throw new Error(`the npm script ${script} does not run through scripts/with-node.mjs`);
  return words.slice(wrapper + 1);
}

interface Ended {
  readonly exitCode: number | null;
  readonly output: string;
  /** What the suite said of each failure. */
  readonly failed: readonly string[];
  readonly timedOut: boolean;
}

function run(root: string, own: readonly string[], suite: Suite): Promise<Ended> {
  return new Promise((resolve) => {
    const node = [process.execPath, "--conditions=@fairlead/source", "--disable-warning=ExperimentalWarning"] as const;
    const [program, ...flags] = node;
    const child = spawn(program, [...flags, ...own, ...(suite.args ?? [])], {
      cwd: root,
      env: { ...process.env, ...suite.env },
      stdio: ["ignore", "pipe", "inherit"],
      // Its own process group, so that the limit ends what it started too.
      detached: true,
    });
    const end = (signal: NodeJS.Signals): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // It has ended already.
      }
    };
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      end("SIGKILL");
    }, suite.limitMinutes * 60_000);
    const interrupted = (signal: NodeJS.Signals): void => {
      end(signal);
      process.exit(130);
    };
    process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
    const text = new StringDecoder("utf8");
    const failures = createFailures();
    let output = "";
    child.stdout.on("data", (chunk: Buffer) => {
      process.stdout.write(chunk);
      const read = text.write(chunk);
      failures.read(read);
      // The counts stand at the end.
      output = (output + read).slice(-10_000);
    });
    const done = (exitCode: number | null): void => {
      clearTimeout(timer);
      process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
      resolve({ exitCode, output, failed: failures.end(), timedOut });
    };
    child.on("error", () => done(null));
    child.on("close", done);
  });
}
