import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { groupOf, type KrmObject } from "@fairlead/krm";
import { named } from "./metadata.ts";
import { objectOf, withoutNulls } from "./pod-template.ts";

/** Why an autoscaler cannot be an App's `scaling`, if it cannot. */
export function scalingProblem(autoscaler: KrmObject): string | undefined {
  const fields = scalingFields(autoscaler, []);
  return typeof fields === "string" ? fields : undefined;
}

/** An autoscaler as `scaling`; a text says why it cannot be. What has no word there shows up as a difference later. */
export function scalingFields(
  autoscaler: KrmObject | undefined,
  authentications: readonly KrmObject[],
): JsonObject | string {
  if (autoscaler === undefined) return {};
  const { name, labels, annotations } = autoscaler.metadata;
  const common = { ...named("labels", labels), ...named("annotations", annotations), name: name! };
  const spec = objectOf(autoscaler["spec"]);
  if (groupOf(autoscaler.apiVersion) === "autoscaling") return hpa(spec, common);
  const {
    minReplicaCount,
    maxReplicaCount,
    idleReplicaCount,
    pollingInterval,
    cooldownPeriod,
    fallback,
    triggers,
    advanced,
  } = spec;
  const behavior = get(get(advanced, "horizontalPodAutoscalerConfig"), "behavior");
  return {
    scaling: withoutNulls({
      engine: "keda",
      ...(minReplicaCount !== undefined && { min: minReplicaCount }),
      max: maxReplicaCount ?? 100,
      ...(idleReplicaCount !== undefined && { idle: idleReplicaCount }),
      ...(pollingInterval !== undefined && { pollingInterval }),
      ...(cooldownPeriod !== undefined && { cooldownPeriod }),
      ...shorthands(Array.isArray(triggers) ? triggers : []),
      ...(isObject(behavior) && { behavior }),
      ...(fallback !== undefined && { fallback }),
      ...(authentications.length > 0 && {
        triggerAuthentications: authentications.map((one) => ({
          name: one.metadata.name!,
          spec: objectOf(one["spec"]),
        })),
      }),
      ...common,
    }),
  };
}

function hpa(spec: JsonObject, common: JsonObject): JsonObject | string {
  const { minReplicas, maxReplicas, metrics, behavior } = spec;
  const targets: JsonObject = {};
  for (const metric of Array.isArray(metrics) ? metrics : []) {
    const resource = get(metric, "resource");
    const name = get(resource, "name");
    const use = get(get(resource, "target"), "averageUtilization");
    if (get(metric, "type") !== "Resource" || (name !== "cpu" && name !== "memory") || typeof use !== "number") {
      return "it has a metric that is not the use of CPU or memory in percent";
    }
    targets[name] = use;
  }
  return {
    scaling: withoutNulls({
      engine: "hpa",
      ...(minReplicas !== undefined && { min: minReplicas }),
      ...(maxReplicas !== undefined && { max: maxReplicas }),
      ...targets,
      ...(isObject(behavior) && { behavior }),
      ...common,
    }),
  };
}

/** KEDA's triggers in our words. They have an order there; where ours differs, all stay as they are. */
function shorthands(triggers: readonly JsonValue[]): JsonObject {
  const order = ["cpu", "memory", "cron"];
  const kinds = triggers.map((trigger) => String(get(trigger, "type") as string));
  const ranks = kinds.map((kind) => (order.includes(kind) ? order.indexOf(kind) : order.length));
  const sorted = ranks.every((rank, index) => index === 0 || ranks[index - 1]! <= rank);
  const single = new Set(kinds.filter((kind) => kind === "cpu" || kind === "memory"));
  if (!sorted || single.size !== kinds.filter((kind) => kind === "cpu" || kind === "memory").length)
    return { triggers: [...triggers] };
  const result: JsonObject = {};
  const rest: JsonValue[] = [];
  const cron: JsonObject[] = [];
  for (const trigger of triggers) {
    const read = readTrigger(trigger);
    if (read === undefined || rest.length > 0) rest.push(trigger);
    else if (read.kind === "cron") cron.push(read.settings);
    else result[read.kind] = read.percent;
  }
  return { ...result, ...(cron.length > 0 && { cron }), ...(rest.length > 0 && { triggers: rest }) };
}

type ReadTrigger = { kind: "cpu" | "memory"; percent: number } | { kind: "cron"; settings: JsonObject };

function readTrigger(trigger: JsonValue): ReadTrigger | undefined {
  if (!isObject(trigger)) return undefined;
  const type = trigger["type"];
  const metadata = objectOf(trigger["metadata"]);
  const keys = Object.keys(trigger).filter((key) => key !== "type" && key !== "metadata");
  if (type === "cpu" || type === "memory") {
    const value = metadata["value"];
    const plain = keys.length === 1 && trigger["metricType"] === "Utilization" && Object.keys(metadata).length === 1;
    return plain && typeof value === "string" && /^[1-9]\d{0,3}$/.test(value)
      ? { kind: type, percent: Number(value) }
      : undefined;
  }
  if (type !== "cron" || keys.length > 0) return undefined;
  const { start, end, timezone, desiredReplicas, ...more } = metadata;
  if (typeof start !== "string" || typeof end !== "string" || Object.keys(more).length > 0) return undefined;
  if (typeof desiredReplicas !== "string" || !/^\d{1,6}$/.test(desiredReplicas)) return undefined;
  return {
    kind: "cron",
    settings: { start, end, ...(timezone !== undefined && { timezone }), replicas: Number(desiredReplicas) },
  };
}
