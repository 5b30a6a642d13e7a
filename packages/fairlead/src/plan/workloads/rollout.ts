import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import type { KrmObject, ObjectMeta } from "@fairlead/krm";
import type { AppSpec } from "../../kinds/app.ts";
import { seconds } from "../shared/duration.ts";
import { fields, filled } from "../shared/fields.ts";
import { integer, items, object, text } from "../shared/read.ts";
import { canaryAnalysis } from "./canary-analysis.ts";
import type { WorkloadContext } from "./context.ts";
import { workloadSelector } from "./labels.ts";
import { serviceName } from "./ports.ts";
import { canaryServices, trafficRouting } from "./traffic.ts";

/** The Rollout of an App: https://argo-rollouts.readthedocs.io/en/stable/features/specification/ */
export function planRollout(
  context: WorkloadContext<AppSpec>,
  metadata: ObjectMeta,
  template: JsonObject,
  replicas: number | undefined,
): KrmObject {
  const { spec } = context;
  return {
    apiVersion: "argoproj.io/v1alpha1",
    kind: "Rollout",
    metadata,
    spec: fields({
      replicas,
      selector: workloadSelector(context),
      strategy: rolloutStrategy(context),
      minReadySeconds: spec.minReadySeconds,
      progressDeadlineSeconds: spec.progressDeadlineSeconds,
      revisionHistoryLimit: spec.revisionHistoryLimit,
      paused: spec.paused,
      template,
    }),
  };
}

/** Argo's strategy: the one that is written, with what it leaves open; or a canary by `steps`. */
export function rolloutStrategy(context: WorkloadContext<AppSpec>): JsonObject {
  const written = object(object(context.spec.rollout)?.strategy as JsonObject | undefined);
  const canary = object(written?.["canary"] as JsonObject | undefined);
  const blueGreen = object(written?.["blueGreen"] as JsonObject | undefined);
  if (blueGreen !== undefined) {
    return { ...written, blueGreen: { activeService: serviceName(context.declaration), ...blueGreen } };
  }
  if (canary !== undefined) {
    const analysis = canary["analysis"] ?? canaryAnalysis(context, items(canary["steps"] as JsonObject[]).length);
    return { ...written, canary: fields({ ...canary, analysis }) };
  }
  const steps = canarySteps(context);
  return {
    ...written,
    canary: fields({
      ...canaryServices(context),
      trafficRouting: trafficRouting(context),
      steps: filled(steps),
      analysis: canaryAnalysis(context, steps.length),
    }),
  };
}

/** Argo's steps: each of ours sets a weight, waits, or first one and then the other. */
function canarySteps(context: WorkloadContext<AppSpec>): JsonObject[] {
  return items(object(context.spec.rollout)?.steps).flatMap(({ weight, pause }) => {
    const steps: JsonObject[] = [];
    if (integer(weight) !== undefined) steps.push({ setWeight: weight! });
    if (pause === true) steps.push({ pause: {} });
    else if (text(pause) !== undefined) steps.push({ pause: { duration: pauseDuration(context, pause as string) } });
    return steps;
  });
}

/** The predecessor wrote seconds as a number, which Argo reads alike. */
function pauseDuration(context: WorkloadContext, pause: string): JsonValue {
  return context.mode === "compat" ? (seconds(pause) ?? pause) : pause;
}
