import type { JsonObject } from "@fairlead/apimachinery";

/** `autoscaling/v1 HorizontalPodAutoscaler autoscaling/v2`: versions whose objects differ in more than their apiVersion. */
export const conversions: ReadonlyMap<string, (object: JsonObject) => JsonObject> = new Map();
