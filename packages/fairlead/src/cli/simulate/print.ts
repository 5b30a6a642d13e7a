import type { Moment, ServiceRecord } from "./observe.ts";

export interface SimulationReport {
  readonly changed: readonly string[];
  readonly refused: readonly { readonly object: string; readonly message: string }[];
  readonly moments: readonly Moment[];
  readonly services: readonly ServiceRecord[];
  /** Pods that were ended or restarted. */
  readonly restarted: number;
}

/** The report for people. */
export function printReport({ changed, refused, moments, services, restarted }: SimulationReport): string {
  const lines: string[] = [];
  for (const one of changed) lines.push(one);
  for (const { object, message } of refused) lines.push(`refused: ${object}: ${message}`);
  if (moments.length > 0) lines.push("");
  const width = Math.max(0, ...moments.map(({ atMs }) => after(atMs).length));
  for (const { atMs, text } of moments) lines.push(`${after(atMs).padStart(width)}  ${text}`);
  lines.push("");
  for (const { service, before, least, end, without } of services) {
    if (before === least && before === end) continue;
    const none = without.map(([from, until]) => `none from ${after(from)} to ${after(until)}`);
    const fate = none.length === 0 ? `at least ${least} ready` : none.join(", ");
    lines.push(`Service ${service}: ${before} ready before, ${fate}, ${end} at the end`);
  }
  lines.push(`${restarted} ${restarted === 1 ? "pod" : "pods"} ended or restarted`);
  return `${lines.join("\n")}\n`;
}

/** `+1m5s`, `+2.5s`. */
export function after(ms: number): string {
  const seconds = ms / 1000;
  if (seconds < 60) return `+${Math.round(seconds * 10) / 10}s`;
  const rest = Math.round(seconds % 60);
  return `+${Math.floor(seconds / 60)}m${rest === 0 ? "" : `${rest}s`}`;
}
