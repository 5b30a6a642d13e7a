import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** A metric of `autoscaling/v1`'s annotation as `autoscaling/v2` has it. */
export function metricFromV1(metric: JsonValue): JsonObject {
  return mapSource(metric, (type, from) => {
    const target = (kind: string, values: JsonObject): JsonObject => ({ type: kind, ...present(values) });
    const [value, average] = [get(from, "targetValue"), get(from, "targetAverageValue")];
    const used = get(from, "targetAverageUtilization");
    switch (type) {
      case "Object": {
        const averageValue = get(from, "averageValue");
        const isZero = value === undefined || value === "0" || value === 0;
        return {
          describedObject: get(from, "target") ?? {},
          target:
            averageValue === undefined
              ? target("Value", { value: value ?? "0" })
              : target("AverageValue", { value: isZero ? null : value, averageValue }),
          metric: identifier(from, "selector"),
        };
      }
      case "Pods":
        return {
          metric: identifier(from, "selector"),
          target: target("AverageValue", { averageValue: average ?? "0" }),
        };
      case "External": {
        const kind = value === undefined ? "AverageValue" : "Value";
        return {
          metric: identifier(from, "metricSelector"),
          target: target(kind, { value: value ?? null, averageValue: average ?? null }),
        };
      }
      default:
        return {
          name: get(from, "name") ?? "",
          target: target(used === undefined ? "AverageValue" : "Utilization", {
            averageValue: average ?? null,
            averageUtilization: used ?? null,
          }),
          ...(type === "ContainerResource" ? { container: get(from, "container") ?? "" } : {}),
        };
    }
  });
}

/** A metric of `autoscaling/v2` as the annotation of `autoscaling/v1` has it, in the order in which Go writes it. */
export function metricToV1(metric: JsonValue): JsonObject {
  return mapSource(metric, (type, from) => {
    const target = get(from, "target");
    const [value, average] = [get(target, "value"), get(target, "averageValue")];
    const metricName = textOf(get(get(from, "metric"), "name"));
    const selector = get(get(from, "metric"), "selector") ?? null;
    switch (type) {
      case "Object":
        return {
          target: reference(get(from, "describedObject")),
          metricName,
          targetValue: value ?? "0",
          ...present({ selector, averageValue: average ?? null }),
        };
      case "Pods":
        return { metricName, targetAverageValue: average ?? "0", ...present({ selector }) };
      case "External":
        return {
          metricName,
          ...present({ metricSelector: selector, targetValue: value ?? null, targetAverageValue: average ?? null }),
        };
      default:
        return {
          name: get(from, "name") ?? "",
          ...present({
            targetAverageUtilization: get(target, "averageUtilization") ?? null,
            targetAverageValue: average ?? null,
          }),
          ...(type === "ContainerResource" ? { container: get(from, "container") ?? "" } : {}),
        };
    }
  });
}

/** What `autoscaling/v1`'s annotation reports of a metric, as `autoscaling/v2` has it. */
export function statusFromV1(status: JsonValue): JsonObject {
  return mapSource(status, (type, from) => {
    const [value, average] = [get(from, "currentValue"), get(from, "currentAverageValue")];
    switch (type) {
      case "Object":
        return {
          metric: identifier(from, "selector"),
          current: present({ value: value ?? "0", averageValue: get(from, "averageValue") ?? null }),
          describedObject: get(from, "target") ?? {},
        };
      case "Pods":
        return { metric: identifier(from, "selector"), current: { averageValue: average ?? "0" } };
      case "External":
        return {
          metric: identifier(from, "metricSelector"),
          current: present({ value: value ?? "0", averageValue: average ?? null }),
        };
      default:
        return {
          name: get(from, "name") ?? "",
          current: present({
            averageValue: average ?? "0",
            averageUtilization: get(from, "currentAverageUtilization") ?? null,
          }),
          ...(type === "ContainerResource" ? { container: get(from, "container") ?? "" } : {}),
        };
    }
  });
}

/** What `autoscaling/v2` reports of a metric, as the annotation of `autoscaling/v1` has it. */
export function statusToV1(status: JsonValue): JsonObject {
  return mapSource(status, (type, from) => {
    const current = get(from, "current");
    const [value, average] = [get(current, "value"), get(current, "averageValue")];
    const metricName = textOf(get(get(from, "metric"), "name"));
    const selector = get(get(from, "metric"), "selector") ?? null;
    switch (type) {
      case "Object":
        return {
          target: reference(get(from, "describedObject")),
          metricName,
          currentValue: value ?? "0",
          ...present({ selector, averageValue: average ?? null }),
        };
      case "Pods":
        return { metricName, currentAverageValue: average ?? "0", ...present({ selector }) };
      case "External":
        return {
          metricName,
          ...present({ metricSelector: selector }),
          currentValue: value ?? "0",
          ...present({ currentAverageValue: average ?? null }),
        };
      default:
        return {
          name: get(from, "name") ?? "",
          ...present({ currentAverageUtilization: get(current, "averageUtilization") ?? null }),
          currentAverageValue: average ?? "0",
          ...(type === "ContainerResource" ? { container: get(from, "container") ?? "" } : {}),
        };
    }
  });
}

const sources: ReadonlyMap<string, string> = new Map([
  ["Object", "object"],
  ["Pods", "pods"],
  ["Resource", "resource"],
  ["ContainerResource", "containerResource"],
  ["External", "external"],
]);

/** The source that the metric's type names, mapped; whatever else it has goes. */
function mapSource(metric: JsonValue, map: (type: string, source: JsonValue) => JsonObject): JsonObject {
  const type = textOf(get(metric, "type"));
  const field = sources.get(type);
  const source = field === undefined ? undefined : get(metric, field);
  return isObject(source) ? { type, [field!]: map(type, source) } : { type };
}

function identifier(from: JsonValue, selector: string): JsonObject {
  return { name: textOf(get(from, "metricName")), ...present({ selector: get(from, selector) ?? null }) };
}

function reference(from: JsonValue | undefined): JsonObject {
  const apiVersion = get(from, "apiVersion");
  return {
    kind: textOf(get(from, "kind")),
    name: textOf(get(from, "name")),
    ...present({ apiVersion: apiVersion === "" ? null : (apiVersion ?? null) }),
  };
}

function present(values: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== null && value !== undefined));
}
