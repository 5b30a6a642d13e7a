import { get, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { matchesNodeTerm, type NodeTerm } from "../../controllers/common/node-affinity.ts";
import { untolerated } from "../../controllers/common/tolerations.ts";
import type { ClusterCache } from "./cluster-cache.ts";
import { selectorOf } from "./inter-pod.ts";
import type { NodeInfo, PodInfo } from "./node-info.ts";

type Score = (node: NodeInfo) => number;

const zoneKey = "topology.kubernetes.io/zone";
const hostKey = "kubernetes.io/hostname";

/** What a pod counts with that asks for nothing, when nodes are compared. */
const leastCpu = 100;
const leastMemory = 200 * 1024 * 1024;

/**
 * Free capacity, spread over zones and nodes, preferred nodes and neighbours, and avoided taints, weighed as the default
 * plugins of kube-scheduler do: not the same numbers, the same preferences.
 */
export function scorer(pod: PodInfo, nodes: readonly NodeInfo[], cache: ClusterCache): Score {
  const parts: readonly (readonly [weight: number, score: Score])[] = [
    [1, (node) => freeShare(pod, node)],
    [2, spread(pod, nodes, cache)],
    [2, preferredNodes(pod, nodes)],
    [2, preferredPods(pod, nodes, cache)],
    [3, fewTaints(pod, nodes)],
  ];
  return (node) => parts.reduce((sum, [weight, score]) => sum + weight * score(node), 0);
}

function freeShare(pod: PodInfo, node: NodeInfo): number {
  const share = (name: string, least: number): number => {
    const all = node.allocatable.get(name) ?? 0;
    const used = (node.used.get(name) ?? 0) + (pod.requests.get(name) ?? 0);
    return all === 0 ? 0 : Math.max(0, (all - Math.max(used, least * (node.pods.size + 1))) / all);
  };
  return Math.floor(50 * (share("cpu", leastCpu) + share("memory", leastMemory)));
}

/** 100 where the fewest pods of the same kind run, 0 where the most do. */
function spread(pod: PodInfo, nodes: readonly NodeInfo[], cache: ClusterCache): Score {
  const own = get(pod.pod["spec"], "topologySpreadConstraints");
  const soft = (Array.isArray(own) ? own : []).filter((one) => get(one, "whenUnsatisfiable") === "ScheduleAnyway");
  const usual = [zoneKey, hostKey].map((topologyKey): JsonObject => ({
    topologyKey,
    labelSelector: { matchLabels: { ...pod.labels } },
  }));
  const constraints = (soft.length > 0 ? soft : usual).map((constraint) => {
    const key = textOf(get(constraint, "topologyKey"));
    const byNode = cache.count(selectorOf(constraint, pod), (one) => one === pod.namespace, false);
    return { key, counts: byDomain(byNode, key, cache) };
  });
  const raw = (node: NodeInfo): number =>
    constraints.reduce((sum, { key, counts }) => sum + (counts.get(node.labels[key] ?? "") ?? 0), 0);
  return normalized(nodes, (node) => -raw(node));
}

function byDomain(counts: ReadonlyMap<string, number>, key: string, cache: ClusterCache): ReadonlyMap<string, number> {
  const domains = new Map<string, number>();
  for (const [name, count] of counts) {
    const value = cache.node(name)?.labels[key];
    if (value !== undefined) domains.set(value, (domains.get(value) ?? 0) + count);
  }
  return domains;
}

const preferred = "preferredDuringSchedulingIgnoredDuringExecution";

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function weightOf(term: JsonValue): number {
  const weight = get(term, "weight");
  return typeof weight === "number" ? weight : 0;
}

function preferredNodes(pod: PodInfo, nodes: readonly NodeInfo[]): Score {
  const terms = listOf(get(get(get(pod.pod["spec"], "affinity"), "nodeAffinity"), preferred));
  if (terms.length === 0) return () => 0;
  return normalized(nodes, ({ name, labels }) =>
    terms.reduce<number>((sum, term) => {
      const preference = (get(term, "preference") ?? {}) as unknown as NodeTerm;
      return sum + (matchesNodeTerm(preference, name, labels) ? weightOf(term) : 0);
    }, 0),
  );
}

function preferredPods(pod: PodInfo, nodes: readonly NodeInfo[], cache: ClusterCache): Score {
  const affinity = get(pod.pod["spec"], "affinity");
  const terms = [["podAffinity", 1] as const, ["podAntiAffinity", -1] as const].flatMap(([kind, sign]) =>
    listOf(get(get(affinity, kind), preferred)).map((one) => {
      const term = get(one, "podAffinityTerm");
      const key = textOf(get(term, "topologyKey"));
      const named = listOf(get(term, "namespaces")).map(textOf);
      const isThere = (namespace: string): boolean =>
        named.length === 0 ? namespace === pod.namespace : named.includes(namespace);
      const counts = byDomain(cache.count(get(term, "labelSelector"), isThere, true), key, cache);
      return { key, counts, weight: sign * weightOf(one) };
    }),
  );
  if (terms.length === 0) return () => 0;
  return normalized(nodes, ({ labels }) =>
    terms.reduce((sum, { key, counts, weight }) => sum + weight * (counts.get(labels[key] ?? "") ?? 0), 0),
  );
}

function fewTaints(pod: PodInfo, nodes: readonly NodeInfo[]): Score {
  if (nodes.every(({ taints }) => taints.length === 0)) return () => 0;
  return normalized(
    nodes,
    ({ taints }) =>
      -taints.filter((one) => untolerated([one], pod.tolerations, ["PreferNoSchedule"]) !== undefined).length,
  );
}

/** From 0 for the least to 100 for the most; all the same where they are equal. */
function normalized(nodes: readonly NodeInfo[], raw: Score): Score {
  let [least, most] = [Infinity, -Infinity];
  for (const node of nodes) {
    const value = raw(node);
    least = Math.min(least, value);
    most = Math.max(most, value);
  }
  return most === least ? () => 0 : (node) => Math.round((100 * (raw(node) - least)) / (most - least));
}
