import { sum } from "../common/counts.ts";
import { byAge } from "../common/objects.ts";
import { type ReplicaSet, replicasOf } from "../replicaset/replica-set.ts";
import { type Deployment, desiredAnnotation, isRolling, limitsOf, maxAnnotation } from "./deployment.ts";
import { activeSets, allSets, type Rollout, scaleSet } from "./rollout.ts";

/** The Deployment was scaled since the sizes of its sets were decided. */
export function isScalingEvent(rollout: Rollout): boolean {
  const wanted = replicasOf(rollout.deployment);
  return activeSets(allSets(rollout)).some((set) => {
    const desired = countOf(set, desiredAnnotation);
    return desired !== undefined && desired !== wanted;
  });
}

/** Scales in proportion, so that scaling amid a rollout does not hasten it. */
export function planScale(rollout: Rollout): void {
  const { deployment, newSet } = rollout;
  const wanted = replicasOf(deployment);
  const single = activeOrLatest(rollout);
  if (single !== undefined) {
    if (replicasOf(single) !== wanted) scaleSet(rollout, single, wanted);
    return;
  }
  if (isSaturated(deployment, newSet)) {
    for (const set of activeSets(rollout.oldSets)) scaleSet(rollout, set, 0);
    return;
  }
  if (isRolling(deployment)) scaleProportionally(rollout);
}

/** The only set with pods, or the one to scale where none has any. */
function activeOrLatest(rollout: Rollout): ReplicaSet | undefined {
  const active = activeSets(allSets(rollout));
  if (active.length > 1) return undefined;
  return active[0] ?? rollout.newSet ?? [...rollout.oldSets].sort(byAge).at(-1);
}

function isSaturated(deployment: Deployment, set: ReplicaSet | undefined): boolean {
  if (set === undefined) return false;
  const wanted = replicasOf(deployment);
  const available = set.status?.availableReplicas ?? 0;
  return replicasOf(set) === wanted && countOf(set, desiredAnnotation) === wanted && available === wanted;
}

function scaleProportionally(rollout: Rollout): void {
  const { deployment } = rollout;
  const wanted = replicasOf(deployment);
  const sets = activeSets(allSets(rollout));
  const allowed = wanted > 0 ? wanted + limitsOf(deployment).surge : 0;
  const toAdd = allowed - sum(sets, replicasOf);
  // Larger ones first; of equal ones the newer grow first and the older shrink first.
  const older = (a: ReplicaSet, b: ReplicaSet): number => replicasOf(b) - replicasOf(a) || byAge(a, b);
  const newer = (a: ReplicaSet, b: ReplicaSet): number => replicasOf(b) - replicasOf(a) || byAge(b, a);
  if (toAdd !== 0) sets.sort(toAdd > 0 ? newer : older);
  let added = 0;
  const sizes = sets.map((set) => {
    const share = shareOf(deployment, set, toAdd, added);
    added += share;
    return replicasOf(set) + share;
  });
  if (toAdd !== 0 && sizes.length > 0) sizes[0] = Math.max(0, sizes[0]! + toAdd - added);
  for (const [index, set] of sets.entries()) scaleSet(rollout, set, sizes[index]!, true);
}

/** How many of the pods to add (or, negative, to take away) are the set's, by its share of the pods there may have been. */
export function shareOf(deployment: Deployment, set: ReplicaSet, toAdd: number, added: number): number {
  const size = replicasOf(set);
  if (size === 0 || toAdd === 0 || toAdd === added) return 0;
  const share = fractionOf(deployment, set);
  const left = toAdd - added;
  return toAdd > 0 ? Math.min(share, left) : Math.max(share, left);
}

function fractionOf(deployment: Deployment, set: ReplicaSet): number {
  const size = replicasOf(set);
  const wanted = replicasOf(deployment);
  if (wanted === 0) return -size;
  const most = wanted + limitsOf(deployment).surge;
  const before = countOf(set, maxAnnotation) || (deployment.status?.replicas ?? 0);
  if (before === 0) return 0;
  const scaled = (size * most) / before;
  return (scaled < 0 ? Math.ceil(scaled - 0.5) : Math.floor(scaled + 0.5)) - size;
}

function countOf({ metadata }: ReplicaSet, annotation: string): number | undefined {
  const text = metadata.annotations?.[annotation] ?? "";
  return /^\d{1,10}$/.test(text) && Number(text) < 2 ** 31 ? Number(text) : undefined;
}
