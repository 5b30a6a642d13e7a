import { equal, type JsonObject } from "@fairlead/apimachinery";
import { withoutEmpty } from "../common/counts.ts";
import type { Condition, Pod } from "../common/objects.ts";
import { conditionOf, isAvailable, isReady } from "../common/pods.ts";
import { formatTime } from "../common/time.ts";
import { type ReplicaSet, type ReplicaSetStatus, replicasOf } from "./replica-set.ts";

export interface StatusObservation {
  readonly set: ReplicaSet;
  /** Active pods before anything was created or deleted. */
  readonly pods: readonly Pod[];
  /** Pods being deleted; undefined where the kind does not count them. */
  readonly terminating: number | undefined;
  /** What creating or deleting pods failed with. */
  readonly failure: string | undefined;
  readonly now: number;
}

/** The status of the set, without what would be written as nothing; undefined if it is there already. */
export function planReplicaStatus(observed: StatusObservation): ReplicaSetStatus | undefined {
  const { set, pods, terminating, now } = observed;
  const labels = Object.entries(set.spec.template.metadata?.labels ?? {});
  const minReady = set.spec.minReadySeconds ?? 0;
  let [labelled, ready, available] = [0, 0, 0];
  for (const pod of pods) {
    const own = pod.metadata.labels ?? {};
    if (labels.every(([key, value]) => own[key] === value)) labelled++;
    if (isReady(pod)) ready++;
    if (isAvailable(pod, minReady, now)) available++;
  }
  const status: ReplicaSetStatus = {
    replicas: pods.length,
    fullyLabeledReplicas: labelled,
    readyReplicas: ready,
    availableReplicas: available,
    ...(terminating === undefined ? {} : { terminatingReplicas: terminating }),
    observedGeneration: set.metadata.generation ?? 0,
    conditions: conditionsOf(observed),
  };
  const written = withoutEmpty(status, ["replicas", "terminatingReplicas"]);
  return equal(written, set.status) ? undefined : written;
}

function conditionsOf({ set, pods, failure, now }: StatusObservation): readonly Condition[] {
  const before = set.status?.conditions ?? [];
  const current = conditionOf(before, "ReplicaFailure");
  if (failure === undefined) return before.filter(({ type }) => type !== "ReplicaFailure");
  if (current !== undefined) return before;
  const reason = pods.length < replicasOf(set) ? "FailedCreate" : "FailedDelete";
  const condition = { type: "ReplicaFailure", status: "True", reason, message: failure };
  return [...before, { ...condition, lastTransitionTime: formatTime(now) }];
}

/** As JSON, on the object that was observed. */
export function withReplicaStatus(set: ReplicaSet, status: ReplicaSetStatus): JsonObject {
  return { ...set, status } as unknown as JsonObject;
}
