import type { JsonObject } from "@fairlead/apimachinery";
import { type IntOrPercent, scaled } from "../common/counts.ts";
import type { Condition, Kinded, PodTemplate } from "../common/objects.ts";
import type { ReplicaSet } from "../replicaset/replica-set.ts";

export interface Deployment extends Kinded {
  readonly spec: {
    readonly replicas?: number;
    readonly minReadySeconds?: number;
    readonly paused?: boolean;
    readonly progressDeadlineSeconds?: number;
    readonly revisionHistoryLimit?: number;
    readonly selector: JsonObject;
    readonly strategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly maxSurge?: IntOrPercent; readonly maxUnavailable?: IntOrPercent };
    };
    readonly template: PodTemplate;
  };
  readonly status?: DeploymentStatus;
}

export interface DeploymentStatus {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly unavailableReplicas?: number;
  readonly terminatingReplicas?: number;
  readonly conditions?: readonly Condition[];
  readonly collisionCount?: number;
}

export const hashLabel = "pod-template-hash";
export const revisionAnnotation = "deployment.kubernetes.io/revision";
export const historyAnnotation = "deployment.kubernetes.io/revision-history";
export const desiredAnnotation = "deployment.kubernetes.io/desired-replicas";
export const maxAnnotation = "deployment.kubernetes.io/max-replicas";

const unlimited = 2 ** 31 - 1;

/** Undefined if there is none: the largest number means that, too. */
export function progressDeadlineOf({ spec }: Deployment): number | undefined {
  return spec.progressDeadlineSeconds === unlimited ? undefined : spec.progressDeadlineSeconds;
}

export function historyLimitOf({ spec }: Deployment): number | undefined {
  return spec.revisionHistoryLimit === unlimited ? undefined : spec.revisionHistoryLimit;
}

export function isRolling({ spec }: Deployment): boolean {
  return (spec.strategy?.type ?? "RollingUpdate") === "RollingUpdate";
}

/**
 * How many pods may be there beyond `replicas`, and how many of `replicas` may be missing: percentages are rounded up
 * and down, and where both come out as none, one may be missing, or nothing would ever move.
 */
export function resolveFenceposts(
  maxSurge: IntOrPercent | undefined,
  maxUnavailable: IntOrPercent | undefined,
  replicas: number,
): { readonly surge: number; readonly unavailable: number } {
  const surge = scaled(maxSurge ?? 0, replicas, true) ?? 0;
  const unavailable = scaled(maxUnavailable ?? 0, replicas, false) ?? 0;
  return surge === 0 && unavailable === 0 ? { surge: 0, unavailable: 1 } : { surge, unavailable };
}

/** The same of a Deployment: none of a Recreate; never more missing than there should be. */
export function limitsOf(deployment: Deployment): { readonly surge: number; readonly unavailable: number } {
  if (!isRolling(deployment)) return { surge: 0, unavailable: 0 };
  const replicas = deployment.spec.replicas ?? 1;
  const { maxSurge, maxUnavailable } = deployment.spec.strategy?.rollingUpdate ?? {};
  const { surge, unavailable } = resolveFenceposts(maxSurge, maxUnavailable, replicas);
  return { surge, unavailable: Math.min(unavailable, replicas) };
}

/** The revision that a set says it is; 0 without one, undefined if it is no number. */
export function revisionOf({ metadata }: ReplicaSet): number | undefined {
  const text = metadata.annotations?.[revisionAnnotation];
  if (text === undefined) return 0;
  return /^[+-]?\d{1,15}$/.test(text) ? Number(text) : undefined;
}

export function maxRevisionOf(sets: readonly ReplicaSet[]): number {
  let most = 0;
  for (const set of sets) most = Math.max(most, revisionOf(set) ?? 0);
  return most;
}
