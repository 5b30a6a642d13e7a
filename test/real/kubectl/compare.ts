import { spawn } from "node:child_process";
import { readFileSync, symlinkSync, writeFileSync, mkdirSync } from "node:fs";
import path from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { kubeconfigText, type KubeconfigEntry } from "../../../scripts/real/access.ts";
import { normalised, sortedByStem } from "./normalise.ts";

/** A few lines of shell, and what is expected of them. */
export interface Step {
  readonly script: string;
  /** It ends with a status other than 0. */
  readonly fails: boolean;
  /** It only reads, and controllers may not be done yet: it is asked again until the answers are the same. */
  readonly eventually: boolean;
}

/** One server, with a folder in which the session's files are. */
export interface Shell {
  run(script: string): Promise<Answer>;
}

interface Answer {
  readonly status: number | null;
  readonly text: string;
}

/**
 * The steps of a session: paragraphs. Comments before one say what it is for; `# fails` and `# eventually` among them
 * are what is expected of it.
 */
export function readSteps(file: string): readonly Step[] {
  return readFileSync(file, "utf8")
    .split(/\n\n+/)
    .map((paragraph) => {
      const lines = paragraph.trim().split("\n");
      const comments = lines.filter((line, index) => lines.slice(0, index + 1).every((one) => one.startsWith("#")));
      return {
        script: lines.slice(comments.length).join("\n"),
        fails: comments.includes("# fails"),
        eventually: comments.includes("# eventually"),
      };
    })
    .filter(({ script }) => script !== "");
}

/** A shell whose kubectl is `kubectl`, in a new folder, with `namespace` as the default. */
export function createShell(folder: string, kubectl: string, entry: KubeconfigEntry, namespace: string): Shell {
  const bin = path.join(folder, "bin");
  const work = path.join(folder, "work");
  mkdirSync(bin, { recursive: true });
  mkdirSync(work, { recursive: true });
  symlinkSync(kubectl, path.join(bin, "kubectl"));
  const kubeconfig = path.join(folder, "kubeconfig");
  const config = JSON.parse(kubeconfigText({ ...entry, name: "cluster" })) as {
    contexts: { context: { namespace: string } }[];
  };
  for (const { context } of config.contexts) context.namespace = namespace;
  writeFileSync(kubeconfig, JSON.stringify(config), { mode: 0o600 });
  const env = {
    PATH: `${bin}:${process.env["PATH"] ?? ""}`,
    HOME: folder,
    KUBECONFIG: kubeconfig,
    NAMESPACE: namespace,
    LC_ALL: "C.UTF-8",
    TZ: "UTC",
  };
  return {
    run: async (script) => {
      const { status, stdout, stderr } = await runScript(script, work, env);
      const parts = [stdout, stderr === "" ? "" : `stderr: ${stderr}`, `status: ${status}`];
      return { status, text: parts.filter((part) => part !== "").join("\n") };
    },
  };
}

const limitMs = 60_000;

/** What the script has started in the background ends with it: all of it is one group. */
function runScript(
  script: string,
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly status: number | null; readonly stdout: string; readonly stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn("sh", ["-c", script], { cwd, env, detached: true, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    const end = (): void => {
      try {
        if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      } catch {
        // All have ended.
      }
    };
    const timer = setTimeout(end, limitMs);
    child.once("error", reject);
    child.once("exit", end);
    child.once("close", (status) => {
      clearTimeout(timer);
      resolve({ status, stdout, stderr });
    });
  });
}

export interface Comparison {
  readonly step: Step;
  readonly real: string;
  readonly sim: string;
  readonly asExpected: boolean;
}

function comparable(step: Step, text: string): string {
  return step.script.includes("--sort-by") ? normalised(text) : sortedByStem(normalised(text));
}

const patienceMs = 20_000;

/** What both servers answer to a step, without what differs between any two clusters. */
export async function compareStep(step: Step, real: Shell, sim: Shell): Promise<Comparison> {
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const [theirs, ours] = await Promise.all([real.run(step.script), sim.run(step.script)]);
    const comparison: Comparison = {
      step,
      real: comparable(step, theirs.text),
      sim: comparable(step, ours.text),
      asExpected: step.fails ? theirs.status !== 0 && theirs.status !== null : theirs.status === 0,
    };
    const isSettled = comparison.asExpected && comparison.real === comparison.sim;
    if (isSettled || !step.eventually || performance.now() > deadline) return comparison;
    await sleep(100);
  }
}
