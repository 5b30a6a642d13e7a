import {
  addQuantities,
  compareQuantities,
  get,
  labelSelector,
  matchesSelector,
  negateQuantity,
  quantityUnits,
  textOf,
  type JsonObject,
  type JsonValue,
} from "@fairlead/apimachinery";
import { podResources, resourceList, type ResourceList } from "../../admission/pod-resources.ts";
import { allowsNode } from "../../controllers/common/node-affinity.ts";
import { untolerated, type TaintLike, type Toleration } from "../../controllers/common/tolerations.ts";
import type { Texts } from "../../controllers/common/objects.ts";

/** A node and the pods that run there. */
export interface Candidate {
  readonly node: JsonObject;
  readonly name: string;
  readonly labels: Texts;
  readonly pods: readonly JsonObject[];
}

export function candidatesOf(nodes: readonly JsonObject[], pods: readonly JsonObject[]): readonly Candidate[] {
  const byNode = Map.groupBy(pods, (pod) => textOf(get(pod["spec"], "nodeName")));
  return nodes.map((node) => {
    const name = textOf(get(node["metadata"], "name"));
    return { node, name, labels: (get(node["metadata"], "labels") ?? {}) as Texts, pods: byNode.get(name) ?? [] };
  });
}

/** Why a pod cannot run on a node, in kube-scheduler's words; undefined if it can. */
export function obstacle(pod: JsonObject, candidate: Candidate, all: readonly Candidate[]): string | undefined {
  const { node, name, labels } = candidate;
  const spec = pod["spec"] as JsonObject;
  const tolerations = listOf(spec["tolerations"]) as unknown as readonly Toleration[];
  if (get(node["spec"], "unschedulable") === true && !toleratesUnschedulable(tolerations))
    return "node(s) were unschedulable";
  if (!allowsNode(spec, name, labels)) return "node(s) didn't match Pod's node affinity/selector";
  const taints = listOf(get(node["spec"], "taints")) as unknown as readonly TaintLike[];
  const taint = untolerated(taints, tolerations, ["NoSchedule", "NoExecute"]);
  if (taint !== undefined) return `node(s) had untolerated taint(s)`;
  return (
    portObstacle(pod, candidate) ??
    resourceObstacle(pod, candidate) ??
    affinityObstacle(pod, candidate, all) ??
    spreadObstacle(pod, candidate, all)
  );
}

function toleratesUnschedulable(tolerations: readonly Toleration[]): boolean {
  return (
    untolerated([{ key: "node.kubernetes.io/unschedulable", effect: "NoSchedule" }], tolerations, ["NoSchedule"]) ===
    undefined
  );
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function hostPorts(pod: JsonObject): readonly string[] {
  return listOf(get(pod["spec"], "containers")).flatMap((container) =>
    listOf(get(container, "ports")).flatMap((port) => {
      const hostPort = get(port, "hostPort");
      return typeof hostPort === "number" && hostPort > 0
        ? [`${textOf(get(port, "protocol")) || "TCP"} ${hostPort}`]
        : [];
    }),
  );
}

function portObstacle(pod: JsonObject, { pods }: Candidate): string | undefined {
  const wanted = hostPorts(pod);
  if (wanted.length === 0) return undefined;
  const used = new Set(pods.flatMap(hostPorts));
  return wanted.some((port) => used.has(port))
    ? "node(s) didn't have free ports for the requested pod ports"
    : undefined;
}

/** What is left of a node's resources, by name. */
export function freeResources({ node, pods }: Candidate): ResourceList {
  const free = new Map(resourceList(get(node["status"], "allocatable")));
  for (const pod of pods) {
    for (const [name, amount] of podResources(pod, "requests", { withOverhead: true })) {
      const left = free.get(name);
      if (left !== undefined) free.set(name, addQuantities(left, negateQuantity(amount)));
    }
  }
  return free;
}

function resourceObstacle(pod: JsonObject, candidate: Candidate): string | undefined {
  const most = resourceList(get(candidate.node["status"], "allocatable")).get("pods");
  if (most !== undefined && BigInt(candidate.pods.length) >= quantityUnits(most)) return "Too many pods";
  const free = freeResources(candidate);
  for (const [name, amount] of podResources(pod, "requests", { withOverhead: true })) {
    if (amount.mantissa === 0n) continue;
    const left = free.get(name);
    if (left === undefined || compareQuantities(left, amount) < 0) return `Insufficient ${name}`;
  }
  return undefined;
}

interface AffinityTerm {
  readonly term: JsonValue;
  readonly namespaces: readonly string[];
}

function termsOf(pod: JsonObject, kind: "podAffinity" | "podAntiAffinity"): readonly AffinityTerm[] {
  const own = textOf(get(pod["metadata"], "namespace"));
  const required = get(get(get(pod["spec"], "affinity"), kind), "requiredDuringSchedulingIgnoredDuringExecution");
  return listOf(required).map((term) => {
    const named = listOf(get(term, "namespaces")).map(textOf);
    return { term, namespaces: named.length === 0 ? [own] : named };
  });
}

function selected({ term, namespaces }: AffinityTerm, pod: JsonObject): boolean {
  if (!namespaces.includes(textOf(get(pod["metadata"], "namespace")))) return false;
  const selector = labelSelector(get(term, "labelSelector"));
  return selector !== undefined && matchesSelector(selector, (get(pod["metadata"], "labels") ?? {}) as Texts);
}

/** Candidates in the same domain of a topology as this one. */
function domainOf(key: string, { labels }: Candidate, all: readonly Candidate[]): readonly Candidate[] {
  const value = labels[key];
  return value === undefined ? [] : all.filter((one) => one.labels[key] === value);
}

function affinityObstacle(pod: JsonObject, candidate: Candidate, all: readonly Candidate[]): string | undefined {
  for (const one of termsOf(pod, "podAffinity")) {
    const domain = domainOf(textOf(get(one.term, "topologyKey")), candidate, all);
    const isThere = domain.some(({ pods }) => pods.some((other) => selected(one, other)));
    // The first of a group that wants to be together may go anywhere.
    const isFirst = selected(one, pod) && !all.some(({ pods }) => pods.some((other) => selected(one, other)));
    if (domain.length === 0 || (!isThere && !isFirst)) return "node(s) didn't match pod affinity rules";
  }
  for (const one of termsOf(pod, "podAntiAffinity")) {
    const domain = domainOf(textOf(get(one.term, "topologyKey")), candidate, all);
    if (domain.some(({ pods }) => pods.some((other) => selected(one, other))))
      return "node(s) didn't match pod anti-affinity rules";
  }
  for (const other of all.flatMap(({ pods }) => pods)) {
    for (const one of termsOf(other, "podAntiAffinity")) {
      if (!selected(one, pod)) continue;
      const at = all.find(({ name }) => name === textOf(get(other["spec"], "nodeName")));
      const key = textOf(get(one.term, "topologyKey"));
      if (at !== undefined && at.labels[key] !== undefined && at.labels[key] === candidate.labels[key]) {
        return "node(s) didn't satisfy existing pods anti-affinity rules";
      }
    }
  }
  return undefined;
}

function spreadObstacle(pod: JsonObject, candidate: Candidate, all: readonly Candidate[]): string | undefined {
  for (const constraint of listOf(get(pod["spec"], "topologySpreadConstraints"))) {
    if (get(constraint, "whenUnsatisfiable") === "ScheduleAnyway") continue;
    const key = textOf(get(constraint, "topologyKey"));
    const value = candidate.labels[key];
    if (value === undefined) return "node(s) didn't match pod topology spread constraints (missing required label)";
    const counts = countByDomain(pod, constraint, key, all);
    const least = Math.min(...counts.values());
    const most = get(constraint, "maxSkew");
    if ((counts.get(value) ?? 0) + 1 - least > (typeof most === "number" ? most : 1)) {
      return "node(s) didn't match pod topology spread constraints";
    }
  }
  return undefined;
}

/** How many pods of a constraint run in each domain. */
export function countByDomain(
  pod: JsonObject,
  constraint: JsonValue,
  key: string,
  all: readonly Candidate[],
): Map<string, number> {
  const counts = new Map<string, number>();
  const namespaces = [textOf(get(pod["metadata"], "namespace"))];
  for (const { labels, pods } of all) {
    const value = labels[key];
    if (value === undefined) continue;
    const here = pods.filter(
      (other) =>
        selected({ term: constraint, namespaces }, other) && get(other["metadata"], "deletionTimestamp") === undefined,
    );
    counts.set(value, (counts.get(value) ?? 0) + here.length);
  }
  return counts;
}
