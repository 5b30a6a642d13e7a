import { isObject, type JsonObject, type JsonValue, textOf } from "@fairlead/apimachinery";
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { added, field, isFor, items, labelsOf, nameOf, refuse, text, withField } from "../objects.ts";

const isWritten = ({ operation }: AdmissionRequest): boolean => operation === "CREATE" || operation === "UPDATE";

/** Every Pod tolerates for five minutes that its node is not ready or cannot be reached. */
export function defaultTolerationSeconds(): AdmissionPlugin {
  return {
    name: "DefaultTolerationSeconds",
    handles: (request) => isWritten(request) && isFor(request, "", "pods"),
    mutate: ({ object }) => {
      const tolerations = items(object, "spec", "tolerations");
      const missing = ["node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable"].filter(
        (key) =>
          !tolerations.some(
            (one) => ["", key].includes(text(one, "key")) && ["", "NoExecute"].includes(text(one, "effect")),
          ),
      );
      const more = missing.map((key) => ({ key, operator: "Exists", effect: "NoExecute", tolerationSeconds: 300 }));
      return added(object!, ["spec", "tolerations"], more);
    },
  };
}

/** A Pod's priority and preemption policy are those of its class, or of the default class; there is one default. */
export function priority(context: AdmissionContext): AdmissionPlugin {
  const collection = "priorityclasses.scheduling.k8s.io";
  const defaultClass = (): JsonObject | undefined =>
    context
      .list(collection)
      .filter((one) => one["globalDefault"] === true)
      .reduce<JsonObject | undefined>(
        (best, one) => (best === undefined || Number(best["value"]) > Number(one["value"]) ? one : best),
        undefined,
      );
  const classOf = (request: AdmissionRequest): JsonObject | undefined => {
    const name = text(request.object, "spec", "priorityClassName");
    if (name === "") return defaultClass();
    const found = context.get(collection, "", name);
    if (found === undefined) throw refuse(request, `no PriorityClass with name ${name} was found`);
    return found;
  };
  return {
    name: "Priority",
    handles: (request) =>
      isWritten(request) && (isFor(request, "", "pods") || isFor(request, "scheduling.k8s.io", "priorityclasses")),
    mutate: (request) => {
      if (request.resource.plural !== "pods") return request.object!;
      return request.operation === "CREATE" ? withPriority(request, classOf(request)) : keptPriority(request);
    },
    validate: (request) => {
      if (request.resource.plural !== "priorityclasses" || request.object?.["globalDefault"] !== true) return;
      const existing = nameOf(defaultClass());
      if (existing === "" || (request.operation === "UPDATE" && existing === nameOf(request.object))) return;
      throw refuse(request, `PriorityClass ${existing} is already marked as default. Only one default can exist`);
    },
  };
}

function withPriority(request: AdmissionRequest, found: JsonObject | undefined): JsonObject {
  let pod = request.object!;
  const value = found === undefined ? 0 : (field(found, "value") ?? 0);
  const policy = found === undefined ? "PreemptLowerPriority" : text(found, "preemptionPolicy");
  const name = nameOf(found);
  if (name !== "") pod = withField(pod, ["spec", "priorityClassName"], name);
  const asked = field(pod, "spec", "priority");
  if (asked !== undefined && asked !== value)
    throw refuse(
      request,
      `the integer value of priority (${JSON.stringify(asked)}) must not be provided in pod spec; priority admission controller computed ${JSON.stringify(value)} from the given PriorityClass name`,
    );
  pod = withField(pod, ["spec", "priority"], value);
  if (policy === "") return pod;
  const askedPolicy = text(pod, "spec", "preemptionPolicy");
  if (askedPolicy !== "" && askedPolicy !== policy)
    throw refuse(
      request,
      `the string value of PreemptionPolicy (${askedPolicy}) must not be provided in pod spec; priority admission controller computed ${policy} from the given PriorityClass name`,
    );
  return withField(pod, ["spec", "preemptionPolicy"], policy);
}

function keptPriority({ object, old }: AdmissionRequest): JsonObject {
  let pod = object!;
  for (const key of ["priority", "preemptionPolicy"]) {
    const before = field(old, "spec", key);
    if (before !== undefined && field(pod, "spec", key) === undefined) pod = withField(pod, ["spec", key], before);
  }
  return pod;
}

/** A new node takes no Pods before a controller has seen that it is ready. */
export function taintNodesByCondition(): AdmissionPlugin {
  const taint = { key: "node.kubernetes.io/not-ready", effect: "NoSchedule" };
  return {
    name: "TaintNodesByCondition",
    handles: (request) => request.operation === "CREATE" && isFor(request, "", "nodes"),
    mutate: ({ object }) => {
      const isTainted = items(object, "spec", "taints").some(
        (one) => one["key"] === taint.key && one["effect"] === taint.effect,
      );
      return isTainted ? object! : added(object!, ["spec", "taints"], [taint]);
    },
  };
}

const topologyKeys = ["topology.kubernetes.io/zone", "topology.kubernetes.io/region"];

/** A Pod that gets a node gets the labels of its zone and region. */
export function podTopologyLabels(context: AdmissionContext): AdmissionPlugin {
  return {
    name: "PodTopologyLabels",
    handles: (request) =>
      request.operation === "CREATE" && (isFor(request, "", "pods") || isFor(request, "", "pods", "binding")),
    mutate: ({ object, subresource }) => {
      if (subresource === "binding" && text(object, "target", "kind") !== "Node") return object!;
      const node = subresource === "binding" ? text(object, "target", "name") : text(object, "spec", "nodeName");
      if (node === "") return object!;
      const labels = labelsOf(context.get("nodes", "", node));
      return topologyKeys
        .filter((key) => labels[key] !== undefined)
        .reduce((result, key) => withField(result, ["metadata", "labels", key], labels[key]!), object!);
    },
  };
}

/** A Pod of a RuntimeClass costs what the class costs, and goes where the class can run. */
export function runtimeClass(context: AdmissionContext): AdmissionPlugin {
  const classOf = (request: AdmissionRequest): JsonObject | undefined => {
    const name = field(request.object, "spec", "runtimeClassName");
    if (typeof name !== "string") return undefined;
    const found = context.get("runtimeclasses.node.k8s.io", "", name);
    if (found === undefined) throw refuse(request, `pod rejected: RuntimeClass ${JSON.stringify(name)} not found`);
    return found;
  };
  return {
    name: "RuntimeClass",
    handles: (request) => request.operation === "CREATE" && isFor(request, "", "pods"),
    mutate: (request) => {
      const found = classOf(request);
      if (found === undefined) return request.object!;
      return withScheduling(request, withOverhead(request, request.object!, found), found);
    },
    validate: (request) => {
      const wanted = field(classOf(request), "overhead", "podFixed");
      const asked = field(request.object, "spec", "overhead");
      if (wanted === undefined && asked !== undefined)
        throw refuse(request, "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead");
      if (wanted !== undefined && !sameAmounts(wanted, asked)) throw overheadDiffers(request);
    },
  };
}

const sameAmounts = (a: JsonValue | undefined, b: JsonValue | undefined): boolean => {
  const text_ = (value: JsonValue | undefined): string =>
    isObject(value) ? JSON.stringify(Object.entries(value).sort(([x], [y]) => (x < y ? -1 : 1))) : "";
  return text_(a) === text_(b);
};

const overheadDiffers = (request: AdmissionRequest): Error =>
  refuse(request, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");

function withOverhead(request: AdmissionRequest, pod: JsonObject, found: JsonObject): JsonObject {
  const wanted = field(found, "overhead", "podFixed");
  if (wanted === undefined) return pod;
  const asked = field(pod, "spec", "overhead");
  if (isObject(asked) && Object.keys(asked).length > 0 && !sameAmounts(wanted, asked)) throw overheadDiffers(request);
  return withField(pod, ["spec", "overhead"], wanted);
}

function withScheduling(request: AdmissionRequest, pod: JsonObject, found: JsonObject): JsonObject {
  const scheduling = field(found, "scheduling");
  if (!isObject(scheduling)) return pod;
  let result = pod;
  const selector = scheduling["nodeSelector"];
  for (const [key, value] of Object.entries(isObject(selector) ? selector : {})) {
    const asked = field(pod, "spec", "nodeSelector", key);
    if (asked !== undefined && asked !== value)
      throw refuse(
        request,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${textOf(value)}; pod.spec.nodeSelector[${key}] = ${textOf(asked)}`,
      );
    result = withField(result, ["spec", "nodeSelector", key], value);
  }
  const more = items(scheduling, "tolerations");
  if (more.length === 0) return result;
  return withField(result, ["spec", "tolerations"], mergedTolerations([...items(pod, "spec", "tolerations"), ...more]));
}

function mergedTolerations(all: readonly JsonObject[]): JsonObject[] {
  const merged: JsonObject[] = [];
  for (const [index, one] of all.entries()) {
    const isCovered = merged.some((other) => covers(other, one));
    const isCoveredLater = all.slice(index + 1).some((other) => !same(one, other) && covers(other, one));
    if (!isCovered && !isCoveredLater) merged.push(one);
  }
  return merged;
}

const keysOfToleration = ["key", "operator", "value", "effect", "tolerationSeconds"];
const same = (a: JsonObject, b: JsonObject): boolean =>
  keysOfToleration.every((key) => (a[key] ?? "") === (b[key] ?? ""));

/** Whether whatever `b` tolerates `a` tolerates too. */
function covers(a: JsonObject, b: JsonObject): boolean {
  if (same(a, b)) return true;
  const operator = text(a, "operator");
  if (text(a, "key") !== text(b, "key") && (text(a, "key") !== "" || operator !== "Exists")) return false;
  if (text(a, "effect") !== text(b, "effect") && text(a, "effect") !== "") return false;
  const seconds = a["tolerationSeconds"];
  if (text(a, "effect") === "NoExecute" && typeof seconds === "number") {
    const other = b["tolerationSeconds"];
    if (typeof other !== "number" || other > seconds) return false;
  }
  if (operator === "Exists") return true;
  return text(b, "operator") === "Equal" && text(a, "value") === text(b, "value");
}
