import type { ContainerRecord } from "./container-record.ts";

const first = 10_000;
const longest = 300_000;
/** A run that lasted this long begins anew. */
const forgotten = 600_000;

/** How long a container that has ended waits to be restarted: not at all the first time, then 10 s, 20 s … five minutes. */
export function restartDelay({ state, restarts }: ContainerRecord): number {
  if (state.kind !== "ended" || restarts === 0) return 0;
  if (state.finishedAt - state.startedAt >= forgotten) return first;
  return Math.min(longest, first * 2 ** Math.min(restarts - 1, 10));
}

/** As Go writes it: `1m20s`. */
export function delayText(ms: number): string {
  const seconds = ms / 1000;
  return seconds < 60 ? `${seconds}s` : `${Math.floor(seconds / 60)}m${seconds % 60}s`;
}
