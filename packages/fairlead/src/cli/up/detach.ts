import { spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import path from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { exitCode, type CliContext } from "../context.ts";
import { refuse } from "../report.ts";
import { upFinding } from "./findings.ts";
import { readRunning } from "./state-folder.ts";

export interface DetachOptions {
  readonly state: string;
  readonly timeoutMs: number;
}

/** Starts the same command in a process of its own and returns once it says that it is ready. */
export async function detach(context: CliContext, { state, timeoutMs }: DetachOptions): Promise<void> {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const place = path.join(state, "up.log");
  const log = openSync(place, "w", 0o600);
  const args = process.argv.slice(1).filter((arg) => arg !== "--detach");
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    cwd: context.cwd,
    env: context.env,
    detached: true,
    stdio: ["ignore", log, log],
  });
  let ended: number | undefined;
  child.on("exit", (code) => (ended = code ?? 1));
  child.unref();
  const deadline = performance.now() + timeoutMs + 30_000;
  while (performance.now() < deadline) {
    const running = readRunning(state);
    if (running?.ready === true) {
      for (const { name, url } of running.clusters) context.process.stdout.write(`${name}  ${url}\n`);
      context.process.stdout.write(`\nexport KUBECONFIG=${running.kubeconfig}\n`);
      return;
    }
    if (ended !== undefined) break;
    await pause(50);
  }
  context.process.stderr.write(readFileSync(place, "utf8"));
  refuse(context, upFinding("FL784", { message: `the fleet did not come up; its log is ${place}` }));
  context.process.exitCode = exitCode.findings;
}
