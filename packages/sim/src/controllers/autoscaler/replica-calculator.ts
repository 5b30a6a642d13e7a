import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { parseTime } from "../common/time.ts";
import { requestOf } from "./pod-metrics.ts";

export interface Tolerances {
  readonly up: number;
  readonly down: number;
}

export interface CalculatorInput {
  readonly current: number;
  /** Selected by the target. */
  readonly pods: readonly JsonObject[];
  /** In thousandths, by name of the pod. */
  readonly metrics: ReadonlyMap<string, number>;
  readonly resource: string;
  /** Of one container; all unless told. */
  readonly container: string;
  readonly tolerances: Tolerances;
  readonly now: number;
}

export type Proposal =
  | { readonly kind: "error"; readonly message: string }
  | {
      readonly kind: "replicas";
      readonly replicas: number;
      /** On average, in thousandths. */
      readonly usage: number;
      /** In percent of what is asked for. */
      readonly utilization?: number;
    };

const cpuInitialization = 300_000;
const initialReadinessDelay = 30_000;
const noMetrics = "did not receive metrics for targeted pods (pods might be unready)";

const failed = (message: string): Proposal => ({ kind: "error", message });

/** How many replicas bring the use of what pods ask for to `target` percent. */
export function replicasForUtilization(input: CalculatorInput, target: number): Proposal {
  const { pods, resource, container } = input;
  const grouped = groupPods(input);
  if (typeof grouped === "string") return failed(grouped);
  const requests = new Map<string, number>();
  for (const pod of pods) {
    const request = requestOf(pod, resource, container);
    if (typeof request === "string") return failed(request);
    requests.set(nameOf(pod), request);
  }
  const measure = (
    metrics: ReadonlyMap<string, number>,
  ): { ratio: number; percent: number; usage: number } | undefined => {
    let [used, asked, count] = [0, 0, 0];
    for (const [name, amount] of metrics) {
      const request = requests.get(name);
      if (request === undefined) continue;
      [used, asked, count] = [used + amount, asked + request, count + 1];
    }
    const percent = Math.trunc((used * 100) / asked);
    return asked === 0 ? undefined : { ratio: percent / target, percent, usage: Math.trunc(used / count) };
  };
  const first = measure(grouped.metrics);
  if (first === undefined) return failed("no metrics returned matched known pods");
  const fill = (name: string, ratio: number): number =>
    ratio < 1 ? (requests.get(name)! * Math.max(100, target)) / 100 : 0;
  const replicas = decide(input, grouped, first.ratio, fill, (metrics) => measure(metrics)?.ratio);
  if (replicas === undefined) return failed("no metrics returned matched known pods");
  return { kind: "replicas", replicas, usage: first.usage, utilization: first.percent };
}

/** How many replicas bring the average use to `target`, in thousandths. */
export function replicasForAverage(input: CalculatorInput, target: number): Proposal {
  const grouped = groupPods(input);
  if (typeof grouped === "string") return failed(grouped);
  const average = (metrics: ReadonlyMap<string, number>): number =>
    Math.trunc([...metrics.values()].reduce((sum, one) => sum + one, 0) / metrics.size);
  const usage = average(grouped.metrics);
  const fill = (_name: string, ratio: number): number => (ratio < 1 ? target : 0);
  const replicas = decide(input, grouped, usage / target, fill, (metrics) => average(metrics) / target)!;
  return { kind: "replicas", replicas, usage };
}

interface Grouped {
  readonly metrics: Map<string, number>;
  readonly ready: number;
  readonly unready: readonly string[];
  readonly missing: readonly string[];
}

/**
 * What pods without numbers and pods that are not ready are taken for depends on the direction: nothing must be scaled
 * further because of what is not known.
 */
function decide(
  { current, tolerances }: CalculatorInput,
  { metrics, ready, unready, missing }: Grouped,
  ratio: number,
  fill: (name: string, ratio: number) => number,
  measure: (metrics: ReadonlyMap<string, number>) => number | undefined,
): number | undefined {
  const isWithin = (one: number): boolean => 1 - tolerances.down <= one && one <= 1 + tolerances.up;
  const withUnready = unready.length > 0 && ratio > 1;
  if (!withUnready && missing.length === 0) return isWithin(ratio) ? current : Math.ceil(ratio * ready);
  if (ratio !== 1) for (const name of missing) metrics.set(name, fill(name, ratio));
  if (withUnready) for (const name of unready) metrics.set(name, 0);
  const next = measure(metrics);
  if (next === undefined) return undefined;
  if (isWithin(next) || (ratio < 1 && next > 1) || (ratio > 1 && next < 1)) return current;
  const replicas = Math.ceil(next * metrics.size);
  return (next < 1 && replicas > current) || (next > 1 && replicas < current) ? current : replicas;
}

function nameOf(pod: JsonObject): string {
  return textOf(get(pod["metadata"], "name"));
}

function groupPods({ pods, metrics, resource, now }: CalculatorInput): Grouped | string {
  if (pods.length === 0) return "no pods returned by selector while calculating replica count";
  const unready: string[] = [];
  const missing: string[] = [];
  const kept = new Map<string, number>();
  for (const pod of pods) {
    const name = nameOf(pod);
    const phase = get(pod["status"], "phase");
    if (get(pod["metadata"], "deletionTimestamp") !== undefined || phase === "Failed") continue;
    const metric = metrics.get(name);
    if (phase === "Pending" || phase === undefined) unready.push(name);
    else if (metric === undefined) missing.push(name);
    else if (resource === "cpu" && isUnready(pod, now)) unready.push(name);
    else kept.set(name, metric);
  }
  if (kept.size === 0) return noMetrics;
  return { metrics: kept, ready: kept.size, unready, missing };
}

function isUnready(pod: JsonObject, now: number): boolean {
  const conditions = get(pod["status"], "conditions");
  const condition = (Array.isArray(conditions) ? conditions : []).find((one) => get(one, "type") === "Ready");
  const start = parseTime(textOf(get(pod["status"], "startTime")));
  if (condition === undefined || start === undefined) return true;
  const isFalse = get(condition, "status") === "False";
  if (start + cpuInitialization > now) return isFalse;
  const since = parseTime(textOf(get(condition, "lastTransitionTime"))) ?? start;
  return isFalse && start + initialReadinessDelay > since;
}
