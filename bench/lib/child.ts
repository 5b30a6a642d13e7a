import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { bundleModules } from "../../scripts/build/bundle.ts";

/** How a server is reached that is trusted by its own certificate. */
export interface ServerAccess {
  readonly url: string;
  readonly token: string;
  readonly certificate: string;
}

export interface Child<Figures> {
  readonly startedAt: number;
  figures(): Promise<Figures>;
  stop(): Promise<void>;
}

export interface Program {
  readonly file: string;
  remove(): void;
}

/** A script as the image has the command line: what Node needs to run sources is no part of the figures. */
export async function buildProgram(script: string): Promise<Program> {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-bench-"));
  const file = path.join(folder, "program.mjs");
  await bundleModules(file, script);
  return { file, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** What deploy/image/Containerfile sets. */
export const imageEnvironment = {
  MALLOC_ARENA_MAX: "1",
  MALLOC_TRIM_THRESHOLD_: "131072",
  MALLOC_MMAP_THRESHOLD_: "32768",
} as const;

/** Starts it in a process of its own, with FAIRLEAD_BENCH_ARGS as arguments of Node. `start` is its first message. */
export function startChild<Figures>({ file }: Program, start: object): Child<Figures> {
  const startedAt = performance.now();
  const child: ChildProcess = fork(file, [], {
    env: { ...process.env, ...imageEnvironment },
    execArgv: [...process.execArgv, ...(process.env["FAIRLEAD_BENCH_ARGS"]?.split(" ") ?? [])],
  });
  child.send(start);
  return {
    startedAt,
    async figures() {
      const answer = once(child, "message");
      child.send("figures");
      const [figures] = (await answer) as [Figures];
      return figures;
    },
    async stop() {
      const gone = once(child, "exit");
      child.disconnect();
      await gone;
    },
  };
}
