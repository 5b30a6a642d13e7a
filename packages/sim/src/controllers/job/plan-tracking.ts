import { equal } from "@fairlead/apimachinery";
import { withoutEmpty } from "../common/counts.ts";
import type { Condition, Pod } from "../common/objects.ts";
import { conditionOf } from "../common/pods.ts";
import { matchFailurePolicy } from "./failure-policy.ts";
import { countIndexes, formatIntervals, hasIndex, withIndexes } from "./intervals.ts";
import { hasTracking, isIndexed, isPodFailed, type Job, jobCondition, type JobStatus, validIndexOf } from "./job.ts";
import type { JobCounts } from "./observe-job.ts";

export interface TrackingInput {
  readonly job: Job;
  /** With what this sync has set: conditions, start time and how many pods are active, ready and terminating. */
  readonly status: JobStatus;
  readonly pods: readonly Pod[];
  readonly counts: JobCounts;
  readonly end: Condition | undefined;
  readonly now: number;
}

export interface TrackingPlan {
  /** To be written before any finalizer goes: no pod may vanish uncounted. */
  readonly status: JobStatus;
  readonly flush: boolean;
  /** Pods whose finalizer is removed. */
  readonly release: readonly Pod[];
  /** `Complete` or `Failed`. */
  readonly end: Condition | undefined;
  /** All ended pods are in. */
  readonly isThrough: boolean;
}

const mostUncounted = 500;

/** Which ended pods the status counts next, and what that makes of it. */
export function planTracking(input: TrackingInput): TrackingPlan {
  const { job, pods, counts, end, now } = input;
  const uids = new Set(pods.filter(hasTracking).map(({ metadata }) => metadata.uid));
  const cleaned = cleanUncounted(input.status, uids);
  const known = new Set(job.status?.uncountedTerminatedPods?.failed ?? []);
  const knownDone = new Set(job.status?.uncountedTerminatedPods?.succeeded ?? []);
  const succeeded = [...(cleaned.uncountedTerminatedPods?.succeeded ?? [])];
  const failed = [...(cleaned.uncountedTerminatedPods?.failed ?? [])];
  const indexes: number[] = [];
  const release: Pod[] = [];
  let isThrough = true;
  for (const pod of pods) {
    const { uid } = pod.metadata;
    if (!hasTracking(pod) || !canRelease(input, pod)) continue;
    release.push(pod);
    const index = validIndexOf(pod, job);
    const isCounted = !isIndexed(job) || index !== undefined;
    if (pod.status?.phase === "Succeeded" && !known.has(uid)) {
      if (!isIndexed(job)) {
        if (!knownDone.has(uid)) succeeded.push(uid);
      } else if (index !== undefined && !hasIndex(counts.succeededBefore, index)) indexes.push(index);
    } else if (isPodFailed(pod, job) || (end !== undefined && end.type !== "SuccessCriteriaMet")) {
      if (!known.has(uid) && isCounted && matchFailurePolicy(job, pod).counts) failed.push(uid);
    }
    if (indexes.length + succeeded.length + failed.length >= mostUncounted) {
      isThrough = false;
      break;
    }
  }
  let status: JobStatus = { ...cleaned, uncountedTerminatedPods: { succeeded, failed } };
  if (isIndexed(job)) {
    const done = withIndexes(counts.succeededIndexes, indexes);
    status = { ...status, succeeded: countIndexes(done), completedIndexes: formatIntervals(done) };
    if (counts.failedIndexes !== undefined)
      status = { ...status, failedIndexes: formatIntervals(counts.failedIndexes) };
  }
  const ended = withEnd(status, end, now);
  const written = writtenStatus(ended.status);
  return { status: written, flush: !equal(written, job.status ?? {}), release, end: ended.end, isThrough };
}

function canRelease({ job, end, counts }: TrackingInput, pod: Pod): boolean {
  const isDeleted = job.metadata.deletionTimestamp !== undefined;
  if (isDeleted || end !== undefined || pod.status?.phase === "Succeeded") return true;
  if (!isPodFailed(pod, job)) return false;
  if (job.spec.backoffLimitPerIndex === undefined) return true;
  // The next pod of its index needs to know how often it has failed.
  const index = validIndexOf(pod, job);
  return index === undefined || counts.waiting.get(index)?.metadata.uid !== pod.metadata.uid;
}

/** Says first that the end is near: pods may still have to stop before the Job is complete or has failed. */
function withEnd(
  status: JobStatus,
  end: Condition | undefined,
  now: number,
): { readonly status: JobStatus; readonly end: Condition | undefined } {
  if (end === undefined) return { status, end };
  const { type, reason = "", message = "" } = end;
  const conditions = status.conditions ?? [];
  if (type === "FailureTarget") {
    return {
      status: { ...status, conditions: [...conditions, end] },
      end: jobCondition(now, "Failed", "True", reason, message),
    };
  }
  if (type !== "SuccessCriteriaMet") return { status, end };
  const isThere = conditionOf(conditions, type)?.status === "True";
  return {
    status: isThere ? status : { ...status, conditions: [...conditions, end] },
    end: jobCondition(now, "Complete", "True", reason, message),
  };
}

/** Moves pods that have lost their finalizer from the lists to the counters. */
export function cleanUncounted(status: JobStatus, withFinalizer: ReadonlySet<string>): JobStatus {
  const { succeeded = [], failed = [] } = status.uncountedTerminatedPods ?? {};
  const left = {
    succeeded: succeeded.filter((uid) => withFinalizer.has(uid)),
    failed: failed.filter((uid) => withFinalizer.has(uid)),
  };
  return {
    ...status,
    succeeded: (status.succeeded ?? 0) + succeeded.length - left.succeeded.length,
    failed: (status.failed ?? 0) + failed.length - left.failed.length,
    uncountedTerminatedPods: left,
  };
}

export interface FinishInput {
  readonly job: Job;
  /** As written last. */
  readonly status: JobStatus;
  /** Uids of pods that still have the finalizer. */
  readonly withFinalizer: ReadonlySet<string>;
  readonly plan: TrackingPlan;
}

/** The status once finalizers are gone: at its end if nothing is left to count or to stop. */
export function planFinish({ status, withFinalizer, plan }: FinishInput): {
  readonly status: JobStatus;
  readonly flush: boolean;
  readonly isFinished: boolean;
} {
  let next = cleanUncounted(status, withFinalizer);
  const { succeeded = [], failed = [] } = next.uncountedTerminatedPods ?? {};
  const isFinished =
    plan.end !== undefined && plan.isThrough && succeeded.length + failed.length === 0 && (next.terminating ?? 0) === 0;
  if (isFinished) {
    const end = plan.end!;
    const others = (next.conditions ?? []).filter(({ type }) => type !== end.type);
    const completion = end.type === "Complete" ? { completionTime: end.lastTransitionTime! } : {};
    next = { ...next, conditions: [...others, end], ...completion };
  }
  const written = writtenStatus(next);
  return { status: written, flush: !equal(written, status), isFinished };
}

/** As Go writes it: pointers that are set stay, even where they point to nothing. */
export function writtenStatus(status: JobStatus): JobStatus {
  const { uncountedTerminatedPods: uncounted } = status;
  return {
    ...withoutEmpty(status, ["terminating", "ready", "failedIndexes"]),
    ...(uncounted === undefined ? {} : { uncountedTerminatedPods: withoutEmpty(uncounted) }),
  };
}
