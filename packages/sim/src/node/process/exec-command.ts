import type { ContainerRun, HeldPod } from "./held-pod.ts";
import type { NodeHost } from "./node-host.ts";

const mostOutput = 10 * 1024;

/** Runs a command in a container to its end, for probes and hooks. After the time it is killed, which counts as a failure. */
export async function execCommand(
  host: NodeHost,
  held: HeldPod,
  run: ContainerRun,
  command: readonly string[],
  timeoutMs: number,
): Promise<{ readonly code: number; readonly output: string }> {
  const [program = "", ...args] = command;
  let output = "";
  const child = await host.runner.start({
    command: [program === "node" ? process.execPath : program, ...args],
    env: run.env,
    directory: run.directory,
    stdin: false,
    output: (_stream, chunk) => {
      if (output.length < mostOutput) output += chunk.toString("utf8");
    },
  });
  held.commands.add(child);
  let isLate = false;
  const cancel = host.clock.after(timeoutMs, () => {
    isLate = true;
    child.signal("SIGKILL");
  });
  const code = await child.exit;
  cancel();
  held.commands.delete(child);
  return isLate
    ? {
        code: 1,
        output: `command timed out: ${JSON.stringify(command.join(" "))} timed out after ${timeoutMs / 1000}s`,
      }
    : { code, output };
}
