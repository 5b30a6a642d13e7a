import type { AppSpec } from "../../kinds/app.ts";
import { integer, object } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";

export type WorkloadKind = "Deployment" | "StatefulSet" | "DaemonSet" | "Rollout";

export function isApp(context: WorkloadContext): context is WorkloadContext<AppSpec> {
  return context.declaration.kind === "App";
}

/** What runs the pods: what `workload` says, else a Rollout when `rollout` is written, else a Deployment. */
export function workloadKind(spec: AppSpec): WorkloadKind {
  const written = spec.workload;
  if (written === "Deployment" || written === "StatefulSet" || written === "DaemonSet" || written === "Rollout") {
    return written;
  }
  return object(spec.rollout) === undefined ? "Deployment" : "Rollout";
}

/** The replicas that a disruption budget can count on while there is work. */
export function leastReplicas(spec: AppSpec): number {
  const scaling = object(spec.scaling);
  return scaling === undefined ? (integer(spec.replicas) ?? 1) : (integer(scaling.min) ?? 1);
}

/** Replicas that may run at once. */
export function mostReplicas(spec: AppSpec): number {
  const scaling = object(spec.scaling);
  return scaling === undefined ? (integer(spec.replicas) ?? 1) : (integer(scaling.max) ?? 1);
}
