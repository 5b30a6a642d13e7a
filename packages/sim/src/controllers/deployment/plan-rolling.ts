import { sum } from "../common/counts.ts";
import { byAge } from "../common/objects.ts";
import { type ReplicaSet, replicasOf } from "../replicaset/replica-set.ts";
import { limitsOf } from "./deployment.ts";
import { newReplicas } from "./plan-new-set.ts";
import { activeSets, allSets, type Rollout, scaleSet } from "./rollout.ts";

const availableOf = ({ status }: ReplicaSet): number => status?.availableReplicas ?? 0;

/** One step of a rolling update, whose new set is there; true if a set changed its size. */
export function planRolling(rollout: Rollout): boolean {
  return growNewSet(rollout) || shrinkOldSets(rollout);
}

function growNewSet(rollout: Rollout): boolean {
  const { deployment, newSet } = rollout;
  const wanted = replicasOf(deployment);
  const current = replicasOf(newSet!);
  if (current === wanted) return false;
  return scaleSet(rollout, newSet!, current > wanted ? wanted : newReplicas(deployment, allSets(rollout), newSet!));
}

/** Takes pods from old sets while enough stay available: the ones that are not available anyway first. */
function shrinkOldSets(rollout: Rollout): boolean {
  const { deployment } = rollout;
  const newSet = rollout.newSet!;
  if (activeSets(rollout.oldSets).length === 0) return false;
  const leastAvailable = replicasOf(deployment) - limitsOf(deployment).unavailable;
  const newUnavailable = replicasOf(newSet) - availableOf(newSet);
  const most = sum(allSets(rollout), replicasOf) - leastAvailable - newUnavailable;
  if (most <= 0) return false;
  // More available than wanted: the set has just been scaled down, and what it says of its pods is not to be built on.
  if (activeSets(rollout.oldSets).some((set) => availableOf(set) > replicasOf(set))) return false;
  const cleaned = shrink(rollout, most, (set) => replicasOf(set) - availableOf(set));
  const surplus = sum([...activeSets(rollout.oldSets), newSet], availableOf) - leastAvailable;
  const taken = shrink(rollout, surplus, replicasOf);
  return cleaned + taken > 0;
}

function shrink(rollout: Rollout, most: number, from: (set: ReplicaSet) => number): number {
  let taken = 0;
  for (const set of activeSets(rollout.oldSets).sort(byAge)) {
    const count = Math.min(most - taken, from(set));
    if (count <= 0) continue;
    scaleSet(rollout, set, replicasOf(set) - count);
    taken += count;
  }
  return taken;
}
