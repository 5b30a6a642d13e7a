import { equal, get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { scaled } from "../common/counts.ts";
import { asKind, type Pod } from "../common/objects.ts";
import { isReady } from "../common/pods.ts";
import { formatTime, parseTime } from "../common/time.ts";

export interface BudgetObservation {
  readonly budget: JsonObject;
  /** Of the namespace, selected by the budget. */
  readonly pods: readonly JsonObject[];
  /** How many replicas the owners of these pods want, each owner once; undefined for pods without a known owner. */
  readonly scale: number;
  readonly now: number;
}

export interface BudgetPlan {
  readonly status: JsonObject;
  /** Until a pod that was to be deleted counts as there again. */
  readonly afterMs: number | undefined;
}

const deletionTimeout = 120_000;

/** `status` of a PodDisruptionBudget, as the disruption controller computes it. */
export function planBudget({ budget, pods, scale, now }: BudgetObservation): BudgetPlan {
  const { spec } = budget;
  const maxUnavailable = get(spec, "maxUnavailable");
  const minAvailable = get(spec, "minAvailable");
  let expectedPods = 0;
  let desiredHealthy = 0;
  if (isIntOrPercent(maxUnavailable)) {
    expectedPods = scale;
    desiredHealthy = Math.max(0, scale - (scaled(maxUnavailable, scale, true) ?? 0));
  } else if (typeof minAvailable === "number") {
    expectedPods = pods.length;
    desiredHealthy = minAvailable;
  } else if (isIntOrPercent(minAvailable)) {
    expectedPods = scale;
    desiredHealthy = scaled(minAvailable, scale, true) ?? 0;
  }
  const { disrupted, afterMs } = disruptedPods(budget, pods, now);
  const currentHealthy = pods.filter((pod) => isHealthy(pod, disrupted)).length;
  const allowed = expectedPods <= 0 ? 0 : Math.max(0, currentHealthy - desiredHealthy);
  const generation = get(budget["metadata"], "generation");
  const status: JsonObject = {
    currentHealthy,
    desiredHealthy,
    expectedPods,
    disruptionsAllowed: allowed,
    observedGeneration: typeof generation === "number" ? generation : 0,
    ...(Object.keys(disrupted).length === 0 ? {} : { disruptedPods: disrupted }),
    conditions: [condition(budget, allowed > 0, now)],
  };
  return { status, afterMs };
}

function isIntOrPercent(value: JsonValue | undefined): value is number | string {
  return typeof value === "number" || typeof value === "string";
}

function isHealthy(pod: JsonObject, disrupted: JsonObject): boolean {
  const { name, deletionTimestamp } = pod["metadata"] as JsonObject;
  return deletionTimestamp === undefined && !Object.hasOwn(disrupted, textOf(name)) && isReady(asKind<Pod>(pod));
}

/** Pods that an eviction took from the budget and that are still there: they count as gone for two minutes. */
function disruptedPods(
  budget: JsonObject,
  pods: readonly JsonObject[],
  now: number,
): { disrupted: JsonObject; afterMs: number | undefined } {
  const before = get(budget["status"], "disruptedPods");
  const disrupted: JsonObject = {};
  let afterMs: number | undefined;
  for (const pod of isObject(before) ? pods : []) {
    const { name, deletionTimestamp } = pod["metadata"] as JsonObject;
    const since = parseTime(textOf(get(before, textOf(name))));
    if (deletionTimestamp !== undefined || since === undefined) continue;
    const left = since + deletionTimeout - now;
    if (left < 0) continue;
    disrupted[textOf(name)] = formatTime(since);
    afterMs = Math.min(afterMs ?? left, left);
  }
  return { disrupted, afterMs };
}

function condition(budget: JsonObject, holds: boolean, now: number): JsonObject {
  const conditions = get(budget["status"], "conditions");
  const known = (Array.isArray(conditions) ? conditions : []).find((one) => get(one, "type") === "DisruptionAllowed");
  const status = holds ? "True" : "False";
  const generation = get(budget["metadata"], "generation");
  const since = get(known, "status") === status ? get(known, "lastTransitionTime") : undefined;
  return {
    type: "DisruptionAllowed",
    status,
    observedGeneration: typeof generation === "number" ? generation : 0,
    lastTransitionTime: since ?? formatTime(now),
    reason: holds ? "SufficientPods" : "InsufficientPods",
    message: "",
  };
}

/** Whether a status says what is there already. */
export function isSameStatus(a: JsonObject, b: JsonValue | undefined): boolean {
  return isObject(b) && equal(a, b);
}
