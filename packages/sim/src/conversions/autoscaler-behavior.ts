import { get, isObject, parseJson, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

// The annotation holds the server's internal type, whose fields have no names for JSON: Go writes their own.

/** `spec.behavior` as the annotation of `autoscaling/v1` has it. */
export function behaviorToText(behavior: JsonObject): string {
  return JSON.stringify({
    ScaleUp: rulesToGo(get(behavior, "scaleUp")),
    ScaleDown: rulesToGo(get(behavior, "scaleDown")),
  });
}

/** Undefined for a text that is none, and for one that says nothing. */
export function behaviorFromText(text: string): JsonObject | undefined {
  if (text === "") return undefined;
  let value: JsonValue;
  try {
    value = parseJson(text);
  } catch {
    return undefined;
  }
  const scaleUp = rulesFromGo(get(value, "ScaleUp"));
  const scaleDown = rulesFromGo(get(value, "ScaleDown"));
  if (scaleUp === undefined && scaleDown === undefined) return undefined;
  return { ...(scaleUp === undefined ? {} : { scaleUp }), ...(scaleDown === undefined ? {} : { scaleDown }) };
}

function rulesToGo(rules: JsonValue | undefined): JsonValue {
  if (!isObject(rules)) return null;
  const policies = get(rules, "policies");
  return {
    StabilizationWindowSeconds: get(rules, "stabilizationWindowSeconds") ?? null,
    SelectPolicy: get(rules, "selectPolicy") ?? null,
    Policies: Array.isArray(policies)
      ? policies.map((one) => ({
          Type: get(one, "type") ?? "",
          Value: get(one, "value") ?? 0,
          PeriodSeconds: get(one, "periodSeconds") ?? 0,
        }))
      : null,
    Tolerance: get(rules, "tolerance") ?? null,
  };
}

function rulesFromGo(rules: JsonValue | undefined): JsonObject | undefined {
  if (!isObject(rules)) return undefined;
  const policies = get(rules, "Policies");
  const result: JsonObject = {};
  const set = (name: string, value: JsonValue | undefined): void => {
    if (value !== undefined && value !== null) result[name] = value;
  };
  set("stabilizationWindowSeconds", get(rules, "StabilizationWindowSeconds"));
  set("selectPolicy", get(rules, "SelectPolicy"));
  if (Array.isArray(policies)) {
    result["policies"] = policies.map((one) => ({
      type: get(one, "Type") ?? "",
      value: get(one, "Value") ?? 0,
      periodSeconds: get(one, "PeriodSeconds") ?? 0,
    }));
  }
  set("tolerance", get(rules, "Tolerance"));
  return result;
}
