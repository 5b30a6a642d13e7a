import type { JsonObject } from "@fairlead/apimachinery";
import type { Condition, Kinded, Pod, PodTemplate } from "../common/objects.ts";

export interface StatefulSet extends Kinded {
  readonly spec: {
    readonly replicas?: number;
    readonly minReadySeconds?: number;
    readonly selector: JsonObject;
    readonly serviceName?: string;
    readonly podManagementPolicy?: string;
    readonly revisionHistoryLimit?: number;
    readonly ordinals?: { readonly start?: number };
    readonly updateStrategy?: { readonly type?: string; readonly rollingUpdate?: { readonly partition?: number } };
    readonly persistentVolumeClaimRetentionPolicy?: { readonly whenDeleted?: string; readonly whenScaled?: string };
    readonly volumeClaimTemplates?: readonly JsonObject[];
    readonly template: PodTemplate;
  };
  readonly status?: StatefulSetStatus;
}

export interface StatefulSetStatus {
  readonly observedGeneration?: number;
  readonly replicas: number;
  readonly readyReplicas?: number;
  readonly currentReplicas?: number;
  readonly updatedReplicas?: number;
  readonly currentRevision?: string;
  readonly updateRevision?: string;
  readonly collisionCount?: number;
  readonly availableReplicas: number;
  readonly conditions?: readonly Condition[];
}

export const podNameLabel = "statefulset.kubernetes.io/pod-name";
export const podIndexLabel = "apps.kubernetes.io/pod-index";

/** The set's name and the number in the name of a pod; -1 if there is none. */
export function identityOf({ metadata }: Pod): { readonly parent: string; readonly ordinal: number } {
  const match = /^(.*)-(\d+)$/.exec(metadata.name);
  const ordinal = match === null ? -1 : Number(match[2]);
  if (match === null) return { parent: "", ordinal: -1 };
  return { parent: match[1]!, ordinal: ordinal < 2 ** 31 ? ordinal : -1 };
}

export function ordinalOf(pod: Pod): number {
  return identityOf(pod).ordinal;
}

export function startOf({ spec }: StatefulSet): number {
  return spec.ordinals?.start ?? 0;
}

export function isInRange(pod: Pod, set: StatefulSet): boolean {
  const index = ordinalOf(pod) - startOf(set);
  return index >= 0 && index < (set.spec.replicas ?? 1);
}

/** Whether it exists: planned pods have no phase. */
export function isCreated({ status }: Pod): boolean {
  return (status?.phase ?? "") !== "";
}
