import { spawn } from "node:child_process";
import { constants } from "node:os";
import type { Guard } from "./guard.ts";
import type { LocalProcess, ProcessRunner, StartRequest } from "./process-runner.ts";

/** How long outputs may stay open after the program has ended: somebody outside of its group holds them. */
const outputGraceMs = 500;

/** Real processes, each the leader of a group of its own, which ends with it. */
export function spawnRunner(guard: () => Guard): ProcessRunner {
  return { start: (request) => startProcess(request, guard()) };
}

function startProcess({ command, env, directory, stdin, output }: StartRequest, guard: Guard): Promise<LocalProcess> {
  const [program, ...args] = command;
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: directory,
      env: { ...env },
      detached: true,
      stdio: [stdin ? "pipe" : "ignore", "pipe", "pipe"],
    });
    const { pid } = child;
    if (pid !== undefined) guard.add(pid);
    child.stdin?.on("error", () => undefined);
    const { stdout, stderr } = child;
    stdout!.on("error", () => undefined);
    stderr!.on("error", () => undefined);
    if (output !== undefined) {
      stdout!.on("data", (chunk: Buffer) => output("stdout", chunk));
      stderr!.on("data", (chunk: Buffer) => output("stderr", chunk));
    }
    const exit = new Promise<number>((done) => {
      let code = 0;
      child.once("exit", (exitCode, signal) => {
        code = exitCode ?? 128 + (signal === null ? 0 : constants.signals[signal]);
        // What it has started ends with it, as all of a container does.
        kill(pid!, "SIGKILL");
        guard.remove(pid!);
        if (output === undefined) return done(code);
        const timer = setTimeout(() => {
          stdout!.destroy();
          stderr!.destroy();
        }, outputGraceMs);
        child.once("close", () => clearTimeout(timer));
      });
      child.once("close", () => done(code));
    });
    child.once("error", (error) => reject(new Error(startProblem(error as NodeJS.ErrnoException, program, directory))));
    child.once("spawn", () =>
      resolve({
        pid: pid!,
        stdin: child.stdin ?? undefined,
        ...(output === undefined ? { stdout: stdout!, stderr: stderr! } : {}),
        exit,
        signal: (signal) => {
          if (child.exitCode === null && child.signalCode === null) kill(pid!, signal);
        },
      }),
    );
  });
}

function startProblem({ code, message }: NodeJS.ErrnoException, program: string, directory: string): string {
  if (code === "ENOENT") {
    return `exec: ${JSON.stringify(program)}: executable file not found in $PATH, or no folder ${JSON.stringify(directory)}`;
  }
  return code === "EACCES" ? `exec: ${JSON.stringify(program)}: permission denied` : message;
}

/** A group that has no member left is no error. */
function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // Nobody is left.
  }
}
