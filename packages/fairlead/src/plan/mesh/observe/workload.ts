import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Labels, WorkloadFact } from "../model/facts.ts";
import type { MeshSettings, WorkloadKind } from "../model/settings.ts";
import { handOverAnnotation, wantedKeys } from "./keys.ts";
import {
  finish,
  isWord,
  labelAt,
  labelsOf,
  limits,
  listAt,
  nameOf,
  objectAt,
  observed,
  placeOf,
  wholeAt,
  type Omitted,
} from "./read.ts";
import { rolloutOf } from "./rollout.ts";

/** A workload with a pod template: Deployment, Rollout, StatefulSet, DaemonSet, Job, Vertex, MonoVertex. */
export function workloadFact(
  object: JsonObject,
  cluster: string,
  kind: WorkloadKind,
  settings: MeshSettings,
): WorkloadFact | undefined {
  if (!isLookedAt(kind, cluster, settings)) return undefined;
  const place = placeOf(object, cluster);
  if (place === undefined) return undefined;
  const omitted: Omitted = [];
  const spec = objectAt(object, "spec");
  const template = templateOf(spec, kind);
  const pod = objectAt(template, "spec");
  const wanted = wantedKeys(settings);
  const meta = objectAt(template, "metadata");
  const labels = labelsOf(meta["labels"], "spec.template.metadata.labels", omitted, wanted);
  const annotations = labelsOf(meta["annotations"], "spec.template.metadata.annotations", [], wanted, isWord);
  const rollout = kind === "Rollout" ? rolloutOf(object, omitted) : undefined;
  // The predecessor reads a Rollout's own template only.
  const referred = kind === "Rollout" && settings.discovery.injection === "istio" ? objectAt(spec, "workloadRef") : {};
  const fact: WorkloadFact = {
    fact: "workload",
    ...observed(place, object, isIgnored(object, labels, settings)),
    kind,
    labels,
    annotations,
    selector: labelsOf(get(spec["selector"], "matchLabels"), "spec.selector.matchLabels", omitted),
    serviceAccount: nameOf(pod["serviceAccountName"]) || "default",
    containerPorts: containerPorts(pod, omitted),
    handOver: [...handOverOf(objectAt(object, "metadata", "annotations")), ...handOverOf(annotations)],
    ...(rollout === undefined ? {} : { rollout }),
    ...(kind === "StatefulSet" ? { stateful: statefulOf(spec, omitted) } : {}),
    ...(pod["hostNetwork"] === true ? { hostNetwork: true as const } : {}),
    ...(referred["kind"] === "Deployment" && nameOf(referred["name"]) !== ""
      ? { templateOf: nameOf(referred["name"]) }
      : {}),
  };
  return finish(fact, omitted);
}

/** Whether the mesh looks at workloads of a kind in a cluster. */
export function isLookedAt(kind: WorkloadKind, cluster: string, { discovery }: MeshSettings): boolean {
  if (discovery.sourceKinds.includes(kind)) return true;
  const clusters = discovery.clientClusters[kind];
  return (
    discovery.clientKinds.includes(kind) &&
    (clusters === undefined || clusters.includes("*") || clusters.includes(cluster))
  );
}

/** The label of the pod template, or the annotation of the workload itself. */
export function isIgnored(object: JsonObject, labels: Labels, { discovery }: MeshSettings): boolean {
  const annotations = objectAt(object, "metadata", "annotations");
  return labelAt(labels, discovery.ignoreLabel) === "true" || get(annotations, discovery.ignoreAnnotation) === "true";
}

export function handOverOf(annotations: JsonValue | Labels): readonly string[] {
  const text = get(annotations, handOverAnnotation);
  if (typeof text !== "string" || text.length > limits.annotation) return [];
  return text
    .split(",")
    .map((namespace) => namespace.trim())
    .filter((namespace) => namespace !== "");
}

/** Numaflow keeps the metadata of its pods beside `spec.template`'s own fields. */
function templateOf(spec: JsonObject, kind: WorkloadKind): JsonObject {
  if (kind !== "Vertex" && kind !== "MonoVertex") return objectAt(spec, "template");
  const own = isObject(spec["metadata"]) ? spec : {};
  return {
    metadata: get(own, "metadata") ?? {},
    spec: { serviceAccountName: nameOf(get(spec, "serviceAccountName")) },
  };
}

function statefulOf(spec: JsonObject, omitted: Omitted): { service: string; replicas: number } {
  const replicas = wholeAt(spec, "replicas", 0, Number.MAX_SAFE_INTEGER) ?? 1;
  if (replicas > limits.replicas) omitted.push("spec.replicas");
  return { service: nameOf(spec["serviceName"]), replicas: Math.min(replicas, limits.replicas) };
}

function containerPorts(pod: JsonObject, omitted: Omitted): { name: string; port: number; protocol: string }[] {
  const ports: { name: string; port: number; protocol: string }[] = [];
  for (const container of listAt(pod, "containers", limits.ports, "spec.template.spec.containers", omitted)) {
    if (!isObject(container)) continue;
    for (const item of listAt(container, "ports", limits.ports, "spec.template.spec.containers.ports", omitted)) {
      const port = isObject(item) ? wholeAt(item, "containerPort", 1, 65_535) : undefined;
      if (port === undefined || ports.length === limits.ports) continue;
      ports.push({ name: nameOf(get(item, "name")), port, protocol: nameOf(get(item, "protocol")) || "TCP" });
    }
  }
  return ports;
}
