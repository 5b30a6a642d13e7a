import { fork, type ChildProcess } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { RealPlaneError } from "./errors.ts";
import { tail } from "./execute.ts";

export type GuardRequest =
  | {
      readonly kind: "start";
      readonly name: string;
      readonly program: string;
      readonly parameters: readonly string[];
      readonly log: string;
    }
  | { readonly kind: "stop" };

export type GuardReport =
  | { readonly kind: "started"; readonly name: string; readonly pid: number }
  | { readonly kind: "ended"; readonly name: string; readonly how: string };

/** Programs that never outlive this process, with a temporary folder that goes away with them. */
export interface Guard {
  readonly folder: string;
  /** Resolves to the process id once the program runs. */
  start(name: string, program: string, parameters: readonly string[]): Promise<number>;
  /** How a program ended that was not stopped, with the end of its log; undefined while it runs. */
  ended(name: string): string | undefined;
  /** Resolves when the program has ended. */
  gone(name: string): Promise<void>;
  /** Ends the programs and removes the folder. */
  stop(): Promise<void>;
}

/** Starts the guarding process. It runs apart from this one's group, so that even `kill -9` on the group leaves it. */
export function startGuard(): Guard {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-real-"));
  const guard = fork(path.join(import.meta.dirname, "guard.ts"), [folder], {
    // Not those of this process: they may be options of --eval or of the inspector.
    execArgv: ["--disable-warning=ExperimentalWarning"],
    detached: true,
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const endings = new Map<string, string>();
  const log = (name: string): string => path.join(folder, `${name}.log`);
  const running = new Map<string, number>();
  const exited = new Promise<void>((resolve) => {
    guard.once("exit", (code) => {
      // It leaves nothing when it ends by itself; only if it was killed is there something to do.
      if (code !== 0) for (const pid of running.values()) killQuietly(pid);
      rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
      resolve();
    });
  });
  const waiting = new Map<string, (() => void)[]>();
  guard.on("message", (report: GuardReport) => {
    if (report.kind === "started") {
      running.set(report.name, report.pid);
      endings.delete(report.name);
      return;
    }
    running.delete(report.name);
    endings.set(report.name, `${report.how}\n${tail(readLog(log(report.name)))}`);
    for (const resolve of waiting.get(report.name) ?? []) resolve();
    waiting.delete(report.name);
  });
  return {
    folder,
    start: (name, program, parameters) =>
      startProgram(guard, { kind: "start", name, program, parameters, log: log(name) }),
    ended: (name) => endings.get(name),
    gone: async (name) => {
      if (!running.has(name)) return;
      const ended = new Promise<void>((resolve) => waiting.set(name, [...(waiting.get(name) ?? []), resolve]));
      await Promise.race([ended, exited]);
    },
    stop: async () => {
      // If it is gone already there is nobody to tell.
      if (guard.connected) guard.send({ kind: "stop" } satisfies GuardRequest, () => {});
      await exited;
    },
  };
}

function startProgram(guard: ChildProcess, request: Extract<GuardRequest, { kind: "start" }>): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (how: string): void => {
      guard.off("message", listen);
      guard.off("exit", onExit);
      reject(new RealPlaneError("plane-failed", `${request.name} could not be started: ${how}`));
    };
    const onExit = (): void => fail("the guarding process ended");
    const listen = (report: GuardReport): void => {
      if (report.name !== request.name) return;
      if (report.kind === "ended") return fail(report.how);
      guard.off("message", listen);
      guard.off("exit", onExit);
      resolve(report.pid);
    };
    guard.on("message", listen);
    guard.on("exit", onExit);
    guard.send(request, (error) => {
      if (error !== null) fail(error.message);
    });
  });
}

function readLog(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended already.
  }
}
