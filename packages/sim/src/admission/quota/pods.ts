import { compareQuantities, isObject, type JsonObject } from "@fairlead/apimachinery";
import { field, items, text } from "../objects.ts";
import {
  hasPodLevelResources,
  podResources,
  raiseTo,
  resourceList,
  supportedPodLevel,
  type ResourceList,
} from "../pod-resources.ts";
import { amount } from "./amounts.ts";
import type { QuotaEvaluator, QuotaScope } from "./evaluator.ts";
import { scopeSelects } from "./scope-selects.ts";

const names = new Set([
  "count/pods",
  "cpu",
  "memory",
  "ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
]);
const needed = ["cpu", "limits.cpu", "limits.memory", "memory", "requests.cpu", "requests.memory"];

const isTerminating = (pod: JsonObject | undefined): boolean => {
  const deadline = field(pod, "spec", "activeDeadlineSeconds");
  return typeof deadline === "number" && deadline >= 0;
};

export const podEvaluator: QuotaEvaluator = {
  handles: ({ operation, subresource, object, old }) => {
    if (subresource === "resize") return operation === "UPDATE";
    if (subresource !== "") return false;
    return operation === "CREATE" || (operation === "UPDATE" && isTerminating(object) !== isTerminating(old));
  },
  matching: (asked) => [
    ...asked.filter((name) => names.has(name)).sort(),
    ...asked.filter((name) => /^(requests\.)?hugepages-/.test(name) || isExtended(name)),
  ],
  inScope,
  usage: (pod, now) => {
    const used: ResourceList = new Map([["count/pods", amount(1)]]);
    if (isOver(pod, now)) return used;
    const options = { amounts: ofContainer(pod), withOverhead: true, podLevel: supportedPodLevel };
    return new Map([...used, ...usageOf(podResources(pod, "requests", options), podResources(pod, "limits", options))]);
  },
  missing: (asked, pod) => {
    if (hasPodLevelResources(pod)) return undefined;
    const wanted = needed.filter((name) => asked.includes(name));
    const lacking = wanted.map((name) => ({ name, containers: containersWithout(pod, name) }));
    const texts = lacking
      .filter(({ containers }) => containers.length > 0)
      .map(({ name, containers }) => `${name} for: ${containers.join(",")}`);
    return texts.length === 0 ? undefined : `must specify ${texts.join("; ")}`;
  },
};

/** `requests.` of what is no resource of Kubernetes itself, or of a device class. */
function isExtended(name: string): boolean {
  if (!name.startsWith("requests.")) return false;
  if (name.startsWith("requests.deviceclass.resource.kubernetes.io/")) return true;
  return name.includes("/") && !name.includes("kubernetes.io/");
}

function containersWithout(pod: JsonObject, name: string): string[] {
  const found = new Set<string>();
  for (const container of [...items(pod, "spec", "containers"), ...items(pod, "spec", "initContainers")]) {
    const list = (kind: string) => resourceList(field(container, "resources", kind));
    if (!usageOf(list("requests"), list("limits")).has(name)) found.add(text(container, "name"));
  }
  return [...found].sort();
}

function usageOf(requests: ResourceList, limits: ResourceList): ResourceList {
  const used: ResourceList = new Map([["pods", amount(1)]]);
  for (const name of ["cpu", "memory", "ephemeral-storage"]) {
    const [request, limit] = [requests.get(name), limits.get(name)];
    if (request !== undefined) used.set(name, request).set(`requests.${name}`, request);
    if (limit !== undefined) used.set(`limits.${name}`, limit);
  }
  for (const [name, quantity] of requests) {
    if (name.startsWith("hugepages-")) used.set(name, quantity).set(`requests.${name}`, quantity);
    else if (name.includes("/") && !name.includes("kubernetes.io/")) used.set(`requests.${name}`, quantity);
  }
  return used;
}

/** A container counts with the most of what it asks for, has been given and has: a resize may be under way. */
function ofContainer(pod: JsonObject): (container: JsonObject, kind: "requests" | "limits") => ResourceList {
  const statuses = new Map(
    [...items(pod, "status", "containerStatuses"), ...items(pod, "status", "initContainerStatuses")].map((status) => [
      text(status, "name"),
      status,
    ]),
  );
  return (container, kind) => {
    const asked = resourceList(field(container, "resources", kind));
    const status = statuses.get(text(container, "name"));
    if (status === undefined || !isObject(status["resources"])) return asked;
    const most = new Map(asked);
    raiseTo(most, resourceList(field(status, "resources", kind)));
    if (kind === "requests") raiseTo(most, resourceList(status["allocatedResources"]));
    return most;
  };
}

function isOver(pod: JsonObject, now: number): boolean {
  if (["Failed", "Succeeded"].includes(text(pod, "status", "phase"))) return true;
  const deleted = text(pod, "metadata", "deletionTimestamp");
  const grace = field(pod, "metadata", "deletionGracePeriodSeconds");
  return deleted !== "" && typeof grace === "number" && now > Date.parse(deleted) + grace * 1000;
}

function inScope(scope: QuotaScope, pod: JsonObject): boolean {
  switch (scope.scopeName) {
    case "Terminating":
      return isTerminating(pod);
    case "NotTerminating":
      return !isTerminating(pod);
    case "BestEffort":
      return isBestEffort(pod);
    case "NotBestEffort":
      return !isBestEffort(pod);
    case "PriorityClass": {
      const name = text(pod, "spec", "priorityClassName");
      return scopeSelects(scope, name === "" ? undefined : name);
    }
    case "CrossNamespacePodAffinity":
      return reachesOtherNamespaces(pod);
    default:
      return false;
  }
}

/** Its quality of service, from the status once it is known. */
function isBestEffort(pod: JsonObject): boolean {
  const known = text(pod, "status", "qosClass");
  if (known !== "") return known === "BestEffort";
  const holders = [field(pod, "spec"), ...items(pod, "spec", "containers"), ...items(pod, "spec", "initContainers")];
  return !holders.some((holder) =>
    ["requests", "limits"].some((kind) =>
      [...resourceList(field(holder, "resources", kind))].some(
        ([name, quantity]) => (name === "cpu" || name === "memory") && compareQuantities(quantity, amount(0)) > 0,
      ),
    ),
  );
}

function reachesOtherNamespaces(pod: JsonObject): boolean {
  return ["podAffinity", "podAntiAffinity"].some((kind) => {
    const required = items(pod, "spec", "affinity", kind, "requiredDuringSchedulingIgnoredDuringExecution");
    const preferred = items(pod, "spec", "affinity", kind, "preferredDuringSchedulingIgnoredDuringExecution");
    const terms = [...required, ...preferred.map((one) => field(one, "podAffinityTerm"))];
    return terms.some((term) => hasNamespaces(term) || field(term, "namespaceSelector") !== undefined);
  });
}

function hasNamespaces(term: unknown): boolean {
  const namespaces = field(term as JsonObject, "namespaces");
  return Array.isArray(namespaces) && namespaces.length > 0;
}
