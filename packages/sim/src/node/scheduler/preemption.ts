import { get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { violations } from "./budget-violations.ts";
import type { ClusterCache } from "./cluster-cache.ts";
import { fitError } from "./fit-error.ts";
import { addPod, copyNode, removePod, type NodeInfo, type PodInfo } from "./node-info.ts";
import { obstacle, type Needs, type Obstacle } from "./obstacle.ts";

export type Preemption =
  | { readonly kind: "none"; readonly message: string }
  | { readonly kind: "victims"; readonly node: string; readonly victims: readonly PodInfo[] };

export interface PreemptionInput {
  readonly needs: Needs;
  readonly cache: ClusterCache;
  /** What keeps the pod from each node; nodes that were not looked at are missing. */
  readonly obstacles: ReadonlyMap<string, Obstacle>;
  /** All PodDisruptionBudgets: they are kept where that is possible, and broken where nothing else helps. */
  readonly budgets: readonly JsonObject[];
  /** The same needs where some pods are gone: affinity and spread look at all nodes. */
  readonly without: (gone: ReadonlySet<string>) => Needs;
}

/** A node where the pod could run if less important ones left, as kube-scheduler's DefaultPreemption finds it. */
export function planPreemption({ needs, cache, obstacles, budgets, without }: PreemptionInput): Preemption {
  const { pod } = needs;
  const none = (message: string): Preemption => ({ kind: "none", message: `preemption: ${message}` });
  if (get(pod.pod["spec"], "preemptionPolicy") === "Never") return none("not eligible due to preemptionPolicy=Never.");
  const nominated = cache.node(textOf(get(pod.pod["status"], "nominatedNodeName")));
  const isLeaving = (one: PodInfo): boolean => one.isTerminating && one.priority < pod.priority;
  if (nominated !== undefined && [...nominated.pods.values()].some(isLeaving))
    return none("not eligible due to a terminating pod on the nominated node.");
  const results: Obstacle[] = [];
  const candidates: Candidate[] = [];
  for (const node of cache.nodes()) {
    const why = obstacles.get(node.name);
    if (why === undefined || why.hopeless) {
      results.push({ reason: "Preemption is not helpful for scheduling", hopeless: true });
      continue;
    }
    const found = victimsOn(node, pod, budgets, without);
    if ("victims" in found) candidates.push({ node: node.name, ...found });
    else results.push(found);
  }
  const best = candidates.sort((a, b) => a.violations - b.violations || compare(a.victims, b.victims))[0];
  if (best === undefined) return none(fitError(cache.nodes().length, results));
  return { kind: "victims", node: best.node, victims: best.victims };
}

interface Found {
  readonly victims: readonly PodInfo[];
  /** How many of them a budget would have kept. */
  readonly violations: number;
}

interface Candidate extends Found {
  readonly node: string;
}

/**
 * The fewest pods that must leave the node: those whose budgets allow it before others, the least important ones; or why
 * that would not help.
 */
function victimsOn(
  node: NodeInfo,
  pod: PodInfo,
  budgets: readonly JsonObject[],
  without: (gone: ReadonlySet<string>) => Needs,
): Found | Obstacle {
  const trial = copyNode(node);
  const lower = [...node.pods.values()].filter((one) => one.priority < pod.priority);
  if (lower.length === 0) return { reason: "No preemption victims found for incoming pod", hopeless: true };
  const gone = new Set(lower.map(({ key }) => key));
  for (const key of gone) removePod(trial, key);
  const why = obstacle(without(gone), trial);
  if (why !== undefined) return why;
  lower.sort(byImportance);
  const violating = violations(lower, budgets);
  const isViolating = ({ key }: PodInfo): boolean => violating.has(key);
  // Whoever is looked at first is the likeliest to stay.
  for (const one of [...lower.filter(isViolating), ...lower.filter((other) => !isViolating(other))]) {
    addPod(trial, one);
    gone.delete(one.key);
    if (obstacle(without(gone), trial) === undefined) continue;
    removePod(trial, one.key);
    gone.add(one.key);
  }
  const victims = lower.filter(({ key }) => gone.has(key));
  return { victims, violations: victims.filter(isViolating).length };
}

/** More important ones first; of equals, those that run longer. */
function byImportance(a: PodInfo, b: PodInfo): number {
  return b.priority - a.priority || (startOf(a) < startOf(b) ? -1 : startOf(a) > startOf(b) ? 1 : 0);
}

function startOf({ pod }: PodInfo): string {
  return textOf(get(pod["status"], "startTime"));
}

/** Fewer important victims, a smaller sum of priorities, fewer victims, those that started last. */
function compare(a: readonly PodInfo[], b: readonly PodInfo[]): number {
  const highest = (list: readonly PodInfo[]): number => Math.max(...list.map(({ priority }) => priority));
  const sum = (list: readonly PodInfo[]): number => list.reduce((total, { priority }) => total + priority + 2 ** 31, 0);
  const earliest = (list: readonly PodInfo[]): string =>
    list
      .filter(({ priority }) => priority === highest(list))
      .map(startOf)
      .sort()[0] ?? "";
  return (
    highest(a) - highest(b) ||
    sum(a) - sum(b) ||
    a.length - b.length ||
    (earliest(a) > earliest(b) ? -1 : earliest(a) < earliest(b) ? 1 : 0)
  );
}
