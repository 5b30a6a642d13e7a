import {
  equal,
  get,
  isObject,
  labelSelector,
  matchesSelector,
  parseQuantity,
  quantityUnits,
  textOf,
  type JsonObject,
  type JsonValue,
  type Labels,
} from "@fairlead/apimachinery";
import { ApiError } from "../../errors.ts";
import { splitKey } from "../common/objects.ts";
import type { Controller, ControllerContext, Outcome } from "../controller.ts";
import { annotatedMetrics, type PodMetrics } from "./pod-metrics.ts";
import type { Tolerances } from "./replica-calculator.ts";
import { limited, stabilization, stabilized, type ScalingHistory, type Timed } from "./scaling-limits.ts";
import { evaluateMetric } from "./scaler-metrics.ts";
import { scalerStatus, type ScalerStatus } from "./scaler-status.ts";

export interface AutoscalerOptions {
  /** The collection of a target's apiVersion and kind; undefined for a kind that is not served. */
  readonly collectionOf: (apiVersion: string, kind: string) => string | undefined;
  /** What pods use; what their annotations say unless told. */
  readonly metrics?: PodMetrics;
}

const scalers = "horizontalpodautoscalers.autoscaling";
const period = 15_000;

interface State extends Required<AutoscalerOptions> {
  readonly histories: Map<string, ScalingHistory>;
}

/** Scales targets every 15 seconds by what their pods use. */
export function autoscaler({ collectionOf, metrics = annotatedMetrics }: AutoscalerOptions): Controller {
  const state: State = { collectionOf, metrics, histories: new Map() };
  return {
    name: "horizontal-pod-autoscaler",
    watches: [
      {
        collection: scalers,
        keys: (scaler, { kind, previous }) => {
          const key = `${textOf(get(scaler["metadata"], "namespace"))}/${textOf(get(scaler["metadata"], "name"))}`;
          if (kind === "deleted") state.histories.delete(key);
          return kind === "added" || !equal(scaler["spec"] ?? null, previous?.["spec"] ?? null) ? [key] : [];
        },
      },
    ],
    reconcile: async (key, context) => {
      const scaler = context.api.get(scalers, splitKey(key));
      if (scaler === undefined) return undefined;
      return await reconcile(key, scaler, context, state);
    },
  };
}

interface Target {
  readonly collection: string;
  readonly object: JsonObject;
  readonly replicas: number;
  readonly pods: readonly JsonObject[];
}

async function reconcile(key: string, scaler: JsonObject, context: ControllerContext, state: State): Promise<Outcome> {
  const { api, now, event } = context;
  const status = scalerStatus(scaler, now);
  const write = async (): Promise<Outcome> => {
    const latest = api.get(scalers, splitKey(key));
    const next = status.written();
    if (latest !== undefined && !equal(next, latest["status"] ?? null))
      await api.updateStatus(scalers, { ...latest, status: next });
    return { afterMs: period };
  };
  const target = findTarget(scaler, context, state);
  if (typeof target === "string") {
    event(scaler, "Warning", "FailedGetScale", target);
    status.set(
      "AbleToScale",
      "False",
      "FailedGetScale",
      `the HPA controller was unable to get the target's current scale: ${target}`,
    );
    return await write();
  }
  status.set(
    "AbleToScale",
    "True",
    "SucceededGetScale",
    "the HPA controller was able to get the target's current scale",
  );
  const before = state.histories.get(key) ?? {
    recommendations: [{ at: now, replicas: target.replicas }],
    ups: [],
    downs: [],
  };
  state.histories.set(key, before);
  const wanted = decide(key, scaler, target, status, context, state);
  if (wanted === undefined) return await write();
  const { replicas, reason, metrics } = wanted;
  if (replicas === target.replicas) {
    status.numbers(target.replicas, target.replicas, metrics, false);
    return await write();
  }
  try {
    await api.patch(target.collection, keyOfTarget(scaler), { spec: { replicas } }, "scale");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    event(scaler, "Warning", "FailedRescale", `New size: ${replicas}; reason: ${reason}; error: ${error.message}`);
    status.set(
      "AbleToScale",
      "False",
      "FailedUpdateScale",
      `the HPA controller was unable to update the target scale: ${error.message}`,
    );
    status.numbers(target.replicas, undefined, metrics, false);
    return await write();
  }
  status.set(
    "AbleToScale",
    "True",
    "SucceededRescale",
    `the HPA controller was able to update the target scale to ${replicas}`,
  );
  event(scaler, "Normal", "SuccessfulRescale", `New size: ${replicas}; reason: ${reason}`);
  remember(key, { at: now, replicas: Math.abs(replicas - target.replicas) }, replicas > target.replicas, state);
  status.numbers(target.replicas, replicas, metrics, true);
  return await write();
}

function keyOfTarget(scaler: JsonObject): { readonly namespace: string; readonly name: string } {
  const name = textOf(get(get(scaler["spec"], "scaleTargetRef"), "name"));
  return { namespace: textOf(get(scaler["metadata"], "namespace")), name };
}

/** The target with its pods, or why there is none. */
function findTarget(scaler: JsonObject, { api }: ControllerContext, { collectionOf }: State): Target | string {
  const reference = get(scaler["spec"], "scaleTargetRef");
  const [apiVersion, kind] = [textOf(get(reference, "apiVersion")), textOf(get(reference, "kind"))];
  const collection = collectionOf(apiVersion, kind);
  if (collection === undefined) {
    const group = apiVersion.includes("/") ? apiVersion.slice(0, apiVersion.indexOf("/")) : "";
    return `unable to determine resource for scale target reference: no matches for kind ${JSON.stringify(kind)} in group ${JSON.stringify(group)}`;
  }
  const key = keyOfTarget(scaler);
  const object = api.get(collection, key);
  if (object === undefined) return `${collection} ${JSON.stringify(key.name)} not found`;
  const replicas = get(object["spec"], "replicas");
  const own = get(object["spec"], "selector");
  const selector = labelSelector(collection === "replicationcontrollers" ? { matchLabels: own ?? {} } : own) ?? [];
  const pods = api
    .list("pods", key.namespace)
    .filter((pod) => matchesSelector(selector, (get(pod["metadata"], "labels") ?? {}) as Labels));
  return { collection, object, replicas: typeof replicas === "number" ? replicas : 1, pods };
}

interface Wanted {
  readonly replicas: number;
  readonly reason: string;
  readonly metrics: readonly JsonValue[];
}

/** How many replicas there should be; undefined where that could not be computed. */
function decide(
  key: string,
  scaler: JsonObject,
  target: Target,
  status: ScalerStatus,
  context: ControllerContext,
  state: State,
): Wanted | undefined {
  const { spec } = scaler;
  const current = target.replicas;
  const least = numberOf(get(spec, "minReplicas")) ?? 1;
  const most = numberOf(get(spec, "maxReplicas")) ?? current;
  if (current === 0 && least !== 0) {
    status.set(
      "ScalingActive",
      "False",
      "ScalingDisabled",
      "scaling is disabled since the replica count of the target is zero",
    );
    return { replicas: 0, reason: "", metrics: [] };
  }
  if (current > most)
    return { replicas: most, reason: "Current number of replicas above Spec.MaxReplicas", metrics: [] };
  if (current < least)
    return { replicas: least, reason: "Current number of replicas below Spec.MinReplicas", metrics: [] };
  const computed = compute(scaler, target, status, context, state);
  if (computed === undefined) return undefined;
  const { now } = context;
  const history = state.histories.get(key)!;
  const behavior = get(spec, "behavior");
  const input = { behavior, current, desired: computed.replicas, least, most, history, now };
  const recommended = stabilized(input);
  // What is older than the longest window tells nothing any more.
  const recent = history.recommendations.filter(({ at }) => at >= now - 3_600_000);
  state.histories.set(key, { ...history, recommendations: [...recent, { at: now, replicas: computed.replicas }] });
  const told = stabilization(input, recommended);
  status.set("AbleToScale", "True", told.reason, told.message);
  const result = limited({ ...input, desired: recommended });
  status.set("ScalingLimited", result.isLimited ? "True" : "False", result.reason, result.message);
  const reason = computed.replicas > current ? `${computed.name} above target` : "All metrics below target";
  return { replicas: result.replicas, reason, metrics: computed.statuses };
}

function compute(
  scaler: JsonObject,
  { replicas: current, pods }: Target,
  status: ScalerStatus,
  { api, now, event }: ControllerContext,
  { metrics, collectionOf }: State,
): { readonly replicas: number; readonly name: string; readonly statuses: readonly JsonValue[] } | undefined {
  const list = get(scaler["spec"], "metrics");
  const specs = Array.isArray(list) ? list : [];
  const namespace = textOf(get(scaler["metadata"], "namespace"));
  const described = (reference: JsonValue | undefined): JsonObject | undefined => {
    const collection = collectionOf(textOf(get(reference, "apiVersion")), textOf(get(reference, "kind")));
    return collection === undefined
      ? undefined
      : api.get(collection, { namespace, name: textOf(get(reference, "name")) });
  };
  const tolerances = tolerancesOf(get(scaler["spec"], "behavior"));
  const results = specs.map((spec) =>
    evaluateMetric({ spec, current, pods, metrics, tolerances, now, scaler, described }),
  );
  const statuses = results.map((one): JsonValue => (one.kind === "error" ? { type: "" } : one.status));
  let best: { readonly replicas: number; readonly name: string } = { replicas: 0, name: "" };
  for (const one of results) {
    if (one.kind === "error") event(scaler, "Warning", one.reason, one.cause);
    else if (best.replicas === 0 || one.replicas > best.replicas) best = one;
  }
  const bad = results.filter((one) => one.kind === "error");
  const [first] = bad;
  const message =
    first === undefined
      ? ""
      : `invalid metrics (${bad.length} invalid out of ${specs.length}), first error is: ${first.message}`;
  if (first !== undefined && (bad.length >= specs.length || best.replicas < current)) {
    status.set(
      "ScalingActive",
      "False",
      first.reason,
      `the HPA was unable to compute the replica count: ${first.cause}`,
    );
    status.numbers(current, undefined, statuses, false);
    event(scaler, "Warning", "FailedComputeMetricsReplicas", message);
    return undefined;
  }
  status.set(
    "ScalingActive",
    "True",
    "ValidMetricFound",
    `the HPA was able to successfully calculate a replica count from ${best.name}`,
  );
  return { ...best, statuses };
}

function numberOf(value: JsonValue | undefined): number | undefined {
  return typeof value === "number" ? value : undefined;
}

function tolerancesOf(behavior: JsonValue | undefined): Tolerances {
  const of = (direction: string): number => {
    const tolerance = parseQuantity(textOf(get(get(behavior, direction), "tolerance")));
    return tolerance === undefined ? 0.1 : Number(quantityUnits(tolerance, -3)) / 1000;
  };
  return isObject(behavior) ? { up: of("scaleUp"), down: of("scaleDown") } : { up: 0.1, down: 0.1 };
}

function remember(key: string, change: Timed, isUp: boolean, { histories }: State): void {
  const { recommendations, ups, downs } = histories.get(key)!;
  const recent = (list: readonly Timed[]): readonly Timed[] => list.filter(({ at }) => at > change.at - 1_800_000);
  histories.set(
    key,
    isUp
      ? { recommendations, ups: [...recent(ups), change], downs }
      : { recommendations, ups, downs: [...recent(downs), change] },
  );
}
