import type { Condition } from "../common/objects.ts";
import { conditionOf } from "../common/pods.ts";
import { formatTime } from "../common/time.ts";
import { type ReplicaSet, replicasOf } from "../replicaset/replica-set.ts";
import { type Deployment, type DeploymentStatus, desiredAnnotation, limitsOf, maxAnnotation } from "./deployment.ts";

export type DeploymentAction =
  | { readonly kind: "create"; readonly set: ReplicaSet }
  | { readonly kind: "update"; readonly set: ReplicaSet; readonly message: string | undefined }
  | { readonly kind: "delete"; readonly set: ReplicaSet };

/**
 * A sync in the making: what is there, as planned so far, and what has to be written. Everything in it is a copy; the
 * observed objects stay as they are.
 */
export interface Rollout {
  readonly deployment: Deployment;
  readonly now: number;
  readonly actions: DeploymentAction[];
  status: DeploymentStatus;
  /** That the Deployment gets. */
  revision: string | undefined;
  newSet: ReplicaSet | undefined;
  /** Older first. */
  oldSets: ReplicaSet[];
}

export function allSets({ newSet, oldSets }: Rollout): ReplicaSet[] {
  return newSet === undefined ? [...oldSets] : [...oldSets, newSet];
}

export function activeSets(sets: readonly ReplicaSet[]): ReplicaSet[] {
  return sets.filter((set) => replicasOf(set) > 0);
}

/** Puts what a set becomes in its place. */
export function replaceSet(rollout: Rollout, set: ReplicaSet): void {
  if (rollout.newSet?.metadata.name === set.metadata.name) rollout.newSet = set;
  else rollout.oldSets = rollout.oldSets.map((one) => (one.metadata.name === set.metadata.name ? set : one));
}

export function withReplicas(set: ReplicaSet, replicas: number): ReplicaSet {
  return { ...set, spec: { ...set.spec, replicas } };
}

export function withAnnotations(set: ReplicaSet, annotations: { readonly [key: string]: string }): ReplicaSet {
  return { ...set, metadata: { ...set.metadata, annotations: { ...set.metadata.annotations, ...annotations } } };
}

/** What tells scaling a Deployment from rolling it out: how many pods there should be, and could be, when this was set. */
export function replicaAnnotations(deployment: Deployment): { readonly [key: string]: string } {
  const replicas = replicasOf(deployment);
  return {
    [desiredAnnotation]: String(replicas),
    [maxAnnotation]: String(replicas + limitsOf(deployment).surge),
  };
}

/**
 * Plans to scale a set; true if its size changes. `annotate`: also if only its annotations are out of date. The status
 * is computed from sets as they were before, as the next sync sees the outcome anyway.
 */
export function scaleSet(rollout: Rollout, set: ReplicaSet, replicas: number, annotate = false): boolean {
  const before = replicasOf(set);
  if (!annotate && before === replicas) return false;
  const wanted = replicaAnnotations(rollout.deployment);
  const own = set.metadata.annotations ?? {};
  if (before === replicas && Object.entries(wanted).every(([key, value]) => own[key] === value)) return false;
  const direction = before < replicas ? "up" : "down";
  const message =
    before === replicas
      ? undefined
      : `Scaled ${direction} replica set ${set.metadata.name} from ${before} to ${replicas}`;
  const next = withAnnotations(withReplicas(set, replicas), wanted);
  rollout.actions.push({ kind: "update", set: next, message });
  replaceSet(rollout, next);
  return before !== replicas;
}

export function newCondition(now: number, type: string, status: string, reason: string, message: string): Condition {
  return { type, status, lastUpdateTime: formatTime(now), lastTransitionTime: formatTime(now), reason, message };
}

/** Leaves a condition of the same status and reason alone. */
export function setCondition(status: DeploymentStatus, condition: Condition): DeploymentStatus {
  const before = conditionOf(status.conditions, condition.type);
  if (before?.status === condition.status && before.reason === condition.reason) return status;
  const since =
    before?.status === condition.status && before.lastTransitionTime !== undefined
      ? { lastTransitionTime: before.lastTransitionTime }
      : {};
  const rest = removeCondition(status, condition.type).conditions ?? [];
  return { ...status, conditions: [...rest, { ...condition, ...since }] };
}

export function removeCondition(status: DeploymentStatus, type: string): DeploymentStatus {
  return { ...status, conditions: (status.conditions ?? []).filter((one) => one.type !== type) };
}
