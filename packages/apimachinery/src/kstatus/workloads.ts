import type { JsonObject } from "../json.ts";
import { readyStatus } from "./generic.ts";
import {
  at,
  conditionOf,
  conditionText,
  countText,
  current,
  failed,
  inProgress,
  numberAt,
  textAt,
  type ObjectStatus,
} from "./object-status.ts";

function wantedReplicas(object: JsonObject): number {
  return numberAt(object, ["spec", "replicas"], 1);
}

function counter(object: JsonObject): (field: string) => number {
  return (field) => numberAt(object, ["status", field], 0);
}

function tooFew(reason: string, count: number, total: number, rest: string): ObjectStatus | undefined {
  return count < total ? inProgress(reason, countText(count, total, "replica", rest)) : undefined;
}

function tooMany(count: number, total: number): ObjectStatus | undefined {
  const more = count - total;
  if (more <= 0) return undefined;
  return inProgress("ExtraPods", `${more} old replica${more === 1 ? " has" : "s have"} yet to end`);
}

/** Zeros in a status that nobody has written yet say nothing. */
function unobserved(object: JsonObject): ObjectStatus | undefined {
  if (at(object, "status", "observedGeneration") !== undefined) return undefined;
  return inProgress("NotObserved", "its controller has not seen it yet");
}

/** Without a deadline the controller says nothing of progress: it is the largest number then. */
const noDeadline = 2 ** 31 - 1;

export function deploymentStatus(object: JsonObject): ObjectStatus {
  const progressing = conditionOf(object, "Progressing");
  if (progressing?.reason === "ProgressDeadlineExceeded") {
    const detail = conditionText(progressing, "no progress before the deadline");
    return failed("ProgressDeadlineExceeded", `${detail} (${rolloutText(object)})`);
  }
  const wanted = wantedReplicas(object);
  const count = counter(object);
  const isPaused = at(object, "spec", "paused") === true;
  const failure = conditionOf(object, "ReplicaFailure");
  const behind =
    unobserved(object) ??
    tooFew("LessReplicas", count("replicas"), wanted, "created") ??
    tooFew("LessUpdated", count("updatedReplicas"), wanted, "updated") ??
    tooMany(count("replicas"), wanted) ??
    tooFew("LessAvailable", count("availableReplicas"), count("updatedReplicas"), "available") ??
    tooFew("LessReady", count("readyReplicas"), wanted, "ready");
  if (behind !== undefined) {
    if (failure?.status === "True") {
      return inProgress(
        failure.reason || "ReplicaFailure",
        `${behind.message}: ${conditionText(failure, "a pod is refused")}`,
      );
    }
    return isPaused ? inProgress("DeploymentPaused", `${behind.message}, and the rollout is paused`) : behind;
  }
  const deadline = numberAt(object, ["spec", "progressDeadlineSeconds"], noDeadline);
  const isComplete = progressing?.status === "True" && progressing.reason === "NewReplicaSetAvailable";
  if (deadline !== noDeadline && !isComplete && !isPaused) {
    return inProgress("ReplicaSetNotAvailable", "the newest replica set is not yet known to be available");
  }
  if (conditionOf(object, "Available")?.status !== "True") {
    return inProgress("DeploymentNotAvailable", "too few replicas have been available for long enough");
  }
  return current("Available", countText(count("availableReplicas"), wanted, "replica", "available"));
}

function rolloutText(object: JsonObject): string {
  return countText(counter(object)("updatedReplicas"), wantedReplicas(object), "replica", "updated");
}

export function replicaSetStatus(object: JsonObject): ObjectStatus {
  const failure = conditionOf(object, "ReplicaFailure");
  if (failure?.status === "True") {
    return inProgress(
      failure.reason || "ReplicaFailure",
      conditionText(failure, "a pod could not be created or deleted"),
    );
  }
  const wanted = wantedReplicas(object);
  const count = counter(object);
  return (
    unobserved(object) ??
    tooFew("LessLabelled", count("fullyLabeledReplicas"), wanted, "created") ??
    tooFew("LessAvailable", count("availableReplicas"), wanted, "available") ??
    tooFew("LessReady", count("readyReplicas"), wanted, "ready") ??
    tooMany(count("replicas"), wanted) ??
    current("Available", countText(count("availableReplicas"), wanted, "replica", "available"))
  );
}

export function statefulSetStatus(object: JsonObject): ObjectStatus {
  const wanted = wantedReplicas(object);
  const count = counter(object);
  const strategy = textAt(object, "spec", "updateStrategy", "type");
  const incomplete =
    unobserved(object) ??
    tooFew("LessReplicas", count("replicas"), wanted, "created") ??
    tooFew("LessReady", count("readyReplicas"), wanted, "ready") ??
    tooMany(count("replicas"), wanted);
  if (incomplete !== undefined) return incomplete;
  const updated = count("updatedReplicas");
  if (strategy === "OnDelete") {
    return current("OnDelete", `${countText(updated, wanted, "replica", "updated")}, the others once they are deleted`);
  }
  const partition = numberAt(object, ["spec", "updateStrategy", "rollingUpdate", "partition"], 0);
  if (partition > 0) {
    const total = Math.max(0, wanted - partition);
    return (
      tooFew("PartitionRollout", updated, total, `updated, from replica ${partition} on`) ??
      current("PartitionRollout", `${countText(updated, total, "replica", "updated")}, from replica ${partition} on`)
    );
  }
  if (textAt(object, "status", "currentRevision") !== textAt(object, "status", "updateRevision")) {
    return inProgress("RevisionMismatch", countText(updated, wanted, "replica", "updated"));
  }
  return current("Available", countText(count("readyReplicas"), wanted, "replica", "ready"));
}

export function daemonSetStatus(object: JsonObject): ObjectStatus {
  const missing = unobserved(object);
  if (missing !== undefined) return missing;
  const count = counter(object);
  const wanted = count("desiredNumberScheduled");
  const few = (reason: string, field: string, rest: string): ObjectStatus | undefined =>
    count(field) < wanted ? inProgress(reason, countText(count(field), wanted, "pod", rest)) : undefined;
  const onDelete = textAt(object, "spec", "updateStrategy", "type") === "OnDelete";
  return (
    few("LessCurrent", "currentNumberScheduled", "scheduled") ??
    (onDelete ? undefined : few("LessUpdated", "updatedNumberScheduled", "updated")) ??
    few("LessAvailable", "numberAvailable", "available") ??
    few("LessReady", "numberReady", "ready") ??
    current("Available", countText(count("numberAvailable"), wanted, "pod", "available"))
  );
}

/** https://argo-rollouts.readthedocs.io/en/stable/features/specification/ */
export function rolloutStatus(object: JsonObject): ObjectStatus {
  const wanted = wantedReplicas(object);
  const count = counter(object);
  const phase = textAt(object, "status", "phase");
  const message = textAt(object, "status", "message");
  const numbers = countText(count("updatedReplicas"), wanted, "replica", "updated");
  const text = message === "" ? numbers : `${message} (${numbers})`;
  switch (phase) {
    case "Healthy":
      return current("Healthy", countText(count("availableReplicas"), wanted, "replica", "available"));
    case "Degraded":
      return failed("Degraded", text);
    case "Paused":
    case "Progressing":
      return inProgress(phase, text);
    case "":
      return inProgress("NotObserved", "its controller has not seen it yet");
    default:
      return readyStatus(object);
  }
}
