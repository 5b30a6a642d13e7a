import { get, quantityUnits, textOf, type JsonObject } from "@fairlead/apimachinery";
import { podResources, resourceList } from "../../admission/pod-resources.ts";
import { countByDomain, freeResources, obstacle, type Candidate } from "./placement.ts";

export type Choice =
  | { readonly kind: "node"; readonly name: string }
  /** `0/3 nodes are available: 3 Insufficient cpu.` */
  | { readonly kind: "none"; readonly message: string };

/** The best node for a pod among those where it can run; equals are told apart by `random`. */
export function chooseNode(pod: JsonObject, all: readonly Candidate[], random: () => number): Choice {
  const possible: Candidate[] = [];
  const obstacles = new Map<string, number>();
  for (const candidate of all) {
    const why = obstacle(pod, candidate, all);
    if (why === undefined) possible.push(candidate);
    else obstacles.set(why, (obstacles.get(why) ?? 0) + 1);
  }
  if (possible.length === 0) return { kind: "none", message: fitError(all.length, obstacles) };
  const scored = possible.map((candidate) => ({ candidate, score: score(pod, candidate, all) }));
  const best = Math.max(...scored.map((one) => one.score));
  const equals = scored.filter((one) => one.score === best);
  return { kind: "node", name: equals[Math.floor(random() * equals.length)]!.candidate.name };
}

function fitError(count: number, obstacles: ReadonlyMap<string, number>): string {
  if (count === 0) return "no nodes available to schedule pods";
  const reasons = [...obstacles].map(([why, times]) => `${times} ${why}`).sort();
  return `0/${count} nodes are available: ${reasons.join(", ")}.`;
}

/**
 * Free capacity, spread over zones and nodes, and fewer pods of the same owner, as the default plugins of
 * kube-scheduler weigh them: not the same numbers, the same preferences.
 */
function score(pod: JsonObject, candidate: Candidate, all: readonly Candidate[]): number {
  return freeShare(pod, candidate) + 2 * spread(pod, candidate, all);
}

function freeShare(pod: JsonObject, candidate: Candidate): number {
  const free = freeResources(candidate);
  const total = resourceList(get(candidate.node["status"], "allocatable"));
  const wanted = podResources(pod, "requests", { withOverhead: true });
  const shares = ["cpu", "memory"].map((name) => {
    const [all, left, own] = [total, free, wanted].map((list) => {
      const amount = list.get(name);
      return amount === undefined ? 0 : Number(quantityUnits(amount, -3));
    }) as [number, number, number];
    return all === 0 ? 0 : Math.max(0, (left - own) / all);
  });
  return Math.round(50 * (shares[0]! + shares[1]!));
}

const zoneKey = "topology.kubernetes.io/zone";
const hostKey = "kubernetes.io/hostname";

/** 100 where no pod of the same owner runs, 0 where most of them do. */
function spread(pod: JsonObject, candidate: Candidate, all: readonly Candidate[]): number {
  const labels = get(pod["metadata"], "labels") ?? {};
  const own = get(pod["spec"], "topologySpreadConstraints");
  const soft = (Array.isArray(own) ? own : []).filter((one) => get(one, "whenUnsatisfiable") === "ScheduleAnyway");
  const constraints =
    soft.length > 0
      ? soft
      : [zoneKey, hostKey].map((topologyKey) => ({ topologyKey, labelSelector: { matchLabels: labels } }));
  const scores = constraints.map((constraint) => {
    const key = textOf(get(constraint, "topologyKey"));
    const counts = countByDomain(pod, constraint, key, all);
    const most = Math.max(0, ...counts.values());
    const here = counts.get(candidate.labels[key] ?? "") ?? most;
    return most === 0 ? 100 : Math.round((100 * (most - here)) / most);
  });
  return scores.reduce((sum, one) => sum + one, 0) / Math.max(1, scores.length);
}
