import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import { fields, filled } from "../shared/fields.ts";
import { objectMetadata } from "../shared/metadata.ts";
import { integer, object, stringMap, text } from "../shared/read.ts";
import { measures, subjectArguments, templateName, thresholdArguments, type Measure } from "./canary-analysis.ts";
import type { WorkloadContext } from "./context.ts";

/** One AnalysisTemplate per measure: https://argo-rollouts.readthedocs.io/en/stable/features/analysis/ */
export function planAnalysisTemplates(context: WorkloadContext<AppSpec>): KrmObject[] {
  // The predecessor's are shared by all applications and not one application's to make.
  if (context.mode === "compat") return [];
  const { declaration, world } = context;
  return measures(context).map((measure) => ({
    apiVersion: "argoproj.io/v1alpha1",
    kind: "AnalysisTemplate",
    metadata: objectMetadata(declaration, world, { name: templateName(context, measure) }),
    spec: {
      args: templateArguments(context, measure).map((name) => ({ name })),
      metrics: [metric(context, measure)],
    },
  }));
}

function templateArguments(context: WorkloadContext<AppSpec>, measure: Measure): string[] {
  const threshold = measure === "errors" ? "errorRPM" : measure === "latency" ? "p95latency" : undefined;
  const wanted = threshold === undefined ? [] : ["operation", threshold];
  const known = thresholdArguments(context).map(({ name }) => name);
  return [...subjectArguments(context).map(({ name }) => name), ...wanted.filter((name) => known.includes(name))];
}

function metric(context: WorkloadContext<AppSpec>, measure: Measure): JsonObject {
  const analysis = object(object(context.spec.rollout)?.analysis);
  switch (measure) {
    case "errors":
      return datadogMetric(
        context,
        measure,
        "errorRPM",
        (tags) => `per_minute(sum:trace.{{args.operation}}.errors${tags}.as_count())`,
      );
    case "latency":
      return datadogMetric(context, measure, "p95latency", (tags) => `p95:trace.{{args.operation}}${tags}`);
    case "prometheus": {
      const prometheus = object(analysis?.prometheus);
      const provider = { prometheus: fields({ address: text(prometheus?.address), query: text(prometheus?.query) }) };
      return measured(measure, prometheus ?? {}, "1m", text(prometheus?.successCondition), provider);
    }
    case "web": {
      const web = object(analysis?.web);
      const headers = Object.entries(stringMap(web?.headers)).map(([key, value]) => ({ key, value }));
      const provider = fields({ url: text(web?.url), headers: filled(headers), jsonPath: text(web?.jsonPath) });
      return measured(measure, web ?? {}, "1m", text(web?.successCondition), { web: provider });
    }
  }
}

/** No data is no error: a canary without requests has neither errors nor latency. */
function datadogMetric(
  context: WorkloadContext<AppSpec>,
  measure: Measure,
  threshold: string,
  query: (tags: string) => string,
): JsonObject {
  const datadog = object(object(object(context.spec.rollout)?.analysis)?.datadog);
  const tags = subjectArguments(context).map(
    ({ name }) => `${name === "service-name" ? "service" : name}:{{args.${name}}}`,
  );
  const provider = { datadog: { interval: "5m", query: query(`{${tags.join(",")}}`) } };
  return measured(measure, datadog ?? {}, "3m", `default(result, 0) <= {{args.${threshold}}}`, provider);
}

function measured(
  name: string,
  settings: { readonly interval?: string; readonly failureLimit?: number },
  interval: string,
  successCondition: string | undefined,
  provider: JsonObject,
): JsonObject {
  return fields({
    name,
    interval: text(settings.interval) ?? interval,
    failureLimit: integer(settings.failureLimit) ?? 3,
    successCondition,
    provider,
  });
}
