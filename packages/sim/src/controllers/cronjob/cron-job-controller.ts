import { equal, type JsonObject } from "@fairlead/apimachinery";
import { withoutEmpty } from "../common/counts.ts";
import { asJson, asKind, isControlledBy, keyOf, splitKey } from "../common/objects.ts";
import { ownedWatch } from "../common/owned.ts";
import { asError, isAlreadyExists, isNamespaceTerminating, messageOf } from "../common/pod-control.ts";
import { formatTime } from "../common/time.ts";
import type { Controller, ControllerContext, ControllerWatch, Outcome } from "../controller.ts";
import type { Job } from "../job/job.ts";
import { type CronJob, type CronJobStatus, type JobReference, scheduleText } from "./cron-job.ts";
import { untilNext } from "./due.ts";
import { type CronJobPlan, planCronJob } from "./plan-cron-job.ts";
import { parseSchedule } from "./schedule.ts";

const collection = "cronjobs.batch";
const jobCollection = "jobs.batch";

/** Starts Jobs on a schedule. */
export function cronJobController(): Controller {
  const jobs = ownedWatch<Job>({
    collection: jobCollection,
    owner: { apiVersion: "batch/v1", kind: "CronJob", collection },
  });
  /** Their schedule has changed: times that were missed by the new one are not made up for. */
  const rescheduled = new Set<string>();

  const ownWatch: ControllerWatch = {
    collection,
    keys(object, { kind, previous }) {
      const cronJob = asKind<CronJob>(object);
      const key = keyOf(cronJob);
      if (kind === "deleted") rescheduled.delete(key);
      else if (previous !== undefined && scheduleText(asKind<CronJob>(previous)) !== scheduleText(cronJob)) {
        rescheduled.add(key);
      }
      return [key];
    },
  };

  async function reconcile(key: string, context: ControllerContext): Promise<Outcome> {
    const { api, now, event } = context;
    const found = api.get(collection, splitKey(key));
    if (found === undefined) return undefined;
    const cronJob = asKind<CronJob>(found);
    if (rescheduled.delete(key)) {
      const parsed = parseSchedule(scheduleText(cronJob));
      if (parsed.kind === "problem") {
        const message = `unparseable schedule for cronjob: ${cronJob.spec.schedule}`;
        event(found, "Warning", "UnParseableCronJobSchedule", message);
        return undefined;
      }
      const afterMs = untilNext(cronJob, now, parsed.next);
      return afterMs === undefined ? undefined : { afterMs };
    }
    const { namespace } = cronJob.metadata;
    const exists = (name: string): boolean => api.get(jobCollection, { namespace, name }) !== undefined;
    const plan = planCronJob({ cronJob, jobs: jobs.controlled(api, cronJob), exists, now });
    for (const { metadata } of plan.remove) await deleteJob(context, cronJob, metadata.name);
    for (const { type, reason, message } of plan.notes) event(found, type, reason, message);
    const { status, failure } = await carryOut(context, cronJob, plan);
    const written = withoutEmpty(status);
    if (!equal(written, cronJob.status ?? {})) {
      await api.updateStatus(collection, asJson({ ...cronJob, status: written }));
    }
    if (failure !== undefined) throw asError(failure);
    return plan.afterMs === undefined ? undefined : { afterMs: plan.afterMs };
  }

  return { name: "cronjob-controller", watches: [ownWatch, jobs.watch], reconcile };
}

interface CarriedOut {
  readonly status: CronJobStatus;
  readonly failure?: unknown;
}

async function carryOut(context: ControllerContext, cronJob: CronJob, plan: CronJobPlan): Promise<CarriedOut> {
  let { status } = plan;
  const remove = async (name: string): Promise<boolean> => {
    const isDeleted = await deleteJob(context, cronJob, name);
    if (isDeleted) status = { ...status, active: (status.active ?? []).filter((one) => one.name !== name) };
    return isDeleted;
  };
  if (plan.start === undefined) return { status };
  for (const name of plan.start.replaces) {
    if (await remove(name)) continue;
    return { status, failure: new Error(`could not replace job ${cronJob.metadata.namespace}/${name}`) };
  }
  try {
    const job = await startJob(context, cronJob, plan.start.job);
    if (job === undefined) return { status };
    status = {
      ...status,
      active: [...(status.active ?? []), referenceTo(job)],
      lastScheduleTime: formatTime(plan.start.at),
    };
  } catch (failure) {
    return { status, failure };
  }
  return { status };
}

async function deleteJob({ api, event }: ControllerContext, cronJob: CronJob, name: string): Promise<boolean> {
  const { namespace } = cronJob.metadata;
  try {
    await api.delete(jobCollection, { namespace, name }, { propagationPolicy: "Background" });
  } catch (error) {
    event(asJson(cronJob), "Warning", "FailedDelete", `Deleted job: ${messageOf(error)}`);
    return false;
  }
  event(asJson(cronJob), "Normal", "SuccessfulDelete", `Deleted job ${name}`);
  return true;
}

/** The Job that was started; undefined if there is one of its name that is another's or known already. */
async function startJob(
  { api, event }: ControllerContext,
  cronJob: CronJob,
  planned: JsonObject,
): Promise<Job | undefined> {
  try {
    const job = asKind<Job>(await api.create(jobCollection, planned));
    event(asJson(cronJob), "Normal", "SuccessfulCreate", `Created job ${job.metadata.name}`);
    return job;
  } catch (error) {
    if (isAlreadyExists(error)) {
      const found = api.get(jobCollection, asKind(planned).metadata);
      if (found === undefined) throw error;
      const job = asKind<Job>(found);
      const isKnown = cronJob.status?.active?.some(({ uid }) => uid === job.metadata.uid) === true;
      return isControlledBy(job, cronJob) && !isKnown ? job : undefined;
    }
    if (!isNamespaceTerminating(error)) {
      event(asJson(cronJob), "Warning", "FailedCreate", `Error creating job: ${messageOf(error)}`);
    }
    throw error;
  }
}

function referenceTo({ metadata }: Job): JobReference {
  const { namespace, name, uid, resourceVersion } = metadata;
  return { kind: "Job", namespace, name, uid, apiVersion: "batch/v1", resourceVersion };
}
