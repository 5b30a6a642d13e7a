import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { TaskSpec } from "../../kinds/task.ts";
import { contentHash } from "../shared/content-hash.ts";
import { fields, filled } from "../shared/fields.ts";
import { objectMetadata } from "../shared/metadata.ts";
import { object } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { datadogLabels } from "./datadog.ts";
import { podTemplate } from "./pod.ts";
import { planReload, type Reload } from "./reload.ts";

/** JobSpec: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/ */
export function jobSpec(context: WorkloadContext<TaskSpec>, podAnnotations: Reload["pod"]): JsonObject {
  const { spec } = context;
  const policy = object(spec.podFailurePolicy);
  const template = podTemplate(context, podAnnotations, {
    restartPolicy: spec.restartPolicy ?? (policy === undefined ? "OnFailure" : "Never"),
    activeDeadlineSeconds: spec.podActiveDeadlineSeconds,
  });
  return fields({
    parallelism: spec.parallelism,
    completions: spec.completions,
    completionMode: spec.completionMode,
    activeDeadlineSeconds: spec.activeDeadlineSeconds,
    backoffLimit: spec.backoffLimit,
    backoffLimitPerIndex: spec.backoffLimitPerIndex,
    maxFailedIndexes: spec.maxFailedIndexes,
    podFailurePolicy: policy,
    successPolicy: filled(object(spec.successPolicy)),
    podReplacementPolicy: spec.podReplacementPolicy,
    ttlSecondsAfterFinished: spec.ttlSecondsAfterFinished,
    managedBy: spec.managedBy,
    manualSelector: spec.manualSelector,
    selector: filled(object(spec.selector)),
    template,
  });
}

/** The digits of the content hash in a unique name, and the dash before them. */
export const suffixLength = 9;

/** The Job of a Task that runs once; with `uniqueName` its name says what it does, so that a change is another Job. */
export function planJob(context: WorkloadContext<TaskSpec>): KrmObject {
  const { declaration, world, spec } = context;
  const reload =
    context.mode === "compat" || spec.uniqueName === true ? planReload(context) : { pod: {}, workload: {} };
  const content = fields({ ...jobSpec(context, reload.pod), suspend: spec.suspend });
  const name = spec.uniqueName === true ? `${context.name}-${contentHash(content, suffixLength - 1)}` : context.name;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: objectMetadata(declaration, world, {
      name,
      labels: datadogLabels(context),
      annotations: reload.workload,
      primary: true,
    }),
    spec: content,
  };
}
