import { labelSelector, matchesSelector } from "@fairlead/apimachinery";
import { claim } from "../common/claim.ts";
import { asKind, controllerOf, keyOf, type Pod, splitKey } from "../common/objects.ts";
import { ownedWatch, specSelector } from "../common/owned.ts";
import { formatTime } from "../common/time.ts";
import type { Api, Controller, ControllerContext, ControllerWatch, Outcome } from "../controller.ts";
import { type BackoffRecord, noFailures } from "./backoff.ts";
import { actOnJob } from "./job-actions.ts";
import {
  completionIndexOf,
  hasTracking,
  isFinished,
  isIndexed,
  isSuspended,
  type Job,
  trackingFinalizer,
} from "./job.ts";
import { countJob } from "./observe-job.ts";
import { deadlineMs } from "./plan-job.ts";
import { releasePod } from "./release-pod.ts";
import { trackJob } from "./track-job.ts";
import { asError } from "../common/pod-control.ts";

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
    const acted = await actOnJob(context, observed, counts);
    await trackJob(context, {
      original: job,
      observed,
      counts,
      acted,
      onFlush: () => records.set(key, counts.backoff),
    });
    if (acted.failure !== undefined) throw asError(acted.failure);
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
  await releasePod(api, asKind(found));
}
