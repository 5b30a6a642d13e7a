import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import { fields, filled } from "../shared/fields.ts";
import { objectMetadata } from "../shared/metadata.ts";
import { integer, items, object, text } from "../shared/read.ts";
import type { WorkloadContext } from "./context.ts";
import { workloadKind } from "./replicas.ts";
import { scalingEngine, scalingTarget } from "./scaling.ts";
import { triggers } from "./triggers.ts";

/** KEDA's ScaledObject: https://keda.sh/docs/2.18/reference/scaledobject-spec/ */
export function planScaledObject(context: WorkloadContext<AppSpec>): KrmObject | undefined {
  const scaling = object(context.spec.scaling);
  if (scaling === undefined || scalingEngine(context) !== "keda" || workloadKind(context.spec) === "DaemonSet") {
    return undefined;
  }
  const { declaration, world } = context;
  const behavior = filled(object(scaling.behavior as JsonObject | undefined));
  return {
    apiVersion: "keda.sh/v1alpha1",
    kind: "ScaledObject",
    metadata: objectMetadata(declaration, world, {
      name: text(scaling.name) ?? context.name,
      labels: scaling.labels,
      annotations: scaling.annotations,
    }),
    spec: fields({
      scaleTargetRef: fields({ ...scalingTarget(context), envSourceContainerName: variableSource(context) }),
      pollingInterval: integer(scaling.pollingInterval),
      cooldownPeriod: integer(scaling.cooldownPeriod),
      idleReplicaCount: integer(scaling.idle),
      minReplicaCount: integer(scaling.min) ?? 1,
      maxReplicaCount: integer(scaling.max),
      fallback: filled(object(scaling.fallback as JsonObject | undefined)),
      advanced: behavior === undefined ? undefined : { horizontalPodAutoscalerConfig: { behavior } },
      triggers: triggers(context),
    }),
  };
}

/** KEDA reads variables of the first container; a trigger that names one means the main container's. */
function variableSource(context: WorkloadContext<AppSpec>): string | undefined {
  const uses = items(object(context.spec.scaling)?.rabbitmq).some(({ hostFromEnv }) => text(hostFromEnv) !== undefined);
  return uses && context.main !== undefined && context.main !== context.containers[0] ? context.main.name : undefined;
}

/** The TriggerAuthentications that belong to the App. */
export function planTriggerAuthentications(context: WorkloadContext<AppSpec>): KrmObject[] {
  const scaling = object(context.spec.scaling);
  if (scalingEngine(context) !== "keda") return [];
  const { declaration, world } = context;
  return items(scaling?.triggerAuthentications)
    .filter(({ name }) => text(name) !== undefined)
    .map(({ name, spec }) => ({
      apiVersion: "keda.sh/v1alpha1",
      kind: "TriggerAuthentication",
      metadata: objectMetadata(declaration, world, { name }),
      spec: object(spec as JsonObject) ?? {},
    }));
}
