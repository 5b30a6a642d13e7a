import { parseTime } from "../common/time.ts";
import type { CronJob } from "./cron-job.ts";
import type { Schedule } from "./schedule.ts";

interface Missed {
  readonly earliest: number;
  /** The last time that has come and that no Job was started for. */
  readonly latest: number | undefined;
  readonly missed: "none" | "few" | "many";
  /** A schedule that never comes, or comes more often than once a second. */
  readonly isBroken: boolean;
}

/** Looks from the last start on, or from when the CronJob was created; not further back than the deadline. */
function missedTimes(cronJob: CronJob, now: number, next: Schedule, withDeadline: boolean): Missed {
  const { startingDeadlineSeconds: deadline } = cronJob.spec;
  let earliest = parseTime(cronJob.status?.lastScheduleTime) ?? parseTime(cronJob.metadata.creationTimestamp) ?? now;
  if (withDeadline && deadline !== undefined) earliest = Math.max(earliest, now - deadline * 1000);
  const first = next(earliest);
  const second = first === undefined ? undefined : next(first);
  if (first === undefined || second === undefined) {
    return { earliest, latest: undefined, missed: "none", isBroken: first === undefined || now >= first };
  }
  if (now < first) return { earliest, latest: undefined, missed: "none", isBroken: false };
  if (now < second) return { earliest, latest: first, missed: "none", isBroken: false };
  const period = Math.round((second - first) / 1000);
  if (period < 1) return { earliest, latest: undefined, missed: "none", isBroken: true };
  const count = Math.floor(Math.floor((now - first) / 1000) / period) + 1;
  let latest: number | undefined;
  // Not all of them are gone through: there may be years of them.
  for (let time = next(first + (count - 2) * period * 1000); time !== undefined && time <= now; time = next(time)) {
    latest = time;
  }
  return { earliest, latest, missed: count > 100 ? "many" : "few", isBroken: false };
}

export type Due =
  | { readonly kind: "none" }
  | { readonly kind: "broken" }
  | { readonly kind: "due"; readonly at: number; readonly isManyMissed: boolean };

/** The time that a Job is to be started for now. */
export function dueTime(cronJob: CronJob, now: number, next: Schedule): Due {
  const { latest, missed, isBroken } = missedTimes(cronJob, now, next, true);
  if (isBroken) return { kind: "broken" };
  return latest === undefined ? { kind: "none" } : { kind: "due", at: latest, isManyMissed: missed === "many" };
}

/** A moment later than the schedule, so that it is due for sure. */
const leewayMs = 100;

/** Milliseconds until the next time; undefined if there is none. */
export function untilNext(cronJob: CronJob, now: number, next: Schedule): number | undefined {
  const { earliest, latest, missed, isBroken } = missedTimes(cronJob, now, next, false);
  const from = isBroken ? now : (latest ?? (missed === "none" ? earliest : now));
  const time = next(from);
  return time === undefined ? undefined : time + leewayMs - now;
}
