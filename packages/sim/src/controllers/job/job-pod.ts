import type { JsonObject } from "@fairlead/apimachinery";
import type { Pod, PodTemplate } from "../common/objects.ts";
import { podFromTemplate } from "../common/pod-control.ts";
import { failureAnnotations } from "./failure-policy.ts";
import { indexAnnotation, isIndexed, type Job, trackingFinalizer } from "./job.ts";

const longestPrefix = 58;

/** A pod of the Job; of an indexed one for an index, which it finds in its environment. */
export function jobPod(job: Job, work?: { readonly index: number; readonly replaced: Pod | undefined }): JsonObject {
  const { template } = job.spec;
  const finalizers = template.metadata?.finalizers ?? [];
  const metadata = {
    ...template.metadata,
    finalizers: finalizers.includes(trackingFinalizer) ? finalizers : [...finalizers, trackingFinalizer],
  };
  const spec = isIndexed(job) ? withIndexVariables(template.spec) : template.spec;
  if (work === undefined) return podFromTemplate(job, { ...template, metadata, spec });
  const { index, replaced } = work;
  const { name } = job.metadata;
  const own = { [indexAnnotation]: String(index) };
  const failures = job.spec.backoffLimitPerIndex === undefined ? {} : failureAnnotations(job, replaced);
  const indexed: PodTemplate = {
    ...template,
    metadata: {
      ...metadata,
      labels: { ...metadata.labels, ...own },
      annotations: { ...metadata.annotations, ...own, ...failures },
    },
    spec: { ...spec, hostname: `${name}-${index}` },
  };
  const pod = podFromTemplate(job, indexed);
  const suffix = `-${index}-`;
  const isLong = name.length + suffix.length > longestPrefix;
  const generateName = `${isLong ? name.slice(0, longestPrefix - suffix.length) : name}${suffix}`;
  return { ...pod, metadata: { ...(pod["metadata"] as JsonObject), generateName } };
}

function withIndexVariables(spec: JsonObject): JsonObject {
  const containers = (key: string): JsonObject => {
    const list = spec[key] as JsonObject[] | undefined;
    return list === undefined ? {} : { [key]: list.map(withIndexVariable) };
  };
  return { ...spec, ...containers("initContainers"), ...containers("containers") };
}

function withIndexVariable(container: JsonObject): JsonObject {
  const name = "JOB_COMPLETION_INDEX";
  const env = (container["env"] ?? []) as JsonObject[];
  if (env.some((one) => one["name"] === name)) return container;
  const fieldPath = `metadata.labels['${indexAnnotation}']`;
  return { ...container, env: [...env, { name, valueFrom: { fieldRef: { fieldPath } } }] };
}
