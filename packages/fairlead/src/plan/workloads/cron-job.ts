import type { KrmObject } from "@fairlead/krm";
import type { TaskSpec } from "../../kinds/task.ts";
import { fields, filled } from "../shared/fields.ts";
import { commonLabels, objectMetadata, sorted } from "../shared/metadata.ts";
import { object, stringMap, text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { datadogLabels } from "./datadog.ts";
import { jobSpec } from "./job.ts";
import { planReload } from "./reload.ts";

/** The API server wants a schedule; the 31st of February never comes, even if somebody resumes the CronJob. */
export const never = "0 0 31 2 *";

export function isCronJob(spec: TaskSpec): boolean {
  return text(spec.schedule) !== undefined || spec.manual === true;
}

/** The CronJob of a Task: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/cron-job-v1/ */
export function planCronJob(context: WorkloadContext<TaskSpec>): KrmObject {
  const { declaration, world, spec } = context;
  const reload = context.mode === "compat" ? planReload(context).workload : {};
  const jobLabels = sorted({
    ...commonLabels(declaration, world),
    ...datadogLabels(context),
    ...stringMap(object(spec.job)?.labels),
  });
  const jobAnnotations = sorted(stringMap(object(spec.job)?.annotations));
  const jobName = context.mode === "compat" ? context.name : undefined;
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: objectMetadata(declaration, world, {
      name: context.name,
      labels: datadogLabels(context),
      annotations: reload,
      primary: true,
    }),
    spec: fields({
      schedule: text(spec.schedule) ?? never,
      timeZone: text(spec.timeZone),
      suspend: spec.manual === true ? true : (spec.suspend ?? undefined),
      concurrencyPolicy: spec.concurrencyPolicy,
      startingDeadlineSeconds: spec.startingDeadlineSeconds,
      successfulJobsHistoryLimit: spec.successfulJobsHistoryLimit,
      failedJobsHistoryLimit: spec.failedJobsHistoryLimit,
      jobTemplate: fields({
        metadata: filled(fields({ name: jobName, labels: filled(jobLabels), annotations: filled(jobAnnotations) })),
        spec: jobSpec(context, {}),
      }),
    }),
  };
}
