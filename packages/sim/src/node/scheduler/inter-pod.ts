import { get, isObject, matchesLabelSelector, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { allowsNode } from "../../controllers/common/node-affinity.ts";
import { untolerated } from "../../controllers/common/tolerations.ts";
import type { Api } from "../../controllers/controller.ts";
import type { ClusterCache } from "./cluster-cache.ts";
import type { NodeInfo, PodInfo, PodTerm } from "./node-info.ts";
import type { Obstacle } from "./obstacle.ts";

/** What pods that run already mean for a pod on any node: computed once for each pod. */
export interface InterPod {
  spread(node: NodeInfo): Obstacle | undefined;
  affinity(node: NodeInfo): Obstacle | undefined;
}

type Domains = ReadonlyMap<string, number>;

export function interPod(pod: PodInfo, cache: ClusterCache, api: Api): InterPod {
  const constraints = spreadConstraints(pod, cache);
  const wanted = pod.affinity.map((term) => ({ term, domains: domainsOf(term, pod, cache, api) }));
  const unwanted = pod.antiAffinity.map((term) => ({ term, domains: domainsOf(term, pod, cache, api) }));
  const isFirst =
    wanted.every(({ domains, term }) => domains.size === 0 && selects(term, pod, api)) && wanted.length > 0;
  const repelled = new Map<string, Set<string>>();
  for (const other of cache.repelling.values()) {
    const labels = cache.node(other.node)?.labels ?? {};
    for (const term of other.pod.antiAffinity) {
      const value = labels[term.topologyKey];
      if (value === undefined || !selects(term, pod, api)) continue;
      const values = repelled.get(term.topologyKey) ?? new Set();
      repelled.set(term.topologyKey, values.add(value));
    }
  }
  return {
    spread: ({ labels }) => {
      for (const { key, maxSkew, counts, least, own } of constraints) {
        const value = labels[key];
        if (value === undefined)
          return {
            reason: "node(s) didn't match pod topology spread constraints (missing required label)",
            hopeless: true,
          };
        if ((counts.get(value) ?? 0) + own - least > maxSkew)
          return { reason: "node(s) didn't match pod topology spread constraints", hopeless: false };
      }
      return undefined;
    },
    affinity: ({ labels }) => {
      for (const { term, domains } of wanted) {
        const value = labels[term.topologyKey];
        if (value === undefined || (!domains.has(value) && !isFirst))
          return { reason: "node(s) didn't match pod affinity rules", hopeless: true };
      }
      for (const { term, domains } of unwanted) {
        const value = labels[term.topologyKey];
        if (value !== undefined && domains.has(value))
          return { reason: "node(s) didn't match pod anti-affinity rules", hopeless: false };
      }
      for (const [key, values] of repelled) {
        const value = labels[key];
        if (value !== undefined && values.has(value))
          return { reason: "node(s) didn't satisfy existing pods anti-affinity rules", hopeless: false };
      }
      return undefined;
    },
  };
}

function namespacesOf({ namespaces, namespaceSelector }: PodTerm, api: Api): (namespace: string) => boolean {
  if (namespaceSelector === undefined) return (one) => namespaces.includes(one);
  return (one) => namespaces.includes(one) || matchesLabelSelector(namespaceSelector, labelsOfNamespace(one, api));
}

function labelsOfNamespace(name: string, api: Api): { readonly [key: string]: string } {
  const labels = get(api.get("namespaces", { namespace: "", name })?.["metadata"], "labels");
  return (isObject(labels) ? labels : {}) as { readonly [key: string]: string };
}

function selects(term: PodTerm, pod: PodInfo, api: Api): boolean {
  return namespacesOf(term, api)(pod.namespace) && matchesLabelSelector(term.selector, pod.labels);
}

/** The values of the term's key at which a pod runs that it selects. */
function domainsOf(term: PodTerm, _pod: PodInfo, cache: ClusterCache, api: Api): Domains {
  return byDomain(cache.count(term.selector, namespacesOf(term, api), true), term.topologyKey, cache);
}

function byDomain(counts: ReadonlyMap<string, number>, key: string, cache: ClusterCache): Map<string, number> {
  const domains = new Map<string, number>();
  for (const [node, number] of counts) {
    const value = cache.node(node)?.labels[key];
    if (value !== undefined) domains.set(value, (domains.get(value) ?? 0) + number);
  }
  return domains;
}

interface Constraint {
  readonly key: string;
  readonly maxSkew: number;
  readonly counts: Domains;
  /** In the emptiest domain. */
  readonly least: number;
  /** 1 if the pod itself counts. */
  readonly own: number;
}

/** `spec.topologySpreadConstraints` that must hold, with how many pods are in each domain that counts. */
function spreadConstraints(pod: PodInfo, cache: ClusterCache): readonly Constraint[] {
  const list = get(pod.pod["spec"], "topologySpreadConstraints");
  const hard = (Array.isArray(list) ? list : []).filter((one) => get(one, "whenUnsatisfiable") !== "ScheduleAnyway");
  const keys = hard.map((one) => textOf(get(one, "topologyKey")));
  return hard.map((constraint) => {
    const key = textOf(get(constraint, "topologyKey"));
    const selector = selectorOf(constraint, pod);
    const all = cache.count(selector, (one) => one === pod.namespace, false);
    const counts = new Map<string, number>();
    for (const node of cache.nodes()) {
      const value = node.labels[key];
      if (value === undefined || !keys.every((one) => Object.hasOwn(node.labels, one))) continue;
      if (!includes(constraint, pod, node)) continue;
      counts.set(value, (counts.get(value) ?? 0) + (all.get(node.name) ?? 0));
    }
    const minDomains = get(constraint, "minDomains");
    const isShort = typeof minDomains === "number" && counts.size < minDomains;
    const maxSkew = get(constraint, "maxSkew");
    return {
      key,
      maxSkew: typeof maxSkew === "number" ? maxSkew : 1,
      counts,
      least: isShort || counts.size === 0 ? 0 : Math.min(...counts.values()),
      own: matchesLabelSelector(selector, pod.labels) ? 1 : 0,
    };
  });
}

/** The constraint's selector, and the pod's own values of `matchLabelKeys`. */
export function selectorOf(constraint: JsonValue, pod: PodInfo): JsonObject {
  const selector = get(constraint, "labelSelector");
  const keys = get(constraint, "matchLabelKeys");
  const own = (Array.isArray(keys) ? keys : []).flatMap((one): [string, string][] => {
    const value = pod.labels[textOf(one)];
    return value === undefined ? [] : [[textOf(one), value]];
  });
  const base: JsonObject = isObject(selector) ? selector : {};
  const matchLabels = isObject(base["matchLabels"]) ? base["matchLabels"] : {};
  return { ...base, matchLabels: { ...matchLabels, ...Object.fromEntries(own) } };
}

/** Whether a node's pods count: by default where the pod's node affinity allows it, whatever its taints. */
function includes(constraint: JsonValue, pod: PodInfo, node: NodeInfo): boolean {
  if (
    get(constraint, "nodeAffinityPolicy") !== "Ignore" &&
    !allowsNode(pod.pod["spec"] as JsonObject, node.name, node.labels)
  )
    return false;
  if (get(constraint, "nodeTaintsPolicy") !== "Honor") return true;
  return untolerated(node.taints, pod.tolerations, ["NoSchedule", "NoExecute"]) === undefined;
}
