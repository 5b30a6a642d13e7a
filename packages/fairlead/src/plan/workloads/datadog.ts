import type { EnvVar } from "@fairlead/apimachinery/k8s";
import { text } from "../shared/read.ts";
import { isLabelValue } from "../shared/names.ts";
import { mainContainer, type WorkloadContext } from "./context.ts";

/** Datadog's unified service tags: https://docs.datadoghq.com/getting_started/tagging/unified_service_tagging/ */
interface Tags {
  readonly env: string | undefined;
  readonly service: string;
  readonly version: string | undefined;
}

export function usesDatadog(context: WorkloadContext): boolean {
  return context.spec.monitoring?.datadog === true;
}

export function datadogTags(context: WorkloadContext): Tags {
  const main = mainContainer(context.name, context.containers) ?? context.containers[0];
  return { env: context.world.environment.name, service: context.name, version: imageVersion(text(main?.image)) };
}

/** The tag of an image reference: `1.4.2` of `registry.example:5000/orders:1.4.2@sha256:…`. */
export function imageVersion(image: string | undefined): string | undefined {
  if (image === undefined) return undefined;
  const path = image.split("@")[0]!;
  const tag = /:([\w][\w.-]{0,127})$/.exec(path.slice(path.lastIndexOf("/") + 1));
  return tag?.[1];
}

/** The tags as labels of the workload and its pods; a value that cannot be a label is left to the variables. */
export function datadogLabels(context: WorkloadContext): { [key: string]: string } {
  if (!usesDatadog(context)) return {};
  const labels: { [key: string]: string } = {};
  for (const [key, value] of Object.entries(datadogTags(context)) as [string, string | undefined][]) {
    if (value !== undefined && isLabelValue(value)) labels[`tags.datadoghq.com/${key}`] = value;
  }
  return labels;
}

/** The variables by which a tracer finds its agent and tags what it sends. */
export function datadogVariables(context: WorkloadContext): EnvVar[] {
  if (!usesDatadog(context)) return [];
  const { env, service, version } = datadogTags(context);
  return [
    { name: "DD_AGENT_HOST", valueFrom: { fieldRef: { fieldPath: "status.hostIP" } } },
    ...(env === undefined ? [] : [{ name: "DD_ENV", value: env }]),
    { name: "DD_SERVICE", value: service },
    ...(version === undefined ? [] : [{ name: "DD_VERSION", value: version }]),
  ];
}

export function checkDatadog(context: WorkloadContext): void {
  if (!usesDatadog(context)) return;
  const { env, version } = datadogTags(context);
  const missing = [
    ...(env === undefined ? ["DD_ENV is left out, because no environment is chosen"] : []),
    ...(version === undefined ? ["DD_VERSION is left out, because the image of the main container has no tag"] : []),
  ];
  for (const message of missing) {
    context.report("FL227", {
      message,
      hint: message.startsWith("DD_ENV") ? "render with --environment NAME" : "write the image as NAME:TAG",
      field: ["spec", "monitoring", "datadog"],
    });
  }
}
