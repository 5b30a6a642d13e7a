import type { CliContext } from "../context.ts";
import { refuse } from "../report.ts";
import type { StateFlags } from "../up.command.ts";
import { upFinding } from "./findings.ts";
import { readRunning, stateFolder } from "./state-folder.ts";

/** `up status`: where the fleet of the folder is. */
export async function upStatus(this: CliContext, flags: StateFlags): Promise<void> {
  const state = stateFolder(this.cwd, flags.state);
  const running = readRunning(state);
  if (running === undefined) return refuse(this, upFinding("FL784", { message: `no fleet of ${state} is up` }));
  const { stdout } = this.process;
  stdout.write(`${running.ready ? "up" : "starting"}, process ${running.pid}\n`);
  for (const { name, url } of running.clusters) stdout.write(`${name}  ${url}\n`);
  stdout.write(`\nexport KUBECONFIG=${running.kubeconfig}\n`);
}
