import { get, parseQuantity, quantityUnits, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { usageOf, type PodMetrics } from "./pod-metrics.ts";
import { customProposal, type CustomMetricInput, type CustomProposal } from "./custom-metrics.ts";
import { replicasForAverage, replicasForUtilization } from "./replica-calculator.ts";

export interface MetricInput extends CustomMetricInput {
  readonly metrics: PodMetrics;
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

/** What one metric of an autoscaler asks for. Resources are measured by stand-ins, other metrics by annotations. */
export function evaluateMetric(input: MetricInput): MetricResult {
  const type = textOf(get(input.spec, "type"));
  if (type === "Resource") return ofResource(input, get(input.spec, "resource"), "");
  if (type === "ContainerResource") {
    const source = get(input.spec, "containerResource");
    return ofResource(input, source, textOf(get(source, "container")));
  }
  const field = type.charAt(0).toLowerCase() + type.slice(1);
  const name = textOf(get(get(get(input.spec, field), "metric"), "name"));
  const what = type === "External" ? `${name} external` : field;
  const measured = customProposal(input);
  if (measured !== undefined) return ofCustom(input, type, field, what, measured);
  const api = type === "External" ? "external" : "custom";
  const cause = `unable to get ${type === "External" ? "external " : ""}metric ${name}: ${unserved(api)}no ${api} metrics API (${api}.metrics.k8s.io) registered`;
  return {
    kind: "error",
    reason: `FailedGet${type}Metric`,
    cause,
    message: `failed to get ${what} metric value: ${cause}`,
  };
}

function ofCustom(
  { spec }: MetricInput,
  type: string,
  field: string,
  what: string,
  { proposal, name, field: told }: CustomProposal,
): MetricResult {
  if (proposal.kind === "error") {
    const message = `failed to get ${what} metric value: ${proposal.message}`;
    return { kind: "error", reason: `FailedGet${type}Metric`, cause: proposal.message, message };
  }
  const source = get(spec, field);
  const described = get(source, "describedObject");
  const { replicas, usage } = proposal;
  const part: JsonObject = {
    metric: get(source, "metric") ?? {},
    current: { [told]: usage % 1000 === 0 ? String(usage / 1000) : `${usage}m` },
    ...(described === undefined ? {} : { describedObject: described }),
  };
  return { kind: "replicas", replicas, name, status: { type, [field]: part } };
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
