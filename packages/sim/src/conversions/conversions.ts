import type { JsonObject } from "@fairlead/apimachinery";
import { autoscalerToV1, autoscalerToV2 } from "./autoscaler.ts";
import { coreEvent, groupEvent } from "./event.ts";

/**
 * What turns an object of a built-in kind from one version into another, by
 * `autoscaling/v1 HorizontalPodAutoscaler autoscaling/v2`: those versions whose objects differ in more than their
 * apiVersion.
 */
export const builtinConversions: ReadonlyMap<string, (object: JsonObject) => JsonObject> = new Map([
  ["autoscaling/v1 HorizontalPodAutoscaler autoscaling/v2", autoscalerToV2],
  ["autoscaling/v2 HorizontalPodAutoscaler autoscaling/v1", autoscalerToV1],
  ["events.k8s.io/v1 Event v1", coreEvent],
  ["v1 Event events.k8s.io/v1", groupEvent],
]);
