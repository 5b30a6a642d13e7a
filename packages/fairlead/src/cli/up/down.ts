import { setTimeout as pause } from "node:timers/promises";
import type { CliContext } from "../context.ts";
import { refuse } from "../report.ts";
import type { StateFlags } from "../up.command.ts";
import { upFinding } from "./findings.ts";
import { readRunning, stateFolder } from "./state-folder.ts";

const patienceMs = 30_000;

/** `down`: asks the fleet's process to end, and waits until it has. */
export async function down(this: CliContext, flags: StateFlags): Promise<void> {
  const state = stateFolder(this.cwd, flags.state);
  const running = readRunning(state);
  if (running === undefined) return refuse(this, upFinding("FL784", { message: `no fleet of ${state} is up` }));
  process.kill(running.pid, "SIGTERM");
  const deadline = performance.now() + patienceMs;
  while (readRunning(state) !== undefined && performance.now() < deadline) await pause(50);
  if (readRunning(state) === undefined) this.process.stdout.write("down\n");
  else
    refuse(this, upFinding("FL781", { message: `process ${running.pid} has not ended after ${patienceMs / 1000} s` }));
}
