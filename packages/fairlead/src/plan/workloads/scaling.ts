import type { AppSpec } from "../../kinds/app.ts";
import { object } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { workloadKind } from "./replicas.ts";

/** KEDA, unless the App or the environment chooses the HorizontalPodAutoscaler. */
export function scalingEngine(context: WorkloadContext<AppSpec>): "keda" | "hpa" {
  const own = object(context.spec.scaling)?.engine;
  const shared = object(context.world.environment.settings.scaling)?.engine;
  return (own ?? shared) === "hpa" ? "hpa" : "keda";
}

/** What is scaled. */
export function scalingTarget(context: WorkloadContext<AppSpec>) {
  const kind = workloadKind(context.spec);
  return { apiVersion: kind === "Rollout" ? "argoproj.io/v1alpha1" : "apps/v1", kind, name: context.name };
}
