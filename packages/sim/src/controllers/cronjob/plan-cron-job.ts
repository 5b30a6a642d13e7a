import { isTimeZone, type JsonObject } from "@fairlead/apimachinery";
import { asJson, controllerReference } from "../common/objects.ts";
import { formatTime, parseTime } from "../common/time.ts";
import { isFinished, type Job } from "../job/job.ts";
import { type CronJob, type CronJobStatus, scheduleText } from "./cron-job.ts";
import { dueTime, untilNext } from "./due.ts";
import { parseSchedule } from "./schedule.ts";
import { zoneOf } from "./zone.ts";

export interface CronJobObservation {
  readonly cronJob: CronJob;
  /** That it controls, by name. */
  readonly jobs: readonly Job[];
  /** Whether a Job of the namespace is there, controlled or not. */
  readonly exists: (name: string) => boolean;
  readonly now: number;
}

export interface Note {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

export interface CronJobPlan {
  /** Finished Jobs beyond what history keeps: they go first. */
  readonly remove: readonly Job[];
  readonly notes: readonly Note[];
  /** Without the Jobs that are removed; with those that are to be replaced. */
  readonly status: CronJobStatus;
  /** What to start, after deleting what it replaces; all Jobs by name. */
  readonly start: { readonly job: JsonObject; readonly at: number; readonly replaces: readonly string[] } | undefined;
  readonly afterMs: number | undefined;
}

const note = (type: Note["type"], reason: string, message: string): Note => ({ type, reason, message });

/** One sync of a CronJob, as kube-controller-manager does it. */
export function planCronJob(observed: CronJobObservation): CronJobPlan {
  const { cronJob } = observed;
  const notes: Note[] = [];
  const remove = planHistory(observed);
  const status = planActive(observed, remove, notes);
  const rest = cronJob.metadata.deletionTimestamp === undefined ? planStart(observed, status, notes) : {};
  return { remove, notes, status, start: undefined, afterMs: undefined, ...rest };
}

function endOf({ status }: Job): string | undefined {
  const ends = ["Complete", "Failed"];
  return status?.conditions?.find((one) => ends.includes(one.type) && one.status === "True")?.type;
}

/** The oldest finished Jobs of either kind. */
function planHistory({ cronJob, jobs }: CronJobObservation): Job[] {
  const { successfulJobsHistoryLimit, failedJobsHistoryLimit } = cronJob.spec;
  const remove: Job[] = [];
  for (const [end, limit] of [
    ["Complete", successfulJobsHistoryLimit],
    ["Failed", failedJobsHistoryLimit],
  ] as const) {
    if (limit === undefined) continue;
    const finished = jobs.filter((job) => endOf(job) === end).sort(byStart);
    remove.push(...finished.slice(0, Math.max(0, finished.length - limit)));
  }
  return remove;
}

function byStart(a: Job, b: Job): number {
  const [startA, startB] = [a.status?.startTime ?? "~", b.status?.startTime ?? "~"];
  if (startA !== startB) return startA < startB ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/** Which Jobs are active, and when one succeeded last. */
function planActive(
  { cronJob, jobs, exists }: CronJobObservation,
  removed: readonly Job[],
  notes: Note[],
): CronJobStatus {
  let status = cronJob.status ?? {};
  const drop = (uid: string): void => {
    const { active } = status;
    if (active !== undefined) status = { ...status, active: active.filter((one) => one.uid !== uid) };
  };
  for (const { metadata } of removed) drop(metadata.uid);
  for (const job of jobs) {
    const { name, uid } = job.metadata;
    const isKnown = status.active?.some((one) => one.uid === uid) === true;
    if (!isFinished(job)) {
      if (isKnown) continue;
      notes.push(note("Warning", "UnexpectedJob", `Saw a job that the controller did not create or forgot: ${name}`));
      continue;
    }
    const end = endOf(job)!;
    if (isKnown) {
      drop(uid);
      notes.push(note("Normal", "SawCompletedJob", `Saw completed job: ${name}, condition: ${end}`));
    }
    const completed = job.status?.completionTime;
    if (end !== "Complete" || completed === undefined) continue;
    const before = parseTime(status.lastSuccessfulTime);
    if (before === undefined || parseTime(completed)! > before) status = { ...status, lastSuccessfulTime: completed };
  }
  for (const { name, uid } of status.active ?? []) {
    if (jobs.some(({ metadata }) => metadata.uid === uid) || exists(name)) continue;
    notes.push(note("Normal", "MissingJob", `Active job went missing: ${name}`));
    drop(uid);
  }
  return status;
}

function planStart(
  { cronJob, now }: CronJobObservation,
  status: CronJobStatus,
  notes: Note[],
): Partial<Pick<CronJobPlan, "start" | "afterMs">> {
  const { schedule, timeZone, suspend, startingDeadlineSeconds, concurrencyPolicy } = cronJob.spec;
  if (timeZone !== undefined && timeZone !== "" && !isTimeZone(timeZone)) {
    const message = `invalid timeZone: ${JSON.stringify(timeZone)}: unknown time zone ${timeZone}`;
    notes.push(note("Warning", "UnknownTimeZone", message));
    return {};
  }
  if (suspend === true) return {};
  if (schedule.includes("TZ")) {
    const message = `CRON_TZ or TZ used in schedule ${JSON.stringify(schedule)} is not officially supported, see https://kubernetes.io/docs/concepts/workloads/controllers/cron-jobs/ for more details`;
    notes.push(note("Warning", "UnsupportedSchedule", message));
  }
  const parsed = parseSchedule(scheduleText(cronJob));
  if (parsed.kind === "problem") {
    const message = `unparseable schedule: ${JSON.stringify(schedule)} : ${parsed.message}`;
    notes.push(note("Warning", "UnparseableSchedule", message));
    return {};
  }
  const current: CronJob = { ...cronJob, status };
  const due = dueTime(current, now, parsed.next);
  if (due.kind === "broken") {
    const message = `invalid schedule: ${schedule} : time difference between two schedules is less than 1 second`;
    notes.push(note("Warning", "InvalidSchedule", message));
    return {};
  }
  const wait = untilNext(current, now, parsed.next);
  const later = wait === undefined ? {} : { afterMs: wait };
  if (due.kind === "none") return later;
  if (due.isManyMissed) {
    const message = "too many missed start times. Set or decrease .spec.startingDeadlineSeconds or check clock skew";
    notes.push(note("Warning", "TooManyMissedTimes", message));
  }
  if (startingDeadlineSeconds !== undefined && due.at + startingDeadlineSeconds * 1000 < now) {
    notes.push(note("Warning", "MissSchedule", `Missed scheduled time to start a job: ${rfc1123(due.at)}`));
    return later;
  }
  const active = status.active ?? [];
  const name = `${cronJob.metadata.name}-${Math.floor(due.at / 60_000)}`;
  if (active.some((one) => one.name === name) || parseTime(status.lastScheduleTime) === due.at) return later;
  if (concurrencyPolicy === "Forbid" && active.length > 0) {
    const message = "Not starting job because prior execution is running and concurrency policy is Forbid";
    notes.push(note("Normal", "JobAlreadyActive", message));
    return later;
  }
  const replaces = concurrencyPolicy === "Replace" ? active.map((one) => one.name) : [];
  const started: CronJob = { ...cronJob, status: { ...status, lastScheduleTime: formatTime(due.at) } };
  const next = untilNext(started, now, parsed.next);
  return {
    start: { job: jobOf(cronJob, name, due.at), at: due.at, replaces },
    ...(next === undefined ? {} : { afterMs: next }),
  };
}

/** `Thu, 01 Jan 2026 00:05:00 +0000` */
function rfc1123(ms: number): string {
  return new Date(ms).toUTCString().replace("GMT", "+0000");
}

function jobOf(cronJob: CronJob, name: string, at: number): JsonObject {
  const { metadata = {}, spec } = cronJob.spec.jobTemplate;
  const zone = zoneOf(cronJob.spec.timeZone ?? "") ?? zoneOf("")!;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name,
      namespace: cronJob.metadata.namespace,
      ...(metadata.labels === undefined ? {} : { labels: { ...metadata.labels } }),
      annotations: { ...metadata.annotations, "batch.kubernetes.io/cronjob-scheduled-timestamp": zone.format(at) },
      ownerReferences: [asJson(controllerReference(cronJob))],
    },
    spec,
  };
}
