import type { Progress } from "../model/run.ts";
import { pausedReason } from "./blocks.ts";
import type { Core } from "./core.ts";

/** How far a run is, and when it is over if it goes on like this. */
export function progressOf(core: Core): Progress {
  const { counts, run, doneKeys } = core;
  const paused = pausedReason(core) ?? "";
  const done = doneKeys.size;
  const left = counts.waiting + counts.underWay;
  return {
    total: left + done + counts.failed + counts.reported + counts.unknown,
    done,
    underWay: counts.underWay,
    waiting: counts.waiting,
    failed: counts.failed,
    reported: counts.reported + counts.unknown,
    paused,
    wave: run?.wave ?? "",
    startedAt: run?.startedAt,
    eta: paused === "" ? etaOf(core, left) : undefined,
  };
}

function etaOf({ run, now, doneKeys }: Core, left: number): number | undefined {
  if (run === undefined || now === undefined || left === 0 || doneKeys.size === 0) return undefined;
  const elapsed = Math.max(0, now - run.startedAt);
  return Math.round(now + (elapsed / doneKeys.size) * left);
}
