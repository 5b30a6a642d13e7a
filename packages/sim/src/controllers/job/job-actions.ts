import { asJson, type Condition, type Pod } from "../common/objects.ts";
import { createPod, deletePod, isNamespaceTerminating, slowStart } from "../common/pod-control.ts";
import { conditionOf, isReady } from "../common/pods.ts";
import { formatTime } from "../common/time.ts";
import type { ControllerContext } from "../controller.ts";
import { hasTracking, isSuspended, type Job, jobCondition, type JobStatus } from "./job.ts";
import type { JobCounts, JobObservation } from "./observe-job.ts";
import { planJobEnd } from "./plan-job.ts";
import { planJobPods } from "./plan-job-pods.ts";
import { releasePod } from "./release-pod.ts";

export interface Acted {
  readonly end: Condition | undefined;
  readonly status: JobStatus;
  readonly afterMs: number | undefined;
  readonly failure: unknown;
}

/** Deletes the pods of a Job at its end; creates and deletes pods of any other. */
export async function actOnJob(
  context: ControllerContext,
  observed: JobObservation,
  counts: JobCounts,
): Promise<Acted> {
  const { job, now } = observed;
  const { spec } = job;
  let end = planJobEnd(observed, counts);
  let [active, ready, terminating] = [counts.active.length, counts.ready, counts.terminating];
  let failure: unknown;
  let afterMs: number | undefined;
  let isManaged = false;
  const remove = async (pods: readonly Pod[], releaseFirst: boolean): Promise<number> => {
    let deleted = 0;
    for (const pod of pods) {
      try {
        if (releaseFirst && hasTracking(pod)) await releasePod(context.api, pod);
        await deletePod(context, job, pod.metadata.name);
        deleted++;
        if (isReady(pod)) ready--;
      } catch (error) {
        failure ??= error;
      }
    }
    active -= deleted;
    terminating += deleted;
    return deleted;
  };
  if (end !== undefined) {
    if ((await remove(counts.active, false)) !== counts.active.length) end = undefined;
  } else {
    if (job.metadata.deletionTimestamp === undefined) {
      isManaged = true;
      const plan = planJobPods(observed, counts);
      if (plan.kind === "delete") await remove(plan.pods, true);
      else if (plan.kind === "create") {
        const { pods } = plan;
        const created = await slowStart(pods.length, async (index) => {
          try {
            await createPod(context, job, pods[index]!);
          } catch (error) {
            if (!isNamespaceTerminating(error)) throw error;
          }
        });
        active += created.succeeded;
        failure = created.failure;
      } else afterMs = plan.afterMs;
    }
    const isDone =
      active === 0 && (spec.completions === undefined ? counts.succeeded > 0 : counts.succeeded >= spec.completions);
    if (isDone) {
      const message = "Reached expected number of succeeded pods";
      end = jobCondition(now, "SuccessCriteriaMet", "True", "CompletionsReached", message);
    }
  }
  const suspended = end === undefined && isManaged ? withSuspension(context, job) : (job.status ?? {});
  return { end, status: { ...suspended, active, ready, terminating }, afterMs, failure };
}

/** The condition `Suspended`, which a Job has once it was suspended; its time starts anew when it is resumed. */
function withSuspension({ now, event }: ControllerContext, job: Job): JobStatus {
  const status = job.status ?? {};
  const before = conditionOf(status.conditions, "Suspended");
  const conditions = (next: Condition): Condition[] => {
    const list = status.conditions ?? [];
    return before === undefined ? [...list, next] : list.map((one) => (one === before ? next : one));
  };
  if (isSuspended(job)) {
    if (before?.status === "True") return status;
    event(asJson(job), "Normal", "Suspended", "Job suspended");
    const { startTime: _, ...rest } = status;
    return { ...rest, conditions: conditions(jobCondition(now, "Suspended", "True", "JobSuspended", "Job suspended")) };
  }
  if (before === undefined || before.status === "False") return status;
  event(asJson(job), "Normal", "Resumed", "Job resumed");
  const resumed = jobCondition(now, "Suspended", "False", "JobResumed", "Job resumed");
  return { ...status, conditions: conditions(resumed), startTime: formatTime(now) };
}
