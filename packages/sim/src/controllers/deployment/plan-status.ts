import { sum, withoutEmpty } from "../common/counts.ts";
import type { Condition } from "../common/objects.ts";
import { conditionOf } from "../common/pods.ts";
import { parseTime } from "../common/time.ts";
import { type ReplicaSet, replicasOf } from "../replicaset/replica-set.ts";
import { type Deployment, type DeploymentStatus, limitsOf, progressDeadlineOf } from "./deployment.ts";
import { newCondition, removeCondition, setCondition } from "./rollout.ts";

export interface StatusInput {
  readonly deployment: Deployment;
  /** With what this sync has set already: `collisionCount` and conditions. */
  readonly status: DeploymentStatus;
  readonly sets: readonly ReplicaSet[];
  readonly newSet: ReplicaSet | undefined;
  readonly now: number;
}

/** Counts and the condition `Available`. */
export function countStatus({ deployment, status, sets, newSet, now }: StatusInput): DeploymentStatus {
  const available = sum(sets, (set) => set.status?.availableReplicas ?? 0);
  const terminating = terminatingOf(sets);
  const counted: DeploymentStatus = {
    observedGeneration: deployment.metadata.generation ?? 0,
    replicas: sum(sets, (set) => set.status?.replicas ?? 0),
    updatedReplicas: newSet?.status?.replicas ?? 0,
    readyReplicas: sum(sets, (set) => set.status?.readyReplicas ?? 0),
    availableReplicas: available,
    unavailableReplicas: Math.max(0, sum(sets, replicasOf) - available),
    ...(terminating === undefined ? {} : { terminatingReplicas: terminating }),
    conditions: status.conditions ?? [],
    ...(status.collisionCount === undefined ? {} : { collisionCount: status.collisionCount }),
  };
  const isAvailable = available >= replicasOf(deployment) - limitsOf(deployment).unavailable;
  return setCondition(
    counted,
    isAvailable
      ? newCondition(now, "Available", "True", "MinimumReplicasAvailable", "Deployment has minimum availability.")
      : newCondition(
          now,
          "Available",
          "False",
          "MinimumReplicasUnavailable",
          "Deployment does not have minimum availability.",
        ),
  );
}

/** Undefined while a set that has been looked at does not count them. */
function terminatingOf(sets: readonly ReplicaSet[]): number | undefined {
  let total = 0;
  for (const { status } of sets) {
    if (status?.terminatingReplicas !== undefined) total += status.terminatingReplicas;
    else if ((status?.observedGeneration ?? 0) !== 0) return undefined;
  }
  return total;
}

/** All pods are of the current template and available. */
export function isComplete(deployment: Deployment, status: DeploymentStatus): boolean {
  const wanted = replicasOf(deployment);
  return (
    (status.updatedReplicas ?? 0) === wanted &&
    (status.replicas ?? 0) === wanted &&
    (status.availableReplicas ?? 0) === wanted &&
    (status.observedGeneration ?? 0) >= (deployment.metadata.generation ?? 0)
  );
}

function isProgressing(before: DeploymentStatus, after: DeploymentStatus): boolean {
  const { replicas = 0, updatedReplicas = 0, readyReplicas = 0, availableReplicas = 0 } = before;
  const oldBefore = replicas - updatedReplicas;
  const oldAfter = (after.replicas ?? 0) - (after.updatedReplicas ?? 0);
  return (
    (after.updatedReplicas ?? 0) > updatedReplicas ||
    oldAfter < oldBefore ||
    (after.readyReplicas ?? 0) > readyReplicas ||
    (after.availableReplicas ?? 0) > availableReplicas
  );
}

function isTimedOut(deployment: Deployment, condition: Condition | undefined, now: number): boolean {
  const deadline = progressDeadlineOf(deployment);
  if (deadline === undefined || condition === undefined) return false;
  if (condition.reason === "NewReplicaSetAvailable") return false;
  if (condition.reason === "ProgressDeadlineExceeded") return true;
  const since = parseTime(condition.lastUpdateTime);
  return since !== undefined && since + deadline * 1000 < now;
}

/** The status of a rollout: with whether it moves on, is complete, or has made no progress for too long. */
export function rolloutStatus(input: StatusInput): DeploymentStatus {
  const { deployment, newSet, now } = input;
  const before = deployment.status ?? {};
  let status = countStatus(input);
  const current = conditionOf(input.status.conditions, "Progressing");
  const hasDeadline = progressDeadlineOf(deployment) !== undefined;
  if (!hasDeadline) status = removeCondition(status, "Progressing");
  const wasComplete = status.replicas === status.updatedReplicas && current?.reason === "NewReplicaSetAvailable";
  const subject =
    newSet === undefined ? `Deployment "${deployment.metadata.name}"` : `ReplicaSet "${newSet.metadata.name}"`;
  if (hasDeadline && !wasComplete) {
    if (isComplete(deployment, status)) {
      const message = `${subject} has successfully progressed.`;
      status = setCondition(status, newCondition(now, "Progressing", "True", "NewReplicaSetAvailable", message));
    } else if (isProgressing(before, status)) {
      const condition = newCondition(now, "Progressing", "True", "ReplicaSetUpdated", `${subject} is progressing.`);
      const since =
        current?.status === "True" && current.lastTransitionTime !== undefined
          ? { lastTransitionTime: current.lastTransitionTime }
          : {};
      status = setCondition(removeCondition(status, "Progressing"), { ...condition, ...since });
    } else if (isTimedOut(deployment, conditionOf(status.conditions, "Progressing"), now)) {
      const message = `${subject} has timed out progressing.`;
      status = setCondition(status, newCondition(now, "Progressing", "False", "ProgressDeadlineExceeded", message));
    }
  }
  const failure = failureOf(input);
  return failure === undefined ? removeCondition(status, "ReplicaFailure") : setCondition(status, failure);
}

/** What keeps a set from creating pods; the new set's counts first. */
function failureOf({ sets, newSet }: StatusInput): Condition | undefined {
  for (const set of newSet === undefined ? sets : [newSet, ...sets]) {
    const condition = conditionOf(set.status?.conditions, "ReplicaFailure");
    if (condition === undefined) continue;
    const { type, status, lastTransitionTime, reason, message } = condition;
    const times = lastTransitionTime === undefined ? {} : { lastUpdateTime: lastTransitionTime, lastTransitionTime };
    return { type, status, ...times, reason: reason ?? "", message: message ?? "" };
  }
  return undefined;
}

/** In how many milliseconds to see whether the deadline has passed; undefined if nothing is waited for. */
export function nextDeadlineCheck(deployment: Deployment, status: DeploymentStatus, now: number): number | undefined {
  const deadline = progressDeadlineOf(deployment);
  const condition = conditionOf(status.conditions, "Progressing");
  if (deadline === undefined || condition === undefined) return undefined;
  if (isComplete(deployment, status) || condition.reason === "ProgressDeadlineExceeded") return undefined;
  const since = parseTime(condition.lastUpdateTime);
  if (since === undefined) return undefined;
  const wait = since + deadline * 1000 - now;
  // Times are written in whole seconds: a second more, and the deadline has passed for sure.
  return Math.max(wait, 0) + 1000;
}

export function writtenStatus(status: DeploymentStatus): DeploymentStatus {
  return withoutEmpty(status, ["terminatingReplicas", "collisionCount"]);
}
