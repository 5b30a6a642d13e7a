import type { Pod } from "./objects.ts";
import { isReady, readySince, restartsOf } from "./pods.ts";
import { parseTime } from "./time.ts";

const phaseOrder: { readonly [phase: string]: number } = { Pending: 0, Unknown: 1, Running: 2 };
const deletionCost = "controller.kubernetes.io/pod-deletion-cost";

export interface RankOptions {
  /** How many pods of the same owner run beside it: crowded nodes go first. */
  readonly crowd?: (pod: Pod) => number;
  readonly now: number;
}

/**
 * Which of two active pods is deleted first (negative: the first): not assigned, then pending, then not ready, then of
 * lower deletion cost, on a more crowded node, ready for a shorter time (in powers of two), with more restarts, newer.
 */
export function comparePods(a: Pod, b: Pod, { crowd, now }: RankOptions): number {
  const state = compareStates(a, b);
  if (state !== 0) return state;
  const cost = costOf(a) - costOf(b);
  if (cost !== 0) return cost;
  const crowds = crowd === undefined ? 0 : crowd(b) - crowd(a);
  if (crowds !== 0) return crowds;
  const ready = compareTimes(readySince(a), readySince(b), a, b, now);
  if (ready !== 0) return ready;
  return compareRestarts(a, b) || compareTimes(createdAt(a), createdAt(b), a, b, now);
}

/** The same without costs and crowds, by exact times, as Jobs choose. */
export function compareActivePods(a: Pod, b: Pod): number {
  return (
    compareStates(a, b) ||
    newerFirst(readySince(a), readySince(b)) ||
    compareRestarts(a, b) ||
    newerFirst(createdAt(a), createdAt(b))
  );
}

function newerFirst(a: number | undefined, b: number | undefined): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  return b - a;
}

function compareStates(a: Pod, b: Pod): number {
  const [nodeA, nodeB] = [a.spec.nodeName ?? "", b.spec.nodeName ?? ""];
  if (nodeA !== nodeB && (nodeA === "" || nodeB === "")) return nodeA === "" ? -1 : 1;
  const phase = (phaseOrder[a.status?.phase ?? ""] ?? 0) - (phaseOrder[b.status?.phase ?? ""] ?? 0);
  if (phase !== 0) return phase;
  return Number(isReady(a)) - Number(isReady(b));
}

function compareRestarts(a: Pod, b: Pod): number {
  const [restartsA, restartsB] = [restartsOf(a), restartsOf(b)];
  return restartsB[0] - restartsA[0] || restartsB[1] - restartsA[1];
}

function createdAt({ metadata }: Pod): number | undefined {
  return parseTime(metadata.creationTimestamp);
}

function costOf({ metadata }: Pod): number {
  const text = metadata.annotations?.[deletionCost] ?? "";
  return /^(?:0|-?[1-9]\d{0,9})$/.test(text) && Math.abs(Number(text)) <= 2 ** 31 ? Number(text) : 0;
}

/** Missing times and later ones first; times of the same power of two of nanoseconds count as equal and go by uid. */
function compareTimes(a: number | undefined, b: number | undefined, podA: Pod, podB: Pod, now: number): number {
  if (a === b) return 0;
  if (a === undefined || b === undefined) return a === undefined ? -1 : 1;
  const rank = magnitude(now - a) - magnitude(now - b);
  if (rank !== 0) return rank;
  return podA.metadata.uid < podB.metadata.uid ? -1 : 1;
}

function magnitude(ms: number): number {
  return ms > 0 ? Math.floor(Math.log2(ms * 1e6)) : -1;
}

/** How many of the pods run on the node of each. */
export function crowdOf(related: readonly Pod[]): (pod: Pod) => number {
  const perNode = new Map<string, number>();
  for (const { spec } of related) perNode.set(spec.nodeName ?? "", (perNode.get(spec.nodeName ?? "") ?? 0) + 1);
  return ({ spec }) => perNode.get(spec.nodeName ?? "") ?? 0;
}
