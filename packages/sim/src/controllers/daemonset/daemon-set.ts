import type { JsonObject } from "@fairlead/apimachinery";
import { type IntOrPercent, scaled } from "../common/counts.ts";
import type { Condition, Kinded, Pod, PodTemplate } from "../common/objects.ts";
import { revisionLabel } from "../common/revisions.ts";

export interface DaemonSet extends Kinded {
  readonly spec: {
    readonly minReadySeconds?: number;
    readonly revisionHistoryLimit?: number;
    readonly selector: JsonObject;
    readonly updateStrategy?: {
      readonly type?: string;
      readonly rollingUpdate?: { readonly maxSurge?: IntOrPercent; readonly maxUnavailable?: IntOrPercent };
    };
    readonly template: PodTemplate;
  };
  readonly status?: DaemonSetStatus;
}

export interface DaemonSetStatus {
  readonly currentNumberScheduled: number;
  readonly numberMisscheduled: number;
  readonly desiredNumberScheduled: number;
  readonly numberReady: number;
  readonly observedGeneration?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
  readonly numberUnavailable?: number;
  readonly collisionCount?: number;
  readonly conditions?: readonly Condition[];
}

export interface Taint {
  readonly key: string;
  readonly value?: string;
  readonly effect: string;
}

export interface Node extends Kinded {
  readonly spec?: { readonly taints?: readonly Taint[]; readonly unschedulable?: boolean };
}

const generationAnnotation = "deprecated.daemonset.template.generation";
export const generationLabel = "pod-template-generation";

/** How often the template has changed, as the API server counts it; undefined if it does not say. */
export function templateGeneration({ metadata }: DaemonSet): string | undefined {
  const text = metadata.annotations?.[generationAnnotation];
  return text !== undefined && /^-?\d{1,18}$/.test(text) ? String(BigInt(text)) : undefined;
}

/** Whether a pod is of the current template. */
export function isUpdated({ metadata }: Pod, set: DaemonSet, hash: string): boolean {
  const labels = metadata.labels ?? {};
  const generation = templateGeneration(set);
  return labels[revisionLabel] === hash || (generation !== undefined && labels[generationLabel] === generation);
}

/** How many extra pods there may be, and how many may be missing; where both are none, one may be missing. */
export function updateLimits(
  { spec }: DaemonSet,
  desired: number,
): { readonly surge: number; readonly unavailable: number } {
  const { type = "RollingUpdate", rollingUpdate } = spec.updateStrategy ?? {};
  const isRolling = type === "RollingUpdate" && rollingUpdate !== undefined;
  const surge = isRolling ? (scaled(rollingUpdate.maxSurge ?? 0, desired, true) ?? 0) : 0;
  const unavailable = isRolling ? (scaled(rollingUpdate.maxUnavailable ?? 0, desired, true) ?? 0) : 0;
  return desired > 0 && surge === 0 && unavailable === 0 ? { surge: 0, unavailable: 1 } : { surge, unavailable };
}

export function allowsSurge(set: DaemonSet): boolean {
  return updateLimits(set, 1).surge > 0;
}
