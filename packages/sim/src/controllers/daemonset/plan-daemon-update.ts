import type { Pod } from "../common/objects.ts";
import { isAvailable } from "../common/pods.ts";
import { type DaemonSet, isUpdated, updateLimits } from "./daemon-set.ts";
import { fitsNode } from "./daemon-pod.ts";
import { type DaemonObservation, podsByNode } from "./plan-daemon-pods.ts";

interface NodePods {
  readonly node: string;
  readonly updated: Pod | undefined;
  readonly old: Pod | undefined;
  /** More than one of either, which is for others to sort out. */
  readonly isCrowded: boolean;
}

export interface DaemonUpdate {
  readonly create: readonly string[];
  readonly delete: readonly string[];
}

/** One step of a rolling update, when all nodes have the pods that they should have. */
export function planDaemonUpdate(observed: DaemonObservation): DaemonUpdate {
  const { set, nodes } = observed;
  const byNode = podsByNode(observed.pods);
  const wanted = nodes.filter((node) => fitsNode(set, node).run);
  for (const { metadata } of wanted) if (!byNode.has(metadata.name)) byNode.set(metadata.name, []);
  const places = [...byNode].sort(([a], [b]) => (a < b ? -1 : 1)).map(([node, pods]) => placeOf(observed, node, pods));
  const { surge, unavailable } = updateLimits(set, wanted.length);
  return surge === 0
    ? { create: [], delete: replaceOnNode(observed, places, unavailable) }
    : replaceWithSurge(observed, places, surge, wanted.length);
}

function placeOf({ set, hash }: DaemonObservation, node: string, pods: readonly Pod[]): NodePods {
  const staying = pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined);
  const updated = staying.filter((pod) => isUpdated(pod, set, hash));
  const old = staying.filter((pod) => !isUpdated(pod, set, hash));
  return { node, updated: updated[0], old: old[0], isCrowded: updated.length > 1 || old.length > 1 };
}

const minReadyOf = ({ spec }: DaemonSet): number => spec.minReadySeconds ?? 0;

/** Old pods that may go now: all that are not available anyway, others while few enough are missing. */
function replaceOnNode({ set, now }: DaemonObservation, places: readonly NodePods[], most: number): string[] {
  const available = (pod: Pod): boolean => isAvailable(pod, minReadyOf(set), now);
  const broken: string[] = [];
  const candidates: string[] = [];
  let missing = 0;
  for (const { updated, old, isCrowded } of places) {
    if (isCrowded || (old === undefined) === (updated === undefined)) missing++;
    else if (updated !== undefined) missing += available(updated) ? 0 : 1;
    else if (!available(old!)) {
      broken.push(old!.metadata.name);
      missing++;
    } else if (missing < most) candidates.push(old!.metadata.name);
  }
  return [...broken, ...candidates.slice(0, Math.max(0, most - missing))];
}

/** New pods beside old ones, and old ones away once the new one is available. */
function replaceWithSurge(
  { set, nodes, now }: DaemonObservation,
  places: readonly NodePods[],
  surge: number,
  desired: number,
): DaemonUpdate {
  const available = (pod: Pod | undefined): boolean => pod !== undefined && isAvailable(pod, minReadyOf(set), now);
  const runs = new Set(nodes.filter((node) => fitsNode(set, node).run).map(({ metadata }) => metadata.name));
  const remove: string[] = [];
  const unwanted: string[] = [];
  const needed: string[] = [];
  const candidates: string[] = [];
  let surging = 0;
  let availableCount = 0;
  for (const { node, updated, old, isCrowded } of places) {
    if (isCrowded) {
      surging++;
      continue;
    }
    if (available(old ?? updated)) availableCount++;
    if (old === undefined) continue;
    const { name } = old.metadata;
    if (updated !== undefined) {
      if (available(updated)) remove.push(name);
      else surging++;
    } else if (!available(old)) (runs.has(node) ? needed : remove).push(runs.has(node) ? node : name);
    else if (!runs.has(node)) unwanted.push(name);
    else if (surging < surge) candidates.push(node);
  }
  const removable = unwanted.slice(0, Math.max(0, availableCount - desired));
  const creatable = candidates.slice(0, Math.max(0, surge - surging));
  return { create: [...needed, ...creatable], delete: [...remove, ...removable] };
}
