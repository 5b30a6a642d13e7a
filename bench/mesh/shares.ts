/** Where processor time goes while something is measured. */
import { readdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { processorTime } from "../sim/servers.ts";

/** Milliseconds of processor time by process, since they began. */
export interface Shares {
  readonly [process: string]: number;
}

/** Of the processes named, of this one, and of everything on this machine. */
export function sharesNow(pids: ReadonlyMap<string, number>): Shares {
  const { user, system } = process.cpuUsage();
  const own = Object.fromEntries([...pids].map(([name, pid]) => [name, processorTime([pid])]));
  return { ...own, bench: (user + system) / 1000, machine: machineMs() };
}

/** `api-server-1 2.10 s, …; others 0.40 s in 4.60 s on 2 cores`. */
export function spentIn(ms: number, before: Shares, after: Shares): string {
  const { machine = 0, ...spent } = Object.fromEntries(
    Object.entries(after).map(([name, now]) => [name, now - (before[name] ?? 0)]),
  );
  const seconds = (value: number): string => `${(value / 1000).toFixed(2)} s`;
  const known = Object.values(spent).reduce((total, value) => total + value, 0);
  const list = Object.entries(spent).map(([name, value]) => `${name} ${seconds(value)}`);
  const others = seconds(Math.max(0, machine - known));
  return `${list.join(", ")}; others ${others} in ${seconds(ms)} on ${availableParallelism()} cores`;
}

/** What all processors of the machine have worked so far. */
function machineMs(): number {
  const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
  const [user = 0, nice = 0, system = 0, , , irq = 0, soft = 0, steal = 0] = line
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + soft + steal) * 10;
}

/** The etcd that an API server keeps its objects in. */
export function etcdOf(apiServer: number): number | undefined {
  const url = /--etcd-servers=([^\0]*)/.exec(commandOf(apiServer))?.[1];
  if (url === undefined) return undefined;
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).find((pid) => commandOf(pid).includes(`--listen-client-urls=${url}`));
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8");
  } catch {
    return "";
  }
}
