import { get, isObject, type JsonObject, type JsonValue, textOf } from "@fairlead/apimachinery";
import { forbiddenValue, invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { labelSelectorProblems } from "../../label-problems.ts";
import { isSet, listOf, nonNegative, oneOf, portNumberOrName, specOf, text, type Problems } from "./checks.ts";
import { cidrProblems } from "./addresses.ts";

export function* disruptionBudgetProblems(budget: JsonObject): Problems {
  const spec = specOf(budget);
  const { minAvailable, maxUnavailable, selector, unhealthyPodEvictionPolicy } = spec;
  if (isSet(minAvailable) && isSet(maxUnavailable)) {
    const shown = {
      MinAvailable: minAvailable,
      Selector: selector ?? null,
      MaxUnavailable: maxUnavailable,
      UnhealthyPodEvictionPolicy: unhealthyPodEvictionPolicy ?? null,
    };
    yield invalidValue("spec", shown, "minAvailable and maxUnavailable cannot be both set");
  }
  for (const key of ["minAvailable", "maxUnavailable"]) {
    yield* nonNegative("spec", spec, key);
    const value = spec[key];
    if (typeof value === "string" && Number.parseInt(value, 10) > 100) {
      yield invalidValue(`spec.${key}`, value, "must not be greater than 100%");
    }
  }
  const known = ["AlwaysAllow", "IfHealthyBudget"];
  if (isSet(unhealthyPodEvictionPolicy) && !known.includes(textOf(unhealthyPodEvictionPolicy))) {
    yield unsupportedValue("spec.unhealthyPodEvictionPolicy", unhealthyPodEvictionPolicy, known);
  }
  if (isObject(selector)) yield* labelSelectorProblems("spec.selector", selector);
}

export function* autoscalerProblems(autoscaler: JsonObject): Problems {
  const spec = specOf(autoscaler);
  const { minReplicas, maxReplicas = 0, scaleTargetRef: target } = spec;
  const metrics = listOf(spec["metrics"]);
  // Down to zero only what is measured from outside can scale, which is not enabled.
  if (typeof minReplicas === "number" && minReplicas < 1) {
    yield invalidValue("spec.minReplicas", minReplicas, "must be greater than or equal to 1");
  }
  if (Number(maxReplicas) < 1) yield requiredValue("spec.maxReplicas", "must be set and greater than 0");
  if (typeof minReplicas === "number" && Number(maxReplicas) < minReplicas) {
    yield invalidValue("spec.maxReplicas", maxReplicas, "must be greater than or equal to `minReplicas`");
  }
  for (const key of ["kind", "name"]) {
    if (text(target, key) === "") yield requiredValue(`spec.scaleTargetRef.${key}`);
  }
  const version = text(target, "apiVersion");
  if (!version.includes("/") && version !== "v1") {
    yield invalidValue("spec.scaleTargetRef.apiVersion", version, "apiVersion must specify API group");
  }
  for (const [index, metric] of metrics.entries()) yield* metricProblems(metric, `spec.metrics[${index}]`);
  const isOutside = metrics.some((one) => ["Object", "External"].includes(text(one, "type")));
  if (minReplicas === 0 && !isOutside) {
    yield forbiddenValue(
      "spec.metrics",
      "must specify at least one Object or External metric to support scaling to zero replicas",
    );
  }
}

const metricKeys: Readonly<Record<string, string>> = {
  Object: "object",
  Pods: "pods",
  Resource: "resource",
  External: "external",
  ContainerResource: "containerResource",
};

function* metricProblems(metric: JsonValue, at: string): Problems {
  const type = text(metric, "type");
  if (type === "") {
    yield requiredValue(`${at}.type`, "must specify a metric source type");
    return;
  }
  const key = metricKeys[type];
  if (key === undefined) {
    yield unsupportedValue(`${at}.type`, type, ["ContainerResource", "External", "Object", "Pods", "Resource"]);
    return;
  }
  const source = get(metric, key);
  if (!isObject(source)) {
    yield requiredValue(`${at}.${key}`, "must populate information for the given metric source");
    return;
  }
  if (key !== "resource") return;
  const { target } = source;
  if (text(source, "name") === "") yield requiredValue(`${at}.resource.name`, "must specify a resource name");
  const [usage, value] = [get(target, "averageUtilization"), get(target, "averageValue")];
  if (!isSet(usage) && !isSet(value)) {
    const why = "must set either a target raw value or a target utilization";
    yield requiredValue(`${at}.resource.target.averageUtilization`, why);
  }
  if (isSet(usage) && isSet(value)) {
    yield forbiddenValue(
      `${at}.resource.target.averageValue`,
      "may not set both a target raw value and a target utilization",
    );
  }
  if (typeof usage === "number" && usage < 1) {
    yield invalidValue(`${at}.resource.target.averageUtilization`, usage, "must be greater than 0");
  }
}

const directions = ["Ingress", "Egress"];

export function* networkPolicyProblems(policy: JsonObject): Problems {
  const spec = specOf(policy);
  if (isObject(spec["podSelector"])) yield* labelSelectorProblems("spec.podSelector", spec["podSelector"]);
  for (const [direction, peers] of [
    ["ingress", "from"],
    ["egress", "to"],
  ] as const) {
    for (const [index, rule] of listOf(spec[direction]).entries()) {
      const at = `spec.${direction}[${index}]`;
      for (const [which, port] of listOf(get(rule, "ports")).entries())
        yield* policyPort(port, `${at}.ports[${which}]`);
      for (const [which, peer] of listOf(get(rule, peers)).entries())
        yield* peerProblems(peer, `${at}.${peers}[${which}]`);
    }
  }
  const types = listOf(spec["policyTypes"]);
  if (types.length > 2) yield invalidValue("spec.policyTypes", types, "may not specify more than two policyTypes");
  else {
    for (const [index, type] of types.entries()) {
      if (!directions.includes(textOf(type))) yield unsupportedValue(`spec.policyTypes[${index}]`, type, directions);
    }
  }
}

function* policyPort(port: JsonValue, at: string): Problems {
  const protocol = get(port, "protocol");
  if (isSet(protocol)) yield* oneOf(`${at}.protocol`, protocol, ["SCTP", "TCP", "UDP"]);
  const number = get(port, "port");
  if (isSet(number)) yield* portNumberOrName(`${at}.port`, number);
}

function* peerProblems(peer: JsonValue, at: string): Problems {
  let count = 0;
  for (const key of ["podSelector", "namespaceSelector"]) {
    const selector = get(peer, key);
    if (!isObject(selector)) continue;
    count++;
    yield* labelSelectorProblems(`${at}.${key}`, selector);
  }
  const block = get(peer, "ipBlock");
  if (isObject(block)) {
    count++;
    const cidr = text(block, "cidr");
    if (cidr === "") yield requiredValue(`${at}.ipBlock.cidr`);
    else yield* cidrProblems(`${at}.ipBlock.cidr`, cidr);
    if (count > 1) yield forbiddenValue(at, "may not specify both ipBlock and another peer");
  }
  if (count === 0) yield requiredValue(at, "must specify a peer");
}
