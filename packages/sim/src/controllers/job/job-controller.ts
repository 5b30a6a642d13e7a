import { type JsonObject, labelSelector, matchesSelector } from "@fairlead/apimachinery";
import { claim } from "../common/claim.ts";
import { asJson, asKind, type Condition, controllerOf, keyOf, type Pod, splitKey } from "../common/objects.ts";
import { ownedWatch, specSelector } from "../common/owned.ts";
import { createPod, deletePod, isNamespaceTerminating, isNotFound, slowStart } from "../common/pod-control.ts";
import { conditionOf, isReady } from "../common/pods.ts";
import { formatTime } from "../common/time.ts";
import type { Api, Controller, ControllerContext, ControllerWatch, Outcome } from "../controller.ts";
import { type BackoffRecord, noFailures } from "./backoff.ts";
import {
  completionIndexOf,
  hasTracking,
  isFinished,
  isIndexed,
  isSuspended,
  type Job,
  jobCondition,
  type JobStatus,
  trackingFinalizer,
} from "./job.ts";
import { countJob, type JobCounts, type JobObservation } from "./observe-job.ts";
import { deadlineMs, planJobEnd } from "./plan-job.ts";
import { planJobPods } from "./plan-job-pods.ts";
import { planFinish, planTracking } from "./plan-tracking.ts";

const collection = "jobs.batch";
const owner = { apiVersion: "batch/v1", kind: "Job", collection };
/** Keys of pods that no Job counts any more; no namespace has such a name. */
const orphanPrefix = "pod:";

/** Runs the pods of Jobs until as many have succeeded as are wanted. */
export function jobController(): Controller {
  const pods = ownedWatch<Pod>({ collection: "pods", owner, selector: specSelector });
  const records = new Map<string, BackoffRecord>();

  async function reconcile(key: string, context: ControllerContext): Promise<Outcome> {
    const { api, now } = context;
    if (key.startsWith(orphanPrefix)) return await releaseOrphan(api, key.slice(orphanPrefix.length));
    const found = api.get(collection, splitKey(key));
    const job = found === undefined ? undefined : asKind<Job>(found);
    if (job === undefined || isFinished(job) || !isOwn(job)) {
      records.delete(key);
      return undefined;
    }
    const selector = labelSelector(job.spec.selector);
    if (selector === undefined) return undefined;
    const own = await claim(api, "pods", job, pods.candidates(api, job), {
      matches: ({ metadata }) => matchesSelector(selector, metadata.labels ?? {}),
      finalizer: trackingFinalizer,
    });
    if (isIndexed(job)) own.sort((a, b) => (completionIndexOf(a) ?? -1) - (completionIndexOf(b) ?? -1));
    const started = startOf(job, now);
    const observed = { job: started, pods: own, backoff: records.get(key) ?? noFailures, now };
    const counts = countJob(observed);
    const acted = await act(context, observed, counts);
    await track(context, { original: job, observed, counts, acted, onFlush: () => records.set(key, counts.backoff) });
    if (acted.failure !== undefined) throw acted.failure;
    const deadline = deadlineMs(started, now);
    const waits = [acted.afterMs, deadline].filter((ms) => ms !== undefined && ms > 0) as number[];
    return waits.length === 0 ? undefined : { afterMs: Math.min(...waits) };
  }

  const podWatch: ControllerWatch = {
    collection: "pods",
    keys(object, change) {
      const keys = pods.watch.keys(object, change);
      const pod = asKind<Pod>(object);
      if (change.kind === "deleted" || !hasTracking(pod) || !isOrphan(change.api, pod)) return keys;
      return [...keys, `${orphanPrefix}${keyOf(pod)}`];
    },
  };
  const jobWatch: ControllerWatch = {
    collection,
    keys(object, { kind, api }) {
      const job = asKind<Job>(object);
      const keys = [keyOf(job)];
      if (kind !== "deleted" && !isFinished(job)) return keys;
      for (const one of api.dependents(job.metadata.uid)) {
        if (one.collection === "pods") keys.push(`${orphanPrefix}${one.namespace}/${one.name}`);
      }
      return keys;
    },
  };
  return { name: "job-controller", watches: [jobWatch, podWatch], reconcile };
}

function isOwn({ spec }: Job): boolean {
  return spec.managedBy === undefined || spec.managedBy === "kubernetes.io/job-controller";
}

function startOf(job: Job, now: number): Job {
  if (job.status?.startTime !== undefined || isSuspended(job)) return job;
  return { ...job, status: { ...job.status, startTime: formatTime(now) } };
}

/** Whether nobody will count the pod: its Job is gone or at its end. */
function isOrphan(api: Api, pod: Pod): boolean {
  const reference = controllerOf(pod);
  if (reference === undefined) return true;
  if (reference.kind !== "Job") return false;
  const found = api.get(collection, { namespace: pod.metadata.namespace, name: reference.name });
  if (found === undefined || asKind(found).metadata.uid !== reference.uid) return true;
  const job = asKind<Job>(found);
  return isFinished(job) && isOwn(job);
}

async function releaseOrphan(api: Api, key: string): Promise<undefined> {
  const found = api.get("pods", splitKey(key));
  if (found === undefined || !hasTracking(asKind(found)) || !isOrphan(api, asKind(found))) return;
  await release(api, asKind(found));
}

/** Takes the finalizer off; a pod that is gone has none. */
async function release(api: Api, { metadata }: Pod): Promise<void> {
  const rest = (metadata.finalizers ?? []).filter((one) => one !== trackingFinalizer);
  const { uid, resourceVersion, namespace, name } = metadata;
  const patch: JsonObject = { uid, resourceVersion, finalizers: rest.length === 0 ? null : rest };
  try {
    await api.patch("pods", { namespace, name }, { metadata: patch });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}

interface Acted {
  readonly end: Condition | undefined;
  readonly status: JobStatus;
  readonly afterMs: number | undefined;
  readonly failure: unknown;
}

/** Deletes the pods of a Job at its end; creates and deletes pods of any other. */
async function act(context: ControllerContext, observed: JobObservation, counts: JobCounts): Promise<Acted> {
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
        if (releaseFirst && hasTracking(pod)) await release(context.api, pod);
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

interface TrackInput {
  /** As stored. */
  readonly original: Job;
  readonly observed: JobObservation;
  readonly counts: JobCounts;
  readonly acted: Acted;
  readonly onFlush: () => void;
}

/** Writes which pods have ended, takes their finalizers off, and writes that they are counted. */
async function track(
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
      if (fresh !== undefined && hasTracking(asKind(fresh))) await release(api, asKind(fresh));
      withFinalizer.delete(pod.metadata.uid);
    } catch (error) {
      failure ??= error;
    }
  }
  if (failure !== undefined) throw failure;
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
