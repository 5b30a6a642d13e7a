import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { readReport, type TestReport } from "./report.ts";

/** One process of a run: a check, which passes or fails as one, or a set of tests, which reports its counts. */
export interface Step {
  readonly name: string;
  readonly kind: "check" | "tests";
  readonly command: readonly [string, ...string[]];
  /** In addition to this process's own. */
  readonly env?: Readonly<Record<string, string>>;
  /** Judges a check by its exit code and output; without it exit code 0 passes. */
  readonly judge?: (exitCode: number | null, output: string) => { readonly ok: boolean; readonly output: string };
}

export interface StepResult extends TestReport {
  readonly name: string;
  readonly output: string;
  readonly seconds: number;
}

/** A step that neither ends nor reports is killed, with its children, after this long. */
const limitMs = 15 * 60_000;

export async function runStep(step: Step, cwd: string): Promise<StepResult> {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-test-"));
  const reportFile = path.join(folder, "report.json");
  const started = performance.now();
  const [program, ...args] = step.command;
  const { exitCode, output } = await capture(program, args, cwd, {
    ...process.env,
    ...step.env,
    FAIRLEAD_TEST_REPORT: reportFile,
  });
  const seconds = (performance.now() - started) / 1000;
  const result =
    step.kind === "tests" ? { ...readReport(reportFile, exitCode), output } : judge(step, exitCode, output);
  rmSync(folder, { recursive: true, force: true });
  return { ...result, name: step.name, seconds };
}

function judge(step: Step, exitCode: number | null, output: string): TestReport & { output: string } {
  const verdict = step.judge?.(exitCode, output) ?? { ok: exitCode === 0, output };
  const counts = verdict.ok ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  return { ...counts, skipped: 0, notes: [], output: verdict.output };
}

interface Captured {
  readonly exitCode: number | null;
  readonly output: string;
}

function capture(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<Captured> {
  return new Promise((resolve) => {
    // Its own process group, so that the limit ends what it started too.
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"], detached: true });
    const chunks: Buffer[] = [];
    let timedOut = false;
    const killGroup = (signal: NodeJS.Signals): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, signal);
      } catch {
        // It has ended already.
      }
    };
    const timer = setTimeout(() => {
      timedOut = true;
      killGroup("SIGKILL");
    }, limitMs);
    const interrupted = (): void => {
      killGroup("SIGTERM");
      // Not at once: other steps that run have their own groups to end.
      setImmediate(() => process.exit(130));
    };
    process.once("SIGINT", interrupted);
    process.once("SIGTERM", interrupted);
    child.stdout.on("data", (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on("data", (chunk: Buffer) => chunks.push(chunk));
    const end = (exitCode: number | null, extra = ""): void => {
      clearTimeout(timer);
      process.off("SIGINT", interrupted);
      process.off("SIGTERM", interrupted);
      const text = Buffer.concat(chunks).toString("utf8");
      resolve({ exitCode, output: timedOut ? `${text}\nstopped after ${limitMs / 60_000} minutes` : text + extra });
    };
    child.on("error", (error) => end(null, `${program} could not be started: ${error.message}\n`));
    child.on("close", (exitCode) => end(exitCode));
  });
}

/** Runs the steps in order, at most `slots` at a time, and tells `onResult` about each as it ends. */
export async function runSteps(
  steps: readonly Step[],
  slots: number,
  cwd: string,
  onResult: (result: StepResult) => void,
): Promise<StepResult[]> {
  const queue = [...steps];
  const results: StepResult[] = [];
  const worker = async (): Promise<void> => {
    for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
      const result = await runStep(step, cwd);
      results.push(result);
      onResult(result);
    }
  };
  await Promise.all(Array.from({ length: slots }, worker));
  return results;
}
