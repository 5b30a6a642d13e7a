import { get, isObject, type JsonValue } from "@fairlead/apimachinery";
import { integer } from "../../../shared/read.ts";
import type { OutlierSettings } from "../../model/settings.ts";

/** The outlier detection of a policy, in either spelling. Zero stands for what is not said. */
export function outlierOf(value: JsonValue | undefined): Partial<OutlierSettings> | undefined {
  if (!isObject(value)) return undefined;
  const base = positive(get(value, "base_ejection_time") ?? get(value, "baseEjectionTime"));
  const errors = positive(get(value, "consecutive_gateway_errors") ?? get(value, "consecutiveGatewayErrors"));
  const interval = positive(get(value, "interval"));
  return {
    ...(base === undefined ? {} : { baseEjectionSeconds: base }),
    ...(errors === undefined ? {} : { consecutiveGatewayErrors: errors }),
    ...(interval === undefined ? {} : { intervalSeconds: interval }),
  };
}

function positive(value: JsonValue | undefined): number | undefined {
  const number = integer(typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value);
  return number === undefined || number <= 0 ? undefined : number;
}
