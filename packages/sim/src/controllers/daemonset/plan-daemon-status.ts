import { equal } from "@fairlead/apimachinery";
import { withoutEmpty } from "../common/counts.ts";
import { isAvailable, isReady } from "../common/pods.ts";
import { type DaemonSetStatus, isUpdated } from "./daemon-set.ts";
import { fitsNode } from "./daemon-pod.ts";
import { byPlaceAndAge, type DaemonObservation, podsByNode } from "./plan-daemon-pods.ts";

/** Counts by nodes; undefined if they are written already. */
export function planDaemonStatus({ set, nodes, pods, hash, now }: DaemonObservation): DaemonSetStatus | undefined {
  const byNode = podsByNode(pods);
  const minReady = set.spec.minReadySeconds ?? 0;
  let [desired, current, misplaced, ready, updated, available] = [0, 0, 0, 0, 0, 0];
  for (const node of nodes) {
    const [pod] = [...(byNode.get(node.metadata.name) ?? [])].sort(byPlaceAndAge);
    if (!fitsNode(set, node).run) {
      if (pod !== undefined) misplaced++;
      continue;
    }
    desired++;
    if (pod === undefined) continue;
    current++;
    if (isReady(pod)) ready++;
    if (isAvailable(pod, minReady, now)) available++;
    if (isUpdated(pod, set, hash)) updated++;
  }
  const generation = set.metadata.generation ?? 0;
  const status: DaemonSetStatus = {
    ...set.status,
    currentNumberScheduled: current,
    numberMisscheduled: misplaced,
    desiredNumberScheduled: desired,
    numberReady: ready,
    observedGeneration: Math.max(generation, set.status?.observedGeneration ?? 0),
    updatedNumberScheduled: updated,
    numberAvailable: available,
    numberUnavailable: desired - available,
  };
  const written = withoutEmpty(status, [
    "currentNumberScheduled",
    "numberMisscheduled",
    "desiredNumberScheduled",
    "numberReady",
    "collisionCount",
  ]);
  return set.status?.observedGeneration !== undefined && equal(written, set.status) ? undefined : written;
}
