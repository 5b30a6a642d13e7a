import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { guardProgram } from "./guard-program.ts";

/**
 * A small process that outlives this one by a moment: should this one be killed, it ends the processes that this one has
 * started, and removes the folders.
 */
export interface Guard {
  /** A process group that has to end with this process. */
  add(pid: number): void;
  remove(pid: number): void;
  /** A folder that is removed with this process, and with it all processes that have its path in their environment. */
  addFolder(folder: string): void;
  removeFolder(folder: string): void;
  /** The last one that lets go ends the guard; resolves when it has ended. */
  release(): Promise<void>;
}

let shared: { readonly child: ChildProcess; users: number } | undefined;

/** The guard of this process: one, however many clusters there are. */
export function acquireGuard(): Guard {
  shared ??= { child: startGuard(), users: 0 };
  const own = shared;
  own.users++;
  const write = (line: string): void => void own.child.stdin!.write(`${line}\n`);
  return {
    add: (pid) => write(`+ ${pid}`),
    remove: (pid) => write(`- ${pid}`),
    addFolder: (folder) => write(`f ${folder}`),
    removeFolder: (folder) => write(`r ${folder}`),
    async release() {
      own.users--;
      if (own.users > 0) return;
      if (shared === own) shared = undefined;
      const { child } = own;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      const gone = once(child, "exit");
      child.stdin!.end();
      await gone;
    },
  };
}

function startGuard(): ChildProcess {
  const source = `(${guardProgram.toString()})(process, require("node:fs"));`;
  const child = spawn(process.execPath, ["--input-type=commonjs", "-e", source], {
    // A terminal's Ctrl-C is not for it.
    detached: true,
    cwd: "/",
    env: {},
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.on("error", () => undefined);
  child.stdin!.on("error", () => undefined);
  child.unref();
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  return child;
}
