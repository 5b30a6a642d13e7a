import type { Pod } from "../common/objects.ts";
import { comparePods, crowdOf } from "../common/rank-pods.ts";

export type ReplicaPlan =
  | { readonly kind: "none" }
  | { readonly kind: "create"; readonly count: number }
  | { readonly kind: "delete"; readonly pods: readonly Pod[] };

/** At most so many pods are created or deleted at once. */
export const burstReplicas = 500;

export interface ReplicaObservation {
  readonly replicas: number;
  /** Active pods of the set. */
  readonly pods: readonly Pod[];
  /** Active pods of all sets of the same owner, which decide what nodes are crowded. */
  readonly related: () => readonly Pod[];
  readonly now: number;
}

/** How many pods to create, or which to delete: the ones that are missed least. */
export function planReplicas({ replicas, pods, related, now }: ReplicaObservation): ReplicaPlan {
  const surplus = pods.length - replicas;
  if (surplus === 0) return { kind: "none" };
  if (surplus < 0) return { kind: "create", count: Math.min(-surplus, burstReplicas) };
  const count = Math.min(surplus, burstReplicas);
  if (count === pods.length) return { kind: "delete", pods };
  const crowd = crowdOf(related());
  const ranked = [...pods].sort((a, b) => comparePods(a, b, { crowd, now }));
  return { kind: "delete", pods: ranked.slice(0, count) };
}
