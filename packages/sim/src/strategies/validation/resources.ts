import {
  compareText,
  compareQuantities,
  dns1123LabelProblem,
  dns1123SubdomainProblem,
  equal,
  get,
  isObject,
  labelKeyProblem,
  parseQuantity,
  type JsonObject,
  type JsonValue,
  textOf,
} from "@fairlead/apimachinery";
import { duplicateValue, forbiddenValue, invalidValue, requiredValue, unsupportedValue } from "../../field-problem.ts";
import { labelSelectorProblems } from "../../label-problems.ts";
import { accessModeProblems, volumeModes } from "./access-modes.ts";
import { amountProblems, amountsProblems } from "./amounts.ts";
import { countedNames } from "./counted-names.ts";
import { immutable, isSet, listOf, nonNegative, objections, specOf, text, type Problems } from "./checks.ts";

function* storageProblems(at: string, amount: JsonValue | undefined): Problems {
  if (amount === undefined) {
    yield requiredValue(at);
    return;
  }
  const value = quantityOf(amount);
  if (value !== undefined && value.mantissa <= 0n) yield invalidValue(at, textOf(amount), "must be greater than zero");
}

function quantityOf(value: JsonValue | undefined): ReturnType<typeof parseQuantity> {
  return typeof value === "string" || typeof value === "number" ? parseQuantity(value) : undefined;
}

export function* claimProblems(claim: JsonObject): Problems {
  yield* claimSpecProblems(specOf(claim), "spec");
}

/** What is wrong with what a claim asks for. */
export function* claimSpecProblems(spec: JsonObject, at: string): Problems {
  if (listOf(spec["accessModes"]).length === 0) {
    yield requiredValue(`${at}.accessModes`, "at least 1 access mode is required");
  }
  yield* accessModeProblems(spec, at);
  if (isObject(spec["selector"])) yield* labelSelectorProblems(`${at}.selector`, spec["selector"]);
  yield* storageProblems(`${at}.resources[storage]`, get(get(spec["resources"], "requests"), "storage"));
  const storageClass = text(spec, "storageClassName");
  if (storageClass !== "") {
    yield* objections(`${at}.storageClassName`, storageClass, dns1123SubdomainProblem(storageClass));
  }
  const mode = spec["volumeMode"];
  if (isSet(mode) && !volumeModes.includes(textOf(mode))) yield unsupportedValue(`${at}.volumeMode`, mode, volumeModes);
}

/** A claim's size may grow once it is bound; the rest stays. */
export function* claimChange(claim: JsonObject, old: JsonObject): Problems {
  const strip = (spec: JsonObject): JsonObject => {
    const { resources } = spec;
    const kept: JsonObject = { ...spec, resources: isObject(resources) ? { ...resources, requests: {} } : {} };
    delete kept["volumeName"];
    delete kept["volumeAttributesClassName"];
    return kept;
  };
  const [now, then] = [specOf(claim), specOf(old)];
  if (!equal(strip(now), strip(then))) {
    const why =
      "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims";
    yield forbiddenValue("spec", why);
  }
}

export function* storageClassProblems(object: JsonObject): Problems {
  if (text(object, "provisioner") === "") yield requiredValue("provisioner");
  const [reclaim, binding] = [text(object, "reclaimPolicy"), text(object, "volumeBindingMode")];
  if (reclaim !== "" && reclaim !== "Delete" && reclaim !== "Retain") {
    yield unsupportedValue("reclaimPolicy", reclaim, ["Delete", "Retain"]);
  }
  if (binding === "") yield requiredValue("volumeBindingMode");
  else if (binding !== "Immediate" && binding !== "WaitForFirstConsumer") {
    yield unsupportedValue("volumeBindingMode", binding, ["Immediate", "WaitForFirstConsumer"]);
  }
}

export function* storageClassChange(object: JsonObject, old: JsonObject): Problems {
  yield* immutable("parameters", object["parameters"], old["parameters"]);
  yield* immutable("provisioner", object["provisioner"], old["provisioner"]);
  yield* immutable("reclaimPolicy", object["reclaimPolicy"], old["reclaimPolicy"]);
  yield* immutable("volumeBindingMode", object["volumeBindingMode"], old["volumeBindingMode"]);
}

export function* limitRangeProblems(range: JsonObject): Problems {
  const seen = new Set<string>();
  for (const [index, limit] of listOf(specOf(range)["limits"]).entries()) {
    const at = `spec.limits[${index}]`;
    const type = text(limit, "type");
    if (seen.has(type)) yield duplicateValue(`${at}.type`, type);
    seen.add(type);
    if (isObject(limit)) yield* limitProblems(limit, at);
  }
}

function* limitProblems(limit: JsonObject, at: string): Problems {
  const maps = ["min", "max", "default", "defaultRequest", "maxLimitRequestRatio"].map((key) => limit[key]);
  const names = new Set(maps.flatMap((one) => Object.keys(isObject(one) ? one : {})));
  for (const name of [...names].sort()) {
    const [min, max, normal, request] = maps.map((one) => quantityOf(get(one, name)));
    const [minText, maxText, normalText, requestText] = maps.map((one) => textOf(get(one, name)));
    const isMore = (a: typeof min, b: typeof min): boolean =>
      a !== undefined && b !== undefined && compareQuantities(a, b) > 0;
    if (isMore(min, max)) {
      yield invalidValue(`${at}.min[${name}]`, minText, `min value ${minText} is greater than max value ${maxText}`);
    }
    if (isMore(min, request)) {
      const why = `min value ${minText} is greater than default request value ${requestText}`;
      yield invalidValue(`${at}.defaultRequest[${name}]`, requestText, why);
    }
    if (isMore(request, max)) {
      const why = `default request value ${requestText} is greater than max value ${maxText}`;
      yield invalidValue(`${at}.defaultRequest[${name}]`, requestText, why);
    }
    if (isMore(request, normal)) {
      const why = `default request value ${requestText} is greater than default limit value ${normalText}`;
      yield invalidValue(`${at}.defaultRequest[${name}]`, requestText, why);
    }
    if (isMore(normal, max)) {
      // The server shows the most that may be.
      yield invalidValue(
        `${at}.default[${name}]`,
        maxText,
        `default value ${normalText} is greater than max value ${maxText}`,
      );
    }
  }
}

const quotaNames = new Set([
  "cpu",
  "memory",
  "ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.storage",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "persistentvolumeclaims",
  "configmaps",
  "services.nodeports",
  "services.loadbalancers",
]);

const scopes = [
  "BestEffort",
  "NotBestEffort",
  "Terminating",
  "NotTerminating",
  "PriorityClass",
  "CrossNamespacePodAffinity",
  "VolumeAttributesClass",
];

export function* quotaProblems(quota: JsonObject): Problems {
  const spec = specOf(quota);
  const hard = Object.entries(isObject(spec["hard"]) ? spec["hard"] : {}).toSorted(([a], [b]) => compareText(a, b));
  for (const [name, amount] of hard) {
    yield* quotaNameProblems(name, `spec.hard[${name}]`);
    yield* amountProblems(amount, `spec.hard[${name}]`, countedNames.has(name));
  }
  const own = listOf(spec["scopes"]);
  if (own.some((one) => !scopes.includes(textOf(one)))) yield invalidValue("spec.scopes", own, "unsupported scope");
}

function* quotaNameProblems(name: string, at: string): Problems {
  const why = labelKeyProblem(name);
  yield* objections(at, name, why);
  if (name.includes("/") || quotaNames.has(name) || /^(?:requests\.)?hugepages-/.test(name)) return;
  if (why === undefined && name !== "storage") {
    yield invalidValue(at, name, "must be a standard resource type or fully qualified");
  }
  yield invalidValue(at, name, "must be a standard resource for quota");
}

export const quotaStatusProblems = amountsProblems(quotaNameProblems, countedNames);

export function* priorityClassProblems(object: JsonObject): Problems {
  const name = text(object["metadata"], "name");
  const value = Number(object["value"] ?? 0);
  if (name.startsWith("system-")) {
    if (!["system-cluster-critical", "system-node-critical"].includes(name)) {
      const why = `priority class names with 'system-' prefix are reserved for system use only. error: ${name} is not a known system priority class`;
      yield forbiddenValue("metadata.name", why);
    }
  } else if (value > 1_000_000_000) {
    yield forbiddenValue("value", "maximum allowed value of a user defined priority is 1000000000");
  }
  const policy = object["preemptionPolicy"];
  if (isSet(policy) && policy !== "PreemptLowerPriority" && policy !== "Never") {
    yield unsupportedValue("preemptionPolicy", policy, ["PreemptLowerPriority", "Never"]);
  }
}

export function* priorityClassChange(object: JsonObject, old: JsonObject): Problems {
  if (Number(object["value"] ?? 0) !== Number(old["value"] ?? 0)) {
    yield forbiddenValue("value", "may not be changed in an update.");
  }
  yield* immutable("preemptionPolicy", object["preemptionPolicy"], old["preemptionPolicy"]);
}

export function* leaseProblems(lease: JsonObject): Problems {
  const spec = specOf(lease);
  const seconds = spec["leaseDurationSeconds"];
  if (typeof seconds === "number" && seconds <= 0) {
    yield invalidValue("spec.leaseDurationSeconds", seconds, "must be greater than 0");
  }
  yield* nonNegative("spec", spec, "leaseTransitions");
}

export function* runtimeClassProblems(object: JsonObject): Problems {
  const handler = text(object, "handler");
  if (handler === "") yield requiredValue("handler");
  else yield* objections("handler", handler, dns1123LabelProblem(handler));
}

export function* runtimeClassChange(object: JsonObject, old: JsonObject): Problems {
  yield* immutable("handler", object["handler"], old["handler"]);
}
