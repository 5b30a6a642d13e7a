import { get, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { formatTime } from "../common/time.ts";

/** `--node-monitor-grace-period` and `--node-monitor-period` of kube-controller-manager 1.36. */
export const gracePeriod = 50_000;
export const monitorPeriod = 5000;

/** When something was last heard of a node, and what. */
export interface Heard {
  readonly at: number;
  /** Once too long ago; a second time is believed. */
  readonly isSuspected: boolean;
}

/** When a node was last heard of: by its Lease, or by its own status; `known` is what was known before. */
export function lastHeard(
  node: JsonObject,
  lease: JsonObject | undefined,
  known: Heard | undefined,
  now: number,
): number {
  if (known === undefined) return now;
  const times = [get(lease?.["spec"], "renewTime"), get(readyCondition(node), "lastHeartbeatTime")]
    .map((one) => Date.parse(textOf(one)))
    .filter((one) => !Number.isNaN(one));
  return Math.min(now, Math.max(known.at, ...times));
}

export function conditionsOf({ status }: JsonObject): readonly JsonValue[] {
  const conditions = get(status, "conditions");
  return Array.isArray(conditions) ? conditions : [];
}

export function readyCondition(object: JsonObject): JsonValue | undefined {
  return conditionsOf(object).find((one) => get(one, "type") === "Ready");
}

export function isReady(node: JsonObject): boolean {
  return get(readyCondition(node), "status") === "True";
}

const fromKubelet = ["Ready", "MemoryPressure", "DiskPressure", "PIDPressure"];

/** The conditions of a node of which nothing is heard any more: nobody knows. */
export function unknownConditions(node: JsonObject, now: number): readonly JsonValue[] {
  const lastTransitionTime = formatTime(now);
  const before = conditionsOf(node);
  const changed = before.map((one) =>
    !fromKubelet.includes(textOf(get(one, "type"))) || get(one, "status") === "Unknown"
      ? one
      : {
          ...(one as JsonObject),
          status: "Unknown",
          reason: "NodeStatusUnknown",
          message: "Kubelet stopped posting node status.",
          lastTransitionTime,
        },
  );
  const missing = fromKubelet.filter((type) => !before.some((one) => get(one, "type") === type));
  const never = missing.map((type) => ({
    type,
    status: "Unknown",
    reason: "NodeStatusNeverUpdated",
    message: "Kubelet never posted node status.",
    lastHeartbeatTime: get(node["metadata"], "creationTimestamp") ?? null,
    lastTransitionTime,
  }));
  return [...changed, ...never];
}
