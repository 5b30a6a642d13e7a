import type { Condition, Pod } from "../common/objects.ts";
import { conditionOf } from "../common/pods.ts";
import { parseTime } from "../common/time.ts";
import { matchFailurePolicy } from "./failure-policy.ts";
import { countCommon, countIndexes, type Intervals, parseIntervals } from "./intervals.ts";
import { isIndexed, isPodFailed, isSuspended, type Job, jobCondition } from "./job.ts";
import type { JobCounts, JobObservation } from "./observe-job.ts";

/** Why the Job is at its end: `SuccessCriteriaMet`, `FailureTarget`, or `Failed` once the latter is written. */
export function planJobEnd(observed: JobObservation, counts: JobCounts): Condition | undefined {
  const { job, pods, now } = observed;
  const { spec } = job;
  const conditions = job.status?.conditions;
  const met = conditionOf(conditions, "SuccessCriteriaMet");
  if (met?.status === "True") return met;
  const target = conditionOf(conditions, "FailureTarget");
  if (target?.status === "True") return jobCondition(now, "Failed", "True", target.reason ?? "", target.message ?? "");
  const failure = (reason: string, message: string): Condition =>
    jobCondition(now, "FailureTarget", "True", reason, message);
  const policy = spec.podFailurePolicy === undefined ? undefined : failsByPolicy(job, pods);
  if (policy !== undefined) return failure("PodFailurePolicy", policy);
  if (counts.failed > (spec.backoffLimit ?? 6) || hasRestartedTooOften(job, pods)) {
    return failure("BackoffLimitExceeded", "Job has reached the specified backoff limit");
  }
  const left = deadlineMs(job, now);
  if (left !== undefined && left <= 0) {
    return failure("DeadlineExceeded", "Job was active longer than specified deadline");
  }
  if (!isIndexed(job)) return undefined;
  const failed = counts.failedIndexes === undefined ? 0 : countIndexes(counts.failedIndexes);
  if (spec.maxFailedIndexes !== undefined && failed > spec.maxFailedIndexes) {
    const message = "Job has exceeded the specified maximal number of failed indexes";
    return failure("MaxFailedIndexesExceeded", message);
  }
  if (failed > 0 && failed + countIndexes(counts.succeededIndexes) >= (spec.completions ?? 0)) {
    return failure("FailedIndexes", "Job has failed indexes");
  }
  const success = matchSuccessPolicy(job, counts.succeededIndexes);
  return success === undefined ? undefined : jobCondition(now, "SuccessCriteriaMet", "True", "SuccessPolicy", success);
}

function failsByPolicy(job: Job, pods: readonly Pod[]): string | undefined {
  for (const pod of pods) {
    const why = isPodFailed(pod, job) ? matchFailurePolicy(job, pod).failsJob : undefined;
    if (why !== undefined) return why;
  }
  return undefined;
}

/** Containers that are restarted in place count as failures, too. */
function hasRestartedTooOften({ spec }: Job, pods: readonly Pod[]): boolean {
  if (spec.template.spec["restartPolicy"] !== "OnFailure") return false;
  let restarts = 0;
  for (const { status } of pods) {
    if (status?.phase !== "Running" && status?.phase !== "Pending") continue;
    for (const one of [...(status.initContainerStatuses ?? []), ...(status.containerStatuses ?? [])]) {
      restarts += one.restartCount ?? 0;
    }
  }
  const limit = spec.backoffLimit ?? 6;
  return limit === 0 ? restarts > 0 : restarts >= limit;
}

/** Milliseconds until the active deadline; undefined if it does not run. */
export function deadlineMs(job: Job, now: number): number | undefined {
  const { activeDeadlineSeconds } = job.spec;
  if (activeDeadlineSeconds === undefined || isSuspended(job)) return undefined;
  const start = parseTime(job.status?.startTime);
  return start === undefined ? activeDeadlineSeconds * 1000 : start + activeDeadlineSeconds * 1000 - now;
}

/** Which rule of the success policy is met. */
export function matchSuccessPolicy({ spec }: Job, succeeded: Intervals): string | undefined {
  if (succeeded.length === 0) return undefined;
  for (const [index, { succeededIndexes, succeededCount }] of (spec.successPolicy?.rules ?? []).entries()) {
    const message = `Matched rules at index ${index}`;
    if (succeededIndexes === undefined) {
      if (succeededCount !== undefined && countIndexes(succeeded) >= succeededCount) return message;
      continue;
    }
    const required = parseIntervals(succeededIndexes, spec.completions ?? 0);
    if (required.length === 0) continue;
    const there = countCommon(required, succeeded);
    if (there === countIndexes(required) || (succeededCount !== undefined && there >= succeededCount)) return message;
  }
  return undefined;
}
