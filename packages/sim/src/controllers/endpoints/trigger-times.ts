import { get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { formatTime, parseTime } from "../common/time.ts";

const annotation = "endpoints.kubernetes.io/last-change-trigger-time";

export interface TriggerTimes {
  /** When that happened which changed the endpoints since the last call; undefined if nothing tells. */
  next(key: string, service: JsonObject, pods: readonly JsonObject[]): string | undefined;
  forget(key: string): void;
}

/**
 * Follows what `endpoints.kubernetes.io/last-change-trigger-time` tells: the creation of the Service at first, then the
 * earliest change of a pod's readiness.
 */
export function triggerTimes(): TriggerTimes {
  const known = new Map<string, ReadonlyMap<string, number>>();
  return {
    next(key, service, pods) {
      const before = known.get(key);
      const times = new Map<string, number>();
      let least: number | undefined;
      for (const pod of pods) {
        const conditions = get(pod["status"], "conditions");
        const ready = (Array.isArray(conditions) ? conditions : []).find((one) => get(one, "type") === "Ready");
        const time = parseTime(textOf(get(ready, "lastTransitionTime")));
        const name = textOf(get(pod["metadata"], "name"));
        if (time === undefined) continue;
        times.set(name, time);
        if (time > (before?.get(name) ?? 0)) least = Math.min(least ?? time, time);
      }
      known.set(key, times);
      if (before === undefined) return textOf(get(service["metadata"], "creationTimestamp")) || undefined;
      return least === undefined ? undefined : formatTime(least);
    },
    forget: (key) => void known.delete(key),
  };
}

/** Metadata of a slice or of Endpoints with the annotation, or without it. */
export function withTriggerTime(metadata: JsonObject, trigger: string | undefined): JsonObject {
  const { annotations, ...rest } = metadata;
  const { [annotation]: _before, ...own } = isObject(annotations) ? annotations : {};
  const next: JsonObject = trigger === undefined ? own : { ...own, [annotation]: trigger };
  return Object.keys(next).length === 0 ? rest : { ...rest, annotations: next };
}
