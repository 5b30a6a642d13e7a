import { get, parseQuantity, quantityUnits, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { usageOf, type PodMetrics } from "./pod-metrics.ts";
import { replicasForAverage, replicasForUtilization, type Tolerances } from "./replica-calculator.ts";

export interface MetricInput {
  readonly spec: JsonValue;
  readonly current: number;
  readonly pods: readonly JsonObject[];
  readonly metrics: PodMetrics;
  readonly tolerances: Tolerances;
  readonly now: number;
}

export type MetricResult =
  | {
      readonly kind: "error";
      /** Of the event and the condition. */
      readonly reason: string;
      readonly cause: string;
      /** Of what is said of all metrics. */
      readonly message: string;
    }
  | { readonly kind: "replicas"; readonly replicas: number; readonly name: string; readonly status: JsonObject };

const unserved = (api: string): string => `unable to fetch metrics from ${api} metrics API: `;
const noPodMetrics = "the server could not find the requested resource (get pods.metrics.k8s.io)";

/** What one metric of an autoscaler asks for. Only resources can be measured here; no other metrics are served. */
export function evaluateMetric(input: MetricInput): MetricResult {
  const type = textOf(get(input.spec, "type"));
  if (type === "Resource") return ofResource(input, get(input.spec, "resource"), "");
  if (type === "ContainerResource") {
    const source = get(input.spec, "containerResource");
    return ofResource(input, source, textOf(get(source, "container")));
  }
  const field = type.charAt(0).toLowerCase() + type.slice(1);
  const name = textOf(get(get(get(input.spec, field), "metric"), "name"));
  const api = type === "External" ? "external" : "custom";
  const cause = `unable to get ${type === "External" ? "external " : ""}metric ${name}: ${unserved(api)}no ${api} metrics API (${api}.metrics.k8s.io) registered`;
  const what = type === "External" ? `${name} external` : field;
  return {
    kind: "error",
    reason: `FailedGet${type}Metric`,
    cause,
    message: `failed to get ${what} metric value: ${cause}`,
  };
}

function ofResource(input: MetricInput, source: JsonValue | undefined, container: string): MetricResult {
  const { current, pods, metrics, tolerances, now } = input;
  const resource = textOf(get(source, "name"));
  const target = get(source, "target");
  const usage = usageOf(pods, resource, container, metrics);
  const type = container === "" ? "Resource" : "ContainerResource";
  const averageValue = parseQuantity(textOf(get(target, "averageValue")));
  const kind = averageValue === undefined ? "utilization" : "usage";
  const failed = (why: string): MetricResult => {
    const cause = `failed to get ${resource} ${kind}: ${why}`;
    const what = container === "" ? `${resource} resource` : `${container} container`;
    return {
      kind: "error",
      reason: `FailedGet${type}Metric`,
      cause,
      message: `failed to get ${what} metric value: ${cause}`,
    };
  };
  if (usage.size === 0)
    return failed(`unable to get metrics for resource ${resource}: ${unserved("resource")}${noPodMetrics}`);
  const asked = { current, pods, metrics: usage, resource, container, tolerances, now };
  const percent = get(target, "averageUtilization");
  const proposal =
    averageValue === undefined
      ? replicasForUtilization(asked, typeof percent === "number" ? percent : 100)
      : replicasForAverage(asked, Number(quantityUnits(averageValue, -3)));
  if (proposal.kind === "error") return failed(proposal.message);
  const value: JsonObject = {
    ...(proposal.utilization === undefined ? {} : { averageUtilization: proposal.utilization }),
    averageValue: resource === "memory" ? String(Math.floor(proposal.usage / 1000)) : `${proposal.usage}m`,
  };
  const part = { name: resource, ...(container === "" ? {} : { container }), current: value };
  const suffix = `${container === "" ? "" : " container"} resource utilization (percentage of request)`;
  return {
    kind: "replicas",
    replicas: proposal.replicas,
    name: averageValue === undefined ? `${resource}${suffix}` : `${resource} resource`,
    status: { type, [container === "" ? "resource" : "containerResource"]: part },
  };
}
