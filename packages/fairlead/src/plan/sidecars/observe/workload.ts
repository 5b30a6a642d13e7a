import type { JsonObject } from "@fairlead/apimachinery";
import type { WorkloadFact } from "../model/facts.ts";
import { restartedForAnnotation } from "./keys.ts";
import { at, controllerOf, countAt, itemsAt, labelsAt, observedOf, textAt, type Observed } from "./read.ts";
import { rolloutProgress } from "./rollout.ts";
import { templateOf } from "./template.ts";

/** How far a workload's rollout is, by what its status says. */
export type Progress = Pick<
  WorkloadFact,
  | "generation"
  | "observedGeneration"
  | "replicas"
  | "updatedReplicas"
  | "availableReplicas"
  | "totalReplicas"
  | "complete"
  | "paused"
  | "updates"
  | "failed"
  | "restartAt"
>;

const progressOf: { readonly [kind: string]: (object: JsonObject) => Progress } = {
  Deployment: deployment,
  StatefulSet: statefulSet,
  DaemonSet: daemonSet,
  Rollout: rolloutProgress,
  ReplicaSet: replicas,
  ReplicationController: replicas,
  Job: job,
  CronJob: job,
};

/** An object that makes pods from a template, of the kinds of `made-by.ts`. */
export function workloadFact(object: JsonObject, cluster: string): WorkloadFact | undefined {
  const observed = observedOf(object, cluster);
  const kind = textAt(object, "kind");
  const progress = Object.hasOwn(progressOf, kind) ? progressOf[kind] : undefined;
  if (observed === undefined || progress === undefined) return undefined;
  const borrowed = kind === "Rollout" && textAt(object, "spec", "workloadRef", "kind") === "Deployment";
  return {
    fact: "workload",
    ...(observed satisfies Observed),
    apiVersion: textAt(object, "apiVersion"),
    kind,
    labels: labelsAt(object, ["metadata", "labels"]),
    annotations: labelsAt(object, ["metadata", "annotations"], (key) => key !== lastApplied),
    controller: controllerOf(object),
    template: templateOf(
      kind === "CronJob" ? at(object, "spec", "jobTemplate", "spec", "template") : templateAt(object),
    ),
    templateOf: borrowed ? textAt(object, "spec", "workloadRef", "name") : undefined,
    ...progress(object),
  };
}

const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
const templateAt = (object: JsonObject) => at(object, "spec", "template");

/** The target that a workload says it was last restarted for: on its template, of a Rollout on itself. */
export function restartedForOf({ kind, annotations, template }: WorkloadFact): string {
  const from = kind === "Rollout" ? annotations : (template?.annotations ?? {});
  return textAt(from as JsonObject, restartedForAnnotation);
}

function common(object: JsonObject): Omit<Progress, "complete"> {
  const wanted = countAt(object, ["spec", "replicas"], 1);
  return {
    generation: countAt(object, ["metadata", "generation"], 0),
    observedGeneration: countAt(object, ["status", "observedGeneration"], 0),
    replicas: wanted,
    updatedReplicas: countAt(object, ["status", "updatedReplicas"], 0),
    availableReplicas: countAt(object, ["status", "availableReplicas"], 0),
    totalReplicas: countAt(object, ["status", "replicas"], 0),
    paused: at(object, "spec", "paused") === true,
    updates: "rolling",
    failed: undefined,
    restartAt: undefined,
  };
}

function deployment(object: JsonObject): Progress {
  const known = common(object);
  const progressing = itemsAt(object, "status", "conditions").find((one) => one["type"] === "Progressing");
  const reason = textAt(progressing, "reason");
  const isDone = known.availableReplicas >= known.replicas;
  return {
    ...known,
    complete: progressing === undefined ? isDone : reason === "NewReplicaSetAvailable",
    updates: textAt(object, "spec", "strategy", "type") === "Recreate" ? "recreate" : "rolling",
    failed: reason === "ProgressDeadlineExceeded" ? textAt(progressing, "message") || reason : undefined,
  };
}

function statefulSet(object: JsonObject): Progress {
  const known = common(object);
  const { replicas: wanted, updatedReplicas } = known;
  const strategy = at(object, "spec", "updateStrategy");
  const partition = countAt(strategy, ["rollingUpdate", "partition"], 0);
  const revision = textAt(object, "status", "updateRevision");
  const isOnDelete = textAt(strategy, "type") === "OnDelete";
  const isDone = revision !== "" && textAt(object, "status", "currentRevision") === revision;
  return {
    ...known,
    complete:
      isDone || updatedReplicas >= wanted || isOnDelete || (partition > 0 && updatedReplicas >= wanted - partition),
    updates: isOnDelete ? "on-delete" : partition > 0 ? "partitioned" : "rolling",
  };
}

function daemonSet(object: JsonObject): Progress {
  const known = common(object);
  const wanted = countAt(object, ["status", "desiredNumberScheduled"], 0);
  const updatedReplicas = countAt(object, ["status", "updatedNumberScheduled"], 0);
  const isOnDelete = textAt(object, "spec", "updateStrategy", "type") === "OnDelete";
  return {
    ...known,
    replicas: wanted,
    updatedReplicas,
    availableReplicas: countAt(object, ["status", "numberAvailable"], 0),
    totalReplicas: countAt(object, ["status", "currentNumberScheduled"], 0),
    // A pod on a node that is gone is never available: it must not hold the DaemonSet for ever.
    complete: isOnDelete || updatedReplicas >= wanted,
    updates: isOnDelete ? "on-delete" : "rolling",
  };
}

/** ReplicaSets and ReplicationControllers replace a pod that goes, and never one because of its template. */
function replicas(object: JsonObject): Progress {
  const known = common(object);
  return { ...known, updatedReplicas: known.totalReplicas, complete: true };
}

function job(object: JsonObject): Progress {
  const wanted = countAt(object, ["spec", "parallelism"], 1);
  const active = countAt(object, ["status", "active"], 0);
  const status = { updatedReplicas: active, availableReplicas: active, totalReplicas: active };
  const known = common(object);
  return { ...known, ...status, observedGeneration: known.generation, replicas: wanted, complete: true };
}
