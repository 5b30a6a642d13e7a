import { readFileSync } from "node:fs";

/** What is added to a port that only an administrator may listen on; none of the sums is one that `fetch` refuses. */
const privilegedOffset = 20_000;

/** The first port that this process may listen on. */
export function firstFreePort(): number {
  if (process.geteuid?.() === 0 || process.platform === "win32") return 0;
  try {
    return Number(readFileSync("/proc/sys/net/ipv4/ip_unprivileged_port_start", "utf8"));
  } catch {
    return 1024;
  }
}

/** The port that stands for one that this process may not listen on: 80 becomes 20080. All others stay. */
export function localPort(port: number, firstFree: number): number {
  return port > 0 && port < firstFree ? privilegedOffset + port : port;
}
