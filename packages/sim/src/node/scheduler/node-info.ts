import { get, quantityUnits, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { podResources, resourceList, type ResourceList } from "../../admission/pod-resources.ts";
import type { Texts } from "../../controllers/common/objects.ts";
import type { TaintLike, Toleration } from "../../controllers/common/tolerations.ts";

/** Amounts by name: thousandths of processors, whole units of all else. */
export type Amounts = ReadonlyMap<string, number>;

/** What the scheduler looks at in a pod, read once. */
export interface PodInfo {
  readonly pod: JsonObject;
  /** `namespace/name` */
  readonly key: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
  readonly labels: Texts;
  readonly priority: number;
  readonly requests: Amounts;
  readonly hostPorts: readonly string[];
  readonly tolerations: readonly Toleration[];
  readonly isTerminating: boolean;
  readonly affinity: readonly PodTerm[];
  readonly antiAffinity: readonly PodTerm[];
}

/** A required term of pod affinity or anti-affinity. */
export interface PodTerm {
  readonly topologyKey: string;
  readonly selector: JsonValue | undefined;
  /** Empty: those of `namespaceSelector` only. */
  readonly namespaces: readonly string[];
  readonly namespaceSelector: JsonValue | undefined;
}

/** A node, with what runs there or is about to. */
export interface NodeInfo {
  readonly name: string;
  readonly node: JsonObject;
  readonly labels: Texts;
  readonly taints: readonly TaintLike[];
  readonly unschedulable: boolean;
  readonly allocatable: Amounts;
  readonly pods: Map<string, PodInfo>;
  readonly used: Map<string, number>;
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function amountsOf(list: ResourceList): Amounts {
  return new Map([...list].map(([name, amount]) => [name, Number(quantityUnits(amount, name === "cpu" ? -3 : 0))]));
}

export function readPod(pod: JsonObject): PodInfo {
  const { metadata, spec } = pod;
  const [namespace, name, uid] = ["namespace", "name", "uid"].map((key) => textOf(get(metadata, key))) as [
    string,
    string,
    string,
  ];
  const priority = get(spec, "priority");
  const affinity = get(spec, "affinity");
  return {
    pod,
    key: `${namespace}/${name}`,
    namespace,
    name,
    uid,
    labels: (get(metadata, "labels") ?? {}) as Texts,
    priority: typeof priority === "number" ? priority : 0,
    requests: amountsOf(podResources(pod, "requests", { withOverhead: true })),
    hostPorts: listOf(get(spec, "containers")).flatMap(hostPorts),
    tolerations: listOf(get(spec, "tolerations")) as unknown as readonly Toleration[],
    isTerminating: get(metadata, "deletionTimestamp") !== undefined,
    affinity: termsOf(get(affinity, "podAffinity"), namespace),
    antiAffinity: termsOf(get(affinity, "podAntiAffinity"), namespace),
  };
}

function hostPorts(container: JsonValue): readonly string[] {
  return listOf(get(container, "ports")).flatMap((port) => {
    const hostPort = get(port, "hostPort");
    const isSet = typeof hostPort === "number" && hostPort > 0;
    return isSet ? [`${textOf(get(port, "protocol")) || "TCP"} ${hostPort} ${textOf(get(port, "hostIP"))}`] : [];
  });
}

function termsOf(affinity: JsonValue | undefined, own: string): readonly PodTerm[] {
  return listOf(get(affinity, "requiredDuringSchedulingIgnoredDuringExecution")).map((term) => {
    const named = listOf(get(term, "namespaces")).map(textOf);
    const namespaceSelector = get(term, "namespaceSelector");
    return {
      topologyKey: textOf(get(term, "topologyKey")),
      selector: get(term, "labelSelector"),
      namespaces: named.length === 0 && namespaceSelector === undefined ? [own] : named,
      namespaceSelector,
    };
  });
}

export function readNode(node: JsonObject): NodeInfo {
  return {
    name: textOf(get(node["metadata"], "name")),
    node,
    labels: (get(node["metadata"], "labels") ?? {}) as Texts,
    taints: listOf(get(node["spec"], "taints")) as unknown as readonly TaintLike[],
    unschedulable: get(node["spec"], "unschedulable") === true,
    allocatable: amountsOf(resourceList(get(node["status"], "allocatable"))),
    pods: new Map(),
    used: new Map(),
  };
}

export function addPod(node: NodeInfo, pod: PodInfo): void {
  node.pods.set(pod.key, pod);
  for (const [name, amount] of pod.requests) node.used.set(name, (node.used.get(name) ?? 0) + amount);
}

export function removePod(node: NodeInfo, key: string): void {
  const pod = node.pods.get(key);
  if (pod === undefined) return;
  node.pods.delete(key);
  for (const [name, amount] of pod.requests) node.used.set(name, (node.used.get(name) ?? 0) - amount);
}

/** The node with other pods, to try out what that would change. */
export function copyNode(node: NodeInfo): NodeInfo {
  return { ...node, pods: new Map(node.pods), used: new Map(node.used) };
}
