import { get, isObject, parseJson, setOwn, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { metricFromV1, metricToV1, statusFromV1, statusToV1 } from "./autoscaler-metrics.ts";
import { behaviorFromText, behaviorToText } from "./autoscaler-behavior.ts";

const prefix = "autoscaling.alpha.kubernetes.io/";
/** Where `autoscaling/v1` keeps what it has no fields for. */
const annotations = [
  "metrics",
  "behavior",
  "scale-down-tolerance",
  "scale-up-tolerance",
  "current-metrics",
  "conditions",
];
const defaultUtilization = 80;

/** A HorizontalPodAutoscaler of `autoscaling/v1` as `autoscaling/v2` has it. */
export function autoscalerToV2(object: JsonObject): JsonObject {
  const metadata = objectOf(object["metadata"]);
  const encoded = objectOf(metadata["annotations"]);
  const { targetCPUUtilizationPercentage: target, ...spec } = objectOf(object["spec"]);
  const { currentCPUUtilizationPercentage: used, currentReplicas, ...status } = objectOf(object["status"]);
  // `autoscaling/v1` says it always, `autoscaling/v2` only where it is not zero.
  const replicas = currentReplicas === undefined || currentReplicas === 0 ? {} : { currentReplicas };
  const others = listIn(encoded, "metrics")?.map(metricFromV1) ?? [];
  const metrics = [...others, ...(typeof target === "number" ? [cpuMetric("target", target)] : [])];
  const currentMetrics =
    listIn(encoded, "current-metrics")?.map(statusFromV1) ??
    (typeof used === "number" ? [cpuMetric("current", used)] : null);
  const behavior = behaviorFromText(textOf(get(encoded, `${prefix}behavior`)));
  const conditions = listIn(encoded, "conditions");
  return {
    ...object,
    apiVersion: "autoscaling/v2",
    metadata: withoutOwn(metadata),
    spec: {
      ...spec,
      metrics: metrics.length === 0 ? [cpuMetric("target", defaultUtilization)] : metrics,
      ...(behavior === undefined ? {} : { behavior }),
    },
    status: {
      ...replicas,
      ...status,
      currentMetrics,
      ...(conditions === undefined ? {} : { conditions: [...conditions] }),
    },
  };
}

/** A HorizontalPodAutoscaler of `autoscaling/v2` as `autoscaling/v1` has it: the rest goes into annotations. */
export function autoscalerToV1(object: JsonObject): JsonObject {
  const metadata = withoutOwn(objectOf(object["metadata"]));
  const { metrics, behavior, ...spec } = objectOf(object["spec"]);
  const { currentMetrics, conditions, ...status } = objectOf(object["status"]);
  const [declared, reported] = [listOf(metrics), listOf(currentMetrics)];
  const cpu = declared.map((one) => utilizationOf(one, "target")).find((one) => one !== undefined);
  const used = reported.map((one) => utilizationOf(one, "current")).findLast((one) => one !== undefined);
  const others = declared.filter((one) => utilizationOf(one, "target") === undefined).map(metricToV1);
  const added: JsonObject = {
    ...(others.length === 0 ? {} : { [`${prefix}metrics`]: JSON.stringify(others) }),
    ...(reported.length === 0 ? {} : { [`${prefix}current-metrics`]: JSON.stringify(reported.map(statusToV1)) }),
    ...(isObject(behavior) ? { [`${prefix}behavior`]: behaviorToText(behavior) } : {}),
    ...(listOf(conditions).length === 0
      ? {}
      : { [`${prefix}conditions`]: JSON.stringify(listOf(conditions).map(inGoOrder)) }),
  };
  const kept = { ...objectOf(metadata["annotations"]), ...added };
  return {
    ...object,
    apiVersion: "autoscaling/v1",
    metadata: Object.keys(added).length === 0 ? metadata : { ...metadata, annotations: kept },
    spec: { ...spec, ...(cpu === undefined ? {} : { targetCPUUtilizationPercentage: cpu }) },
    status: {
      ...status,
      currentReplicas: status["currentReplicas"] ?? 0,
      desiredReplicas: status["desiredReplicas"] ?? 0,
      ...(used === undefined ? {} : { currentCPUUtilizationPercentage: used }),
    },
  };
}

function cpuMetric(which: "target" | "current", averageUtilization: number): JsonObject {
  const value: JsonObject = which === "target" ? { type: "Utilization", averageUtilization } : { averageUtilization };
  return { type: "Resource", resource: { name: "cpu", [which]: value } };
}

function utilizationOf(metric: JsonValue, which: "target" | "current"): number | undefined {
  const resource = get(metric, "resource");
  if (get(metric, "type") !== "Resource" || get(resource, "name") !== "cpu") return undefined;
  const found = get(get(resource, which), "averageUtilization");
  return typeof found === "number" ? found : undefined;
}

/** Without the annotations that a conversion writes. */
function withoutOwn(metadata: JsonObject): JsonObject {
  const all = metadata["annotations"];
  if (!isObject(all) || !annotations.some((name) => Object.hasOwn(all, prefix + name))) return metadata;
  const kept: JsonObject = {};
  for (const key of Object.keys(all)) {
    if (!annotations.includes(key.slice(prefix.length)) || !key.startsWith(prefix)) setOwn(kept, key, all[key]!);
  }
  const { annotations: _annotations, ...rest } = metadata;
  return Object.keys(kept).length === 0 ? rest : { ...metadata, annotations: kept };
}

/** A list in an annotation; undefined where there is none, or none that can be read. */
function listIn(encoded: JsonObject, name: string): readonly JsonValue[] | undefined {
  const text = get(encoded, prefix + name);
  if (typeof text !== "string") return undefined;
  try {
    const value = parseJson(text);
    return Array.isArray(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

const conditionFields = ["type", "status", "lastTransitionTime", "reason", "message"];

function inGoOrder(condition: JsonValue): JsonObject {
  const ordered: JsonObject = {};
  for (const field of conditionFields) {
    const value = get(condition, field);
    if (value !== undefined) ordered[field] = value;
    else if (field === "lastTransitionTime") ordered[field] = null;
  }
  return ordered;
}

function objectOf(value: JsonValue | undefined): JsonObject {
  return isObject(value) ? value : {};
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
