import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { formatTime } from "../common/time.ts";

/** The status of an autoscaler while it is written. */
export interface ScalerStatus {
  set(type: string, status: "True" | "False", reason: string, message: string): void;
  /** `desired` stays as it was where it is undefined. */
  numbers(current: number, desired: number | undefined, metrics: readonly JsonValue[], isScaled: boolean): void;
  written(): JsonObject;
}

export function scalerStatus(scaler: JsonObject, now: number): ScalerStatus {
  const before = isObject(scaler["status"]) ? scaler["status"] : {};
  const list = before["conditions"];
  const conditions = (Array.isArray(list) ? list.filter(isObject) : []).map((one) => ({ ...one }));
  const time = formatTime(now);
  let next: JsonObject = { desiredReplicas: 0, ...before };
  return {
    set(type, status, reason, message) {
      const known = conditions.find((one) => one["type"] === type);
      const lastTransitionTime = get(known, "status") === status ? textOf(get(known, "lastTransitionTime")) : time;
      const condition = { type, status, lastTransitionTime, reason, message };
      if (known === undefined) conditions.push(condition);
      else conditions[conditions.indexOf(known)] = condition;
    },
    numbers(current, desired, metrics, isScaled) {
      const { currentMetrics: _metrics, currentReplicas: _current, ...rest } = next;
      next = {
        ...rest,
        ...(current === 0 ? {} : { currentReplicas: current }),
        ...(desired === undefined ? {} : { desiredReplicas: desired }),
        ...(metrics.length === 0 ? {} : { currentMetrics: [...metrics] }),
        ...(isScaled ? { lastScaleTime: time } : {}),
      };
    },
    written: () => ({ ...next, conditions }),
  };
}
