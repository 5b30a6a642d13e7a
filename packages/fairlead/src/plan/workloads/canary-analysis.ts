import type { JsonObject } from "@fairlead/apimachinery";
import type { AppSpec } from "../../kinds/app.ts";
import { seconds } from "../shared/duration.ts";
import { fields } from "../shared/fields.ts";
import { integer, object, scalar } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { datadogTags } from "./datadog.ts";

export interface AnalysisArgument {
  readonly name: string;
  readonly value: string;
}

/** What is measured: one AnalysisTemplate each. */
export type Measure = "errors" | "latency" | "prometheus" | "web";

export function measures(context: WorkloadContext<AppSpec>): Measure[] {
  const analysis = object(object(context.spec.rollout)?.analysis);
  const datadog = object(analysis?.datadog);
  return [
    ...(scalar(datadog?.errorRPM) === undefined ? [] : ["errors" as const]),
    ...(seconds(datadog?.p95latency) === undefined ? [] : ["latency" as const]),
    ...(object(analysis?.prometheus) === undefined ? [] : ["prometheus" as const]),
    ...(object(analysis?.web) === undefined ? [] : ["web" as const]),
  ];
}

/** Who is judged: arguments of every template, so that queries can name them. */
export function subjectArguments(context: WorkloadContext<AppSpec>): AnalysisArgument[] {
  const { env, service, version } = datadogTags(context);
  return [
    { name: "service-name", value: service },
    ...(env === undefined ? [] : [{ name: "env", value: env }]),
    ...(version === undefined ? [] : [{ name: "version", value: version }]),
  ];
}

/** By what it is judged. Datadog reports latencies in seconds. */
export function thresholdArguments(context: WorkloadContext<AppSpec>): AnalysisArgument[] {
  const datadog = object(object(object(context.spec.rollout)?.analysis)?.datadog);
  const latency = seconds(datadog?.p95latency);
  return [
    { name: "operation", value: scalar(datadog?.operation) },
    { name: "p95latency", value: latency === undefined ? undefined : String(latency) },
    { name: "errorRPM", value: scalar(datadog?.errorRPM) },
  ].filter((argument): argument is AnalysisArgument => argument.value !== undefined);
}

/** Rollout.spec.strategy.canary.analysis: what runs beside the steps, from the starting step on. */
export function canaryAnalysis(context: WorkloadContext<AppSpec>, steps: number): JsonObject | undefined {
  const analysis = object(object(context.spec.rollout)?.analysis);
  const measured = measures(context);
  if (analysis === undefined || measured.length === 0) return undefined;
  const compat = context.mode === "compat";
  const first = integer(analysis.startingStep) ?? (compat ? 2 : Math.min(2, steps - 1));
  const args = compat ? compatArguments(context) : [...subjectArguments(context), ...thresholdArguments(context)];
  return fields({
    templates: measured.map((measure) => ({ templateName: templateName(context, measure) })),
    startingStep: first > 0 ? first : undefined,
    args: args.map((argument) => ({ ...argument })),
  });
}

/** The predecessor's templates were shared by all applications and applied by hand. */
const compatTemplates: { readonly [measure: string]: string } = {
  errors: "analysis-datadog-request-errors",
  latency: "analysis-datadog-request-p95-latency",
};

export function templateName(context: WorkloadContext, measure: Measure): string {
  return (context.mode === "compat" ? compatTemplates[measure] : undefined) ?? `${context.name}-${measure}`;
}

/** The annotations that the predecessor's arguments read, and that it forgot to write. */
export function compatAnalysisAnnotations(context: WorkloadContext<AppSpec>): { [key: string]: string } {
  if (context.mode !== "compat" || measures(context).length === 0) return {};
  const { env, version } = datadogTags(context);
  return {
    ...(env === undefined ? {} : { "app.tokko.io/env": env }),
    ...(version === undefined ? {} : { "app.tokko.io/version": version }),
  };
}

function compatArguments(context: WorkloadContext<AppSpec>): JsonObject[] {
  const from = (name: string, fieldPath: string): JsonObject => ({ name, valueFrom: { fieldRef: { fieldPath } } });
  return [
    from("service-name", "metadata.name"),
    from("env", "metadata.annotations['app.tokko.io/env']"),
    from("version", "metadata.annotations['app.tokko.io/version']"),
    ...thresholdArguments(context).map((argument) => ({ ...argument })),
  ];
}
