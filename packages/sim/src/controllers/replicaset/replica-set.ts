import type { JsonObject } from "@fairlead/apimachinery";
import type { Condition, Kinded, PodTemplate } from "../common/objects.ts";

/** ReplicaSets of `apps/v1`, and ReplicationControllers of `v1`, whose selector is a map. */
export interface ReplicaSet extends Kinded {
  readonly spec: {
    readonly replicas?: number;
    readonly minReadySeconds?: number;
    readonly selector?: JsonObject;
    readonly template: PodTemplate;
  };
  readonly status?: ReplicaSetStatus;
}

export interface ReplicaSetStatus {
  readonly replicas: number;
  readonly fullyLabeledReplicas?: number;
  readonly readyReplicas?: number;
  readonly availableReplicas?: number;
  readonly terminatingReplicas?: number;
  readonly observedGeneration?: number;
  readonly conditions?: readonly Condition[];
}

export function replicasOf({ spec }: { readonly spec: { readonly replicas?: number } }): number {
  return spec.replicas ?? 1;
}
