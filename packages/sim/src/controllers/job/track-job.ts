import { asJson, asKind, type Condition } from "../common/objects.ts";
import type { ControllerContext } from "../controller.ts";
import { hasTracking, type Job, type JobStatus } from "./job.ts";
import type { Acted } from "./job-actions.ts";
import type { JobCounts, JobObservation } from "./observe-job.ts";
import { planFinish, planTracking } from "./plan-tracking.ts";
import { releasePod } from "./release-pod.ts";
import { asError } from "../common/pod-control.ts";

const collection = "jobs.batch";

export interface TrackInput {
  /** As stored. */
  readonly original: Job;
  readonly observed: JobObservation;
  readonly counts: JobCounts;
  readonly acted: Acted;
  readonly onFlush: () => void;
}

/** Writes which pods have ended, takes their finalizers off, and writes that they are counted. */
export async function trackJob(
  context: ControllerContext,
  { original, observed, counts, acted, onFlush }: TrackInput,
): Promise<void> {
  const { api, now } = context;
  const { pods } = observed;
  const plan = planTracking({ job: original, status: acted.status, pods, counts, end: acted.end, now });
  let job = original;
  if (plan.flush) {
    job = asKind<Job>(await api.updateStatus(collection, asJson({ ...job, status: plan.status })));
    onFlush();
  }
  const withFinalizer = new Set(pods.filter(hasTracking).map(({ metadata }) => metadata.uid));
  let failure: unknown;
  for (const pod of plan.release) {
    try {
      const fresh = api.get("pods", pod.metadata);
      if (fresh !== undefined && hasTracking(asKind(fresh))) await releasePod(api, asKind(fresh));
      withFinalizer.delete(pod.metadata.uid);
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw asError(failure);
  const finish = planFinish({ job, status: plan.status, withFinalizer, plan });
  if (!finish.flush) return;
  await api.updateStatus(collection, asJson({ ...job, status: finish.status }));
  if (finish.isFinished) announceEnd(context, job, finish.status, plan.end!);
}

function announceEnd({ event }: ControllerContext, job: Job, status: JobStatus, end: Condition): void {
  if (end.type !== "Complete") return event(asJson(job), "Warning", end.reason ?? "", end.message ?? "");
  const { completions } = job.spec;
  if (completions !== undefined && (status.succeeded ?? 0) > completions) {
    const message = "Too many succeeded pods running after completion count reached";
    event(asJson(job), "Warning", "TooManySucceededPods", message);
  }
  event(asJson(job), "Normal", "Completed", "Job completed");
}
