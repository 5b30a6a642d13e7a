import type { Pod } from "../common/objects.ts";
import { isAvailable, isReady, isTerminal } from "../common/pods.ts";
import { revisionLabel } from "../common/revisions.ts";
import { allowsSurge, type DaemonSet, type Node } from "./daemon-set.ts";
import { fitsNode, targetNode } from "./daemon-pod.ts";

export interface DaemonObservation {
  readonly set: DaemonSet;
  /** By name. */
  readonly nodes: readonly Node[];
  readonly pods: readonly Pod[];
  /** Of the current template. */
  readonly hash: string;
  readonly now: number;
}

export interface DaemonNote {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

export interface DaemonPlan {
  /** Names of nodes that need a pod. */
  readonly create: readonly string[];
  /** Names of pods. */
  readonly delete: readonly string[];
  readonly notes: readonly DaemonNote[];
  /** Nodes whose failed pod is deleted now. */
  readonly failed: readonly string[];
  /** When a failed pod may be deleted that must wait. */
  readonly afterMs: number | undefined;
}

/** Pods by the node that they are for; those that have ended and are being deleted are gone already. */
export function podsByNode(pods: readonly Pod[]): Map<string, Pod[]> {
  const byNode = new Map<string, Pod[]>();
  for (const pod of pods) {
    const node = targetNode(pod);
    if (node === undefined || (isTerminal(pod) && pod.metadata.deletionTimestamp !== undefined)) continue;
    const there = byNode.get(node);
    if (there === undefined) byNode.set(node, [pod]);
    else there.push(pod);
  }
  return byNode;
}

/** Scheduled ones first, then older ones. */
export function byPlaceAndAge(a: Pod, b: Pod): number {
  const [placedA, placedB] = [(a.spec.nodeName ?? "") !== "", (b.spec.nodeName ?? "") !== ""];
  if (placedA !== placedB) return placedA ? -1 : 1;
  const [createdA, createdB] = [a.metadata.creationTimestamp, b.metadata.creationTimestamp];
  if (createdA !== createdB) return createdA < createdB ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : 1;
}

/**
 * Which nodes need a pod, and which pods have no business where they are. `waits` tells how long the failed pod of a
 * node must be left alone; 0 if it may go.
 */
export function planDaemonPods(observed: DaemonObservation, waits: (node: string) => number): DaemonPlan {
  const { set, nodes } = observed;
  const plan = { create: [] as string[], delete: [] as string[], notes: [] as DaemonNote[], failed: [] as string[] };
  const byNode = podsByNode(observed.pods);
  let afterMs: number | undefined;
  for (const node of nodes) {
    const { name } = node.metadata;
    const pods = byNode.get(name);
    const { run, stay } = fitsNode(set, node);
    if (run && pods === undefined) plan.create.push(name);
    else if (!stay) {
      for (const { metadata } of pods ?? [])
        if (metadata.deletionTimestamp === undefined) plan.delete.push(metadata.name);
    } else {
      const running: Pod[] = [];
      for (const pod of pods ?? []) {
        if (pod.metadata.deletionTimestamp !== undefined) continue;
        if (!isTerminal(pod)) {
          running.push(pod);
          continue;
        }
        const isFailed = pod.status?.phase === "Failed";
        const wait = isFailed ? waits(name) : 0;
        if (wait > 0) afterMs = Math.min(afterMs ?? wait, wait);
        else {
          if (isFailed && !plan.failed.includes(name)) plan.failed.push(name);
          plan.notes.push(noteOf(pod, name, isFailed));
          plan.delete.push(pod.metadata.name);
        }
      }
      running.sort(byPlaceAndAge);
      if (!allowsSurge(set)) plan.delete.push(...running.slice(1).map(({ metadata }) => metadata.name));
      else if (running.length === 0 && run) plan.create.push(name);
      else if (running.length > 1) plan.delete.push(...surplus(observed, running));
    }
  }
  const known = new Set(nodes.map(({ metadata }) => metadata.name));
  for (const [node, pods] of byNode) {
    if (known.has(node)) continue;
    // The scheduler will never find their node; the ones that had one are left to the garbage collector.
    for (const { metadata, spec } of pods) if ((spec.nodeName ?? "") === "") plan.delete.push(metadata.name);
  }
  return { ...plan, afterMs };
}

function noteOf({ metadata }: Pod, node: string, isFailed: boolean): DaemonNote {
  const pod = `daemon pod ${metadata.namespace}/${metadata.name} on node ${node}`;
  return isFailed
    ? { type: "Warning", reason: "FailedDaemonPod", message: `Found failed ${pod}, will try to kill it` }
    : { type: "Normal", reason: "SucceededDaemonPod", message: `Found succeeded ${pod}, will try to delete it` };
}

/** With surge an old pod and a new one may be side by side until the new one is available. */
function surplus({ set, hash, now }: DaemonObservation, running: readonly Pod[]): string[] {
  const names: string[] = [];
  let [newest, oldest]: [Pod | undefined, Pod | undefined] = [undefined, undefined];
  for (const pod of running) {
    if (pod.metadata.labels?.[revisionLabel] === hash && newest === undefined) newest = pod;
    else if (pod.metadata.labels?.[revisionLabel] !== hash && oldest === undefined) oldest = pod;
    else names.push(pod.metadata.name);
  }
  if (newest === undefined || oldest === undefined) return names;
  const isReplaced = !isReady(oldest) || isAvailable(newest, set.spec.minReadySeconds ?? 0, now);
  return isReplaced ? [...names, oldest.metadata.name] : names;
}
