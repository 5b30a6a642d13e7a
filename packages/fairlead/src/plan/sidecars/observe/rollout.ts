import type { JsonObject } from "@fairlead/apimachinery";
import { timeOf } from "../../shared/time.ts";
import { at, countAt, textAt } from "./read.ts";
import type { Progress } from "./workload.ts";

/**
 * How far an Argo Rollout is (https://argo-rollouts.readthedocs.io/en/stable/features/specification/, v1.8): its phase, and
 * whether the restart that `spec.restartAt` asks for is done. A canary that waits at a step is under way.
 */
export function rolloutProgress(object: JsonObject): Progress {
  const generation = countAt(object, ["metadata", "generation"], 0);
  const replicas = countAt(object, ["spec", "replicas"], 1);
  const availableReplicas = countAt(object, ["status", "availableReplicas"], 0);
  const updatedReplicas = countAt(object, ["status", "updatedReplicas"], 0);
  const phase = textAt(object, "status", "phase");
  const restartAt = textAt(object, "spec", "restartAt");
  const isRestarted = restartAt === "" || timeOf(textAt(object, "status", "restartedAt")) === timeOf(restartAt);
  const isStable = phase === "" ? availableReplicas >= replicas : phase === "Healthy";
  const isAborted = at(object, "status", "abort") === true;
  return {
    generation,
    observedGeneration: observedOf(object, generation),
    replicas,
    updatedReplicas: isStable ? Math.max(updatedReplicas, replicas) : updatedReplicas,
    availableReplicas,
    totalReplicas: isStable ? Math.max(updatedReplicas, replicas) : countAt(object, ["status", "replicas"], 0),
    complete: isStable && isRestarted,
    paused: at(object, "spec", "paused") === true,
    updates: "rolling",
    failed:
      phase === "Degraded" || isAborted
        ? textAt(object, "status", "message") || "its last rollout was aborted"
        : undefined,
    restartAt: restartAt === "" ? undefined : restartAt,
  };
}

/** A text; of old controllers a hash that cannot be compared. */
function observedOf(object: JsonObject, generation: number): number {
  const value = at(object, "status", "observedGeneration");
  if (typeof value === "number") return value;
  if (typeof value !== "string") return 0;
  return /^\d{1,15}$/.test(value) ? Number(value) : generation;
}
