import { readdirSync, readFileSync } from "node:fs";

/**
 * Ends the processes of a pod that have left the groups of its containers: those whose environment still names the pod's
 * folder. Where there is no /proc, nobody can tell which they are.
 */
export function killStragglers(folder: string): void {
  for (const pid of processIds()) {
    if (pid === process.pid || !environmentOf(pid).includes(folder)) continue;
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // It has ended by itself.
    }
  }
}

function processIds(): readonly number[] {
  try {
    return readdirSync("/proc")
      .map(Number)
      .filter((pid) => pid > 0);
  } catch {
    return [];
  }
}

/** Empty for other users' processes, which cannot be ours. */
function environmentOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1");
  } catch {
    return "";
  }
}
