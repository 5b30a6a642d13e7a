import type { Pod } from "../common/objects.ts";
import { isActive, isReady, isTerminating } from "../common/pods.ts";
import { type BackoffRecord, finishedAt, nextRecord } from "./backoff.ts";
import { indexFailures, isIndexFailed, matchFailurePolicy } from "./failure-policy.ts";
import { countIndexes, hasIndex, type Intervals, parseIntervals, withIndexes } from "./intervals.ts";
import { hasTracking, isIndexed, isPodFailed, type Job, validIndexOf } from "./job.ts";

export interface JobObservation {
  readonly job: Job;
  /** Of this Job, by index where it has some. */
  readonly pods: readonly Pod[];
  readonly backoff: BackoffRecord;
  readonly now: number;
}

/** What the pods of a Job amount to, with those that the status does not count yet. */
export interface JobCounts {
  readonly active: readonly Pod[];
  readonly ready: number;
  readonly terminating: number;
  readonly succeeded: number;
  readonly failed: number;
  readonly backoff: BackoffRecord;
  /** Of an indexed Job: as the status has them, and with what is new. */
  readonly succeededBefore: Intervals;
  readonly succeededIndexes: Intervals;
  /** Of a Job with a back-off limit for each index. */
  readonly failedIndexes: Intervals | undefined;
  /** The last failed pod of an index that waits to be replaced: it stays until its successor is there. */
  readonly waiting: ReadonlyMap<number, Pod>;
}

export function countJob({ job, pods, backoff }: JobObservation): JobCounts {
  const { status = {}, spec } = job;
  const uncounted = status.uncountedTerminatedPods ?? {};
  const active = pods.filter(isActive);
  const countable = pods.filter((pod) => hasTracking(pod) && (!isIndexed(job) || validIndexOf(pod, job) !== undefined));
  const isNew = (pod: Pod, known: readonly string[] | undefined): boolean => known?.includes(pod.metadata.uid) !== true;
  const succeeded = countable.filter((pod) => pod.status?.phase === "Succeeded" && isNew(pod, uncounted.succeeded));
  const failed = countable.filter((pod) => isPodFailed(pod, job) && isNew(pod, uncounted.failed));
  const counted =
    spec.podFailurePolicy === undefined ? failed : failed.filter((pod) => matchFailurePolicy(job, pod).counts);
  const counts = {
    active,
    ready: active.filter(isReady).length,
    terminating: pods.filter(isTerminating).length,
    succeeded: (status.succeeded ?? 0) + succeeded.length + (uncounted.succeeded?.length ?? 0),
    failed: (status.failed ?? 0) + counted.length + (uncounted.failed?.length ?? 0),
    backoff: nextRecord(backoff, succeeded, failed),
  };
  if (!isIndexed(job)) {
    return { ...counts, succeededBefore: [], succeededIndexes: [], failedIndexes: undefined, waiting: new Map() };
  }
  const before = parseIntervals(status.completedIndexes, spec.completions ?? 0);
  const done = pods.filter((pod) => pod.status?.phase === "Succeeded" && hasTracking(pod));
  const succeededIndexes = withIndexes(before, indexesOf(done, job));
  const perIndex = spec.backoffLimitPerIndex !== undefined;
  const failedIndexes = perIndex
    ? withIndexes(
        parseIntervals(status.failedIndexes, spec.completions ?? 0),
        indexesOf(
          countable.filter((pod) => isIndexFailed(job, pod)),
          job,
        ),
      )
    : undefined;
  return {
    ...counts,
    succeeded: countIndexes(succeededIndexes),
    succeededBefore: before,
    succeededIndexes,
    failedIndexes,
    waiting: perIndex ? waitingPods(job, countable, active, succeededIndexes, failedIndexes!) : new Map(),
  };
}

export function indexesOf(pods: readonly Pod[], job: Job): Set<number> {
  const indexes = new Set<number>();
  for (const pod of pods) {
    const index = validIndexOf(pod, job);
    if (index !== undefined) indexes.add(index);
  }
  return indexes;
}

function waitingPods(
  job: Job,
  pods: readonly Pod[],
  active: readonly Pod[],
  succeeded: Intervals,
  failed: Intervals,
): Map<number, Pod> {
  const waiting = new Map<number, Pod>();
  const running = indexesOf(active, job);
  for (const pod of pods) {
    const index = validIndexOf(pod, job);
    if (index === undefined || !isPodFailed(pod, job) || running.has(index)) continue;
    if (hasIndex(succeeded, index) || hasIndex(failed, index)) continue;
    const last = waiting.get(index);
    if (last === undefined || (indexFailures(last) <= indexFailures(pod) && finishedAt(pod) >= finishedAt(last))) {
      waiting.set(index, pod);
    }
  }
  return waiting;
}
