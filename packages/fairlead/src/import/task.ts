import { isObject, type JsonObject } from "@fairlead/apimachinery";
import { accountFields } from "./attachments.ts";
import { noHardening } from "./app.ts";
import type { Attachment, Group } from "./group.ts";
import { objectOf, podFields, readTemplate, withoutNulls } from "./pod-template.ts";
import { named } from "./metadata.ts";

/** Fields of a Job's spec that a Task has under the same name. */
const jobFields = [
  "parallelism",
  "completions",
  "completionMode",
  "backoffLimit",
  "backoffLimitPerIndex",
  "maxFailedIndexes",
  "manualSelector",
  "selector",
  "podFailurePolicy",
  "successPolicy",
  "podReplacementPolicy",
  "managedBy",
  "ttlSecondsAfterFinished",
  "activeDeadlineSeconds",
];
/** Fields of a CronJob's spec that a Task has under the same name. */
const cronFields = [
  "schedule",
  "timeZone",
  "startingDeadlineSeconds",
  "concurrencyPolicy",
  "suspend",
  "successfulJobsHistoryLimit",
  "failedJobsHistoryLimit",
];

const podHardening = new Set(["topologySpread", "disruptionBudget", "preStop"]);

/** The spec of a Task that stands for a Job or CronJob, everything written out; a text says why not. */
export function explicitTask(group: Group, attachments: readonly Attachment[]): JsonObject | string {
  const { workload } = group;
  const written = objectOf(workload["spec"]);
  const cron = workload.kind === "CronJob";
  const jobTemplate = objectOf(written["jobTemplate"]);
  const job = cron ? objectOf(jobTemplate["spec"]) : written;
  if (cron && job["suspend"] !== undefined)
    return "its Jobs are suspended, which a Task cannot say beside the CronJob's own";
  const template = readTemplate(job["template"]);
  if (template === undefined) return "its pod template has no containers";
  const pass: JsonObject = {};
  if (cron) for (const field of cronFields) if (written[field] !== undefined) pass[field] = written[field];
  for (const field of cron ? jobFields : [...jobFields, "suspend"])
    if (job[field] !== undefined) pass[field] = job[field];
  const { activeDeadlineSeconds, ...pod } = template.pod;
  const metadata = objectOf(jobTemplate["metadata"]);
  const jobMetadata = {
    ...named("labels", isObject(metadata["labels"]) ? metadata["labels"] : undefined),
    ...named("annotations", isObject(metadata["annotations"]) ? metadata["annotations"] : undefined),
  };
  const account = attachments.find(({ role }) => role === "account")?.object;
  return withoutNulls({
    standardLabels: false,
    ...pass,
    ...(Object.keys(jobMetadata).length > 0 && { job: jobMetadata }),
    ...(activeDeadlineSeconds !== undefined && { podActiveDeadlineSeconds: activeDeadlineSeconds }),
    ...podFields({ ...template, pod }),
    ...accountFields(account),
    hardening: Object.fromEntries(Object.entries(noHardening).filter(([name]) => !podHardening.has(name))),
  });
}
