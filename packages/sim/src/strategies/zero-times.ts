import { get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** Times that Go writes as null where they are not set: structures are never left out. By collection. */
const conditionTimes: ReadonlyMap<string, readonly string[]> = new Map([
  ["certificatesigningrequests.certificates.k8s.io", ["lastUpdateTime", "lastTransitionTime"]],
  ["daemonsets.apps", ["lastTransitionTime"]],
  ["deployments.apps", ["lastUpdateTime", "lastTransitionTime"]],
  ["horizontalpodautoscalers.autoscaling", ["lastTransitionTime"]],
  ["jobs.batch", ["lastProbeTime", "lastTransitionTime"]],
  ["namespaces", ["lastTransitionTime"]],
  ["nodes", ["lastHeartbeatTime", "lastTransitionTime"]],
  ["persistentvolumeclaims", ["lastProbeTime", "lastTransitionTime"]],
  ["pods", ["lastProbeTime", "lastTransitionTime"]],
  ["replicasets.apps", ["lastTransitionTime"]],
  ["replicationcontrollers", ["lastTransitionTime"]],
  ["statefulsets.apps", ["lastTransitionTime"]],
]);

const containerTimes: Readonly<Record<string, readonly string[]>> = {
  running: ["startedAt"],
  terminated: ["startedAt", "finishedAt"],
};

/** Writes null for the times of conditions and container states that are not set; changes the object. */
export function fillZeroTimes(object: JsonObject, collection: string): void {
  if (collection === "events") {
    fill(object, ["firstTimestamp", "lastTimestamp", "eventTime"]);
    return;
  }
  const keys = conditionTimes.get(collection);
  if (keys === undefined) return;
  const { status } = object;
  for (const one of listOf(get(status, "conditions"))) fill(one, keys);
  if (collection !== "pods") return;
  for (const key of ["containerStatuses", "initContainerStatuses", "ephemeralContainerStatuses"]) {
    for (const container of listOf(get(status, key))) {
      if (isObject(container)) for (const state of ["state", "lastState"]) container[state] ??= {};
      for (const state of [get(container, "state"), get(container, "lastState")]) {
        for (const [name, times] of Object.entries(containerTimes)) fill(get(state, name), times);
      }
    }
  }
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function fill(value: JsonValue | undefined, keys: readonly string[]): void {
  if (!isObject(value)) return;
  for (const key of keys) value[key] ??= null;
}
