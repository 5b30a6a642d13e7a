import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import { fields, filled } from "../shared/fields.ts";
import { objectMetadata } from "../shared/metadata.ts";
import { integer, object, text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { workloadKind } from "./replicas.ts";
import { scalingEngine, scalingTarget } from "./scaling.ts";

/** The HorizontalPodAutoscaler: https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/horizontal-pod-autoscaler-v2/ */
export function planHorizontalPodAutoscaler(context: WorkloadContext<AppSpec>): KrmObject | undefined {
  const scaling = object(context.spec.scaling);
  if (scaling === undefined || scalingEngine(context) !== "hpa" || workloadKind(context.spec) === "DaemonSet") {
    return undefined;
  }
  const { declaration, world } = context;
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: objectMetadata(declaration, world, {
      name: text(scaling.name) ?? context.name,
      labels: scaling.labels,
      annotations: scaling.annotations,
    }),
    spec: fields({
      scaleTargetRef: scalingTarget(context),
      minReplicas: integer(scaling.min),
      maxReplicas: integer(scaling.max),
      metrics: filled([...metric("cpu", scaling.cpu), ...metric("memory", scaling.memory)]),
      behavior: filled(object(scaling.behavior as JsonObject | undefined)),
    }),
  };
}

function metric(name: "cpu" | "memory", target: unknown): JsonObject[] {
  const averageUtilization = integer(target);
  if (averageUtilization === undefined) return [];
  return [{ type: "Resource", resource: { name, target: { type: "Utilization", averageUtilization } } }];
}
