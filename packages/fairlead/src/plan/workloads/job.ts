import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { TaskSpec } from "../../kinds/task.ts";
import { fields, filled } from "../shared/fields.ts";
import { objectMetadata } from "../shared/metadata.ts";
import { object } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { datadogLabels } from "./datadog.ts";
import { podTemplate } from "./pod.ts";

/** JobSpec: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/job-v1/ */
export function jobSpec(
  context: WorkloadContext<TaskSpec>,
  annotations: { readonly [key: string]: string },
): JsonObject {
  const { spec } = context;
  const policy = object(spec.podFailurePolicy);
  const template = podTemplate(context, annotations, {
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

/** The Job of a Task that runs once. */
export function planJob(context: WorkloadContext<TaskSpec>): KrmObject {
  const { declaration, world } = context;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: objectMetadata(declaration, world, { name: context.name, labels: datadogLabels(context), primary: true }),
    spec: jobSpec(context, {}),
  };
}
