import type { JsonObject } from "@fairlead/apimachinery";
import type { Pod } from "../common/objects.ts";
import { compareActivePods } from "../common/rank-pods.ts";
import { isTerminating } from "../common/pods.ts";
import { finishedAt, remainingMs } from "./backoff.ts";
import { indexFailures } from "./failure-policy.ts";
import { freeIndexes, mergeIntervals, withIndexes } from "./intervals.ts";
import { completionIndexOf, isIndexed, isSuspended, type Job, replacesFailedOnly } from "./job.ts";
import { jobPod } from "./job-pod.ts";
import { indexesOf, type JobCounts, type JobObservation } from "./observe-job.ts";

export type JobPodPlan =
  | { readonly kind: "none"; readonly afterMs?: number }
  | { readonly kind: "create"; readonly pods: readonly JsonObject[] }
  | { readonly kind: "delete"; readonly pods: readonly Pod[] };

const mostAtOnce = 500;
/** Later visits are at least so far away, as kube-controller-manager's are. */
const leastWaitMs = 1000;

/** Which pods a Job that is not at its end has to create or delete. */
export function planJobPods(observed: JobObservation, counts: JobCounts): JobPodPlan {
  const { job, now } = observed;
  const { spec } = job;
  const { active } = counts;
  if (isSuspended(job)) return deletion(surplusPods(job, active, active.length));
  const parallelism = spec.parallelism ?? 1;
  const wanted =
    spec.completions === undefined
      ? counts.succeeded > 0
        ? active.length
        : parallelism
      : Math.max(0, Math.min(spec.completions - counts.succeeded, parallelism));
  const surplus = surplusPods(job, active, Math.max(0, active.length - wanted));
  if (surplus.length > 0) return deletion(surplus.slice(0, mostAtOnce));
  const terminating = replacesFailedOnly(job) ? counts.terminating : 0;
  const missing = Math.min(wanted - terminating - active.length, mostAtOnce);
  if (missing <= 0) return { kind: "none" };
  const isPerIndex = isIndexed(job) && spec.backoffLimitPerIndex !== undefined;
  const wait = isPerIndex ? 0 : remainingMs(counts.backoff, now);
  if (wait > 0) return { kind: "none", afterMs: Math.max(wait, leastWaitMs) };
  if (!isIndexed(job)) return { kind: "create", pods: Array.from({ length: missing }, () => jobPod(job)) };
  const indexes = pendingIndexes(observed, counts, missing);
  const waits = indexes.map((index) => indexWait(counts.waiting.get(index), now));
  const ready = indexes.filter((_, position) => waits[position] === 0);
  if (ready.length === 0) {
    const least = Math.min(...waits);
    return indexes.length === 0 ? { kind: "none" } : { kind: "none", afterMs: Math.max(least, leastWaitMs) };
  }
  const pods = ready.map((index) => jobPod(job, { index, replaced: counts.waiting.get(index) }));
  return { kind: "create", pods };
}

function deletion(pods: readonly Pod[]): JobPodPlan {
  return pods.length === 0 ? { kind: "none" } : { kind: "delete", pods };
}

function indexWait(last: Pod | undefined, now: number): number {
  if (last === undefined) return 0;
  return remainingMs({ failures: indexFailures(last) + 1, lastMs: finishedAt(last) }, now);
}

/** The lowest indexes that nothing works on, and that are neither done nor given up. */
function pendingIndexes({ job, pods }: JobObservation, counts: JobCounts, count: number): number[] {
  let taken = withIndexes(counts.succeededIndexes, indexesOf(counts.active, job));
  if (replacesFailedOnly(job)) taken = withIndexes(taken, indexesOf(pods.filter(isTerminating), job));
  if (counts.failedIndexes !== undefined) taken = mergeIntervals(taken, counts.failedIndexes);
  return freeIndexes(taken, count, job.spec.completions ?? 0);
}

/** At least so many pods to take away; of an indexed Job also all but one of each index, and those without one. */
function surplusPods(job: Job, active: readonly Pod[], atLeast: number): Pod[] {
  const removed: Pod[] = [];
  let left: Pod[] = [...active];
  if (isIndexed(job)) {
    left = [];
    for (const [index, pods] of byIndex(active)) {
      const isUnknown = index === undefined || index >= (job.spec.completions ?? 0);
      const ranked = pods.sort(compareActivePods);
      removed.push(...(isUnknown ? ranked : ranked.slice(0, -1)));
      if (!isUnknown) left.push(ranked.at(-1)!);
    }
  }
  if (removed.length >= atLeast) return removed;
  return [...removed, ...left.sort(compareActivePods).slice(0, atLeast - removed.length)];
}

function byIndex(pods: readonly Pod[]): Map<number | undefined, Pod[]> {
  const groups = new Map<number | undefined, Pod[]>();
  for (const pod of [...pods].sort((a, b) => (completionIndexOf(a) ?? -1) - (completionIndexOf(b) ?? -1))) {
    const index = completionIndexOf(pod);
    const there = groups.get(index);
    if (there === undefined) groups.set(index, [pod]);
    else there.push(pod);
  }
  return groups;
}
