import { get, labelSelector, matchesSelector, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Texts } from "../../controllers/common/objects.ts";
import { addPod, readNode, readPod, removePod, type NodeInfo, type PodInfo } from "./node-info.ts";

/** Pods of one namespace with the same labels: how many of them run on each node. */
interface LabelGroup {
  readonly namespace: string;
  readonly labels: Texts;
  readonly isTerminating: boolean;
  readonly byNode: Map<string, number>;
}

/**
 * Nodes and the pods on them, kept as the store changes: placing one pod takes no look at all the others. Pods with the
 * same labels are counted together, as replicas are many and their labels few.
 */
export interface ClusterCache {
  /** In the order of their names. */
  nodes(): readonly NodeInfo[];
  node(name: string): NodeInfo | undefined;
  setNode(node: JsonObject): void;
  removeNode(name: string): void;
  /** Where it runs, or is to run; a pod without a node, or one that has ended, takes no room. */
  setPod(pod: JsonObject): void;
  removePod(key: string): void;
  /** Counts the pod as running there until the store says so. */
  assume(key: string, node: string): void;
  assumedNode(key: string): string | undefined;
  forget(key: string): void;
  /** Keys of pods for which there was no node, and whether other pods may be why. */
  readonly failed: Map<string, boolean>;
  /** Pods that have nodes and keep others away by required anti-affinity. */
  readonly repelling: ReadonlyMap<string, { readonly pod: PodInfo; readonly node: string }>;
  /** Pods that are to run on a node once others have left it, by node. */
  nominated(node: string): readonly PodInfo[];
  /** What `work` gives with these pods gone. */
  aside<T>(keys: ReadonlySet<string>, work: () => T): T;
  /** How many pods of these namespaces a selector selects, by node. */
  count(
    selector: JsonValue | undefined,
    inNamespace: (namespace: string) => boolean,
    withTerminating: boolean,
  ): ReadonlyMap<string, number>;
}

export function clusterCache(): ClusterCache {
  const nodes = new Map<string, NodeInfo>();
  const placed = new Map<string, { readonly node: string; readonly pod: PodInfo; readonly group: LabelGroup }>();
  const unplaced = new Map<string, JsonObject>();
  const assumed = new Map<string, string>();
  const groups = new Map<string, LabelGroup>();
  const repelling = new Map<string, { readonly pod: PodInfo; readonly node: string }>();
  const nominations = new Map<string, PodInfo>();
  let sorted: readonly NodeInfo[] | undefined;

  function groupOf(pod: PodInfo): LabelGroup {
    const labels = Object.entries(pod.labels).sort(([a], [b]) => (a < b ? -1 : 1));
    const id = JSON.stringify([pod.namespace, pod.isTerminating, labels]);
    const there = groups.get(id);
    if (there !== undefined) return there;
    const group = { namespace: pod.namespace, labels: pod.labels, isTerminating: pod.isTerminating, byNode: new Map() };
    groups.set(id, group);
    return group;
  }

  function count({ byNode }: LabelGroup, node: string, by: number): void {
    const next = (byNode.get(node) ?? 0) + by;
    if (next === 0) byNode.delete(node);
    else byNode.set(node, next);
  }

  function take(key: string): void {
    const there = placed.get(key);
    if (there === undefined) return;
    placed.delete(key);
    repelling.delete(key);
    count(there.group, there.node, -1);
    const node = nodes.get(there.node);
    if (node !== undefined) removePod(node, key);
  }

  function put(pod: PodInfo, node: string): void {
    take(pod.key);
    const group = groupOf(pod);
    placed.set(pod.key, { node, pod, group });
    count(group, node, 1);
    if (pod.antiAffinity.length > 0) repelling.set(pod.key, { pod, node });
    const info = nodes.get(node);
    if (info !== undefined) addPod(info, pod);
  }

  return {
    failed: new Map(),
    repelling,
    nodes: () => (sorted ??= [...nodes.values()].sort((a, b) => (a.name < b.name ? -1 : 1))),
    node: (name) => nodes.get(name),
    setNode(object) {
      const next = readNode(object);
      const before = nodes.get(next.name);
      const here = before === undefined ? [...placed.values()].filter(({ node }) => node === next.name) : undefined;
      for (const pod of here?.map((one) => one.pod) ?? before!.pods.values()) addPod(next, pod);
      nodes.set(next.name, next);
      sorted = undefined;
    },
    removeNode(name) {
      nodes.delete(name);
      sorted = undefined;
    },
    setPod(object) {
      const pod = readPod(object);
      const node = textOf(get(object["spec"], "nodeName"));
      const phase = get(object["status"], "phase");
      const isOver = phase === "Succeeded" || phase === "Failed";
      nominations.delete(pod.key);
      if (node !== "") assumed.delete(pod.key);
      const at = node === "" ? (assumed.get(pod.key) ?? "") : node;
      if (isOver || at === "") {
        take(pod.key);
        if (isOver) unplaced.delete(pod.key);
        else unplaced.set(pod.key, object);
        if (!isOver && textOf(get(object["status"], "nominatedNodeName")) !== "") nominations.set(pod.key, pod);
        return;
      }
      unplaced.delete(pod.key);
      put(pod, at);
    },
    removePod(key) {
      take(key);
      assumed.delete(key);
      unplaced.delete(key);
      nominations.delete(key);
    },
    assume(key, node) {
      const object = unplaced.get(key);
      if (object === undefined) return;
      assumed.set(key, node);
      put(readPod(object), node);
    },
    assumedNode: (key) => assumed.get(key),
    forget(key) {
      if (assumed.delete(key)) take(key);
    },
    nominated: (node) =>
      [...nominations.values()].filter(({ pod }) => get(pod["status"], "nominatedNodeName") === node),
    aside(keys, work) {
      const gone = [...keys].flatMap((key) => placed.get(key) ?? []);
      for (const { pod } of gone) take(pod.key);
      const result = work();
      for (const { pod, node } of gone) put(pod, node);
      return result;
    },
    count(selector, inNamespace, withTerminating) {
      const requirements = labelSelector(selector);
      const total = new Map<string, number>();
      if (requirements === undefined) return total;
      for (const { namespace, labels, isTerminating, byNode } of groups.values()) {
        if (byNode.size === 0 || (isTerminating && !withTerminating) || !inNamespace(namespace)) continue;
        if (!matchesSelector(requirements, labels)) continue;
        for (const [node, number] of byNode) total.set(node, (total.get(node) ?? 0) + number);
      }
      return total;
    },
  };
}
