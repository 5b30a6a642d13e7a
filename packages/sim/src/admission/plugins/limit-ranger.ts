import {
  formatQuantity,
  get,
  isObject,
  quantityUnits,
  setOwn,
  type JsonObject,
  type JsonValue,
  type Quantity,
} from "@fairlead/apimachinery";
import { aggregateMessages } from "@fairlead/apimachinery/cel";
import type { AdmissionContext, AdmissionPlugin, AdmissionRequest } from "../admission.ts";
import { field, isFor, items, refuse, text, withField } from "../objects.ts";
import { podResources, resourceList, type ResourceList } from "../pod-resources.ts";

/** Defaults and bounds that LimitRanges of the namespace set for Pods, their containers and volume claims. */
export function limitRanger(context: AdmissionContext): AdmissionPlugin {
  const ranges = (request: AdmissionRequest): readonly JsonObject[] =>
    isBeingDeleted(request.old) ? [] : context.list("limitranges", request.namespace);
  return {
    name: "LimitRanger",
    handles: isLimited,
    mutate: (request) => {
      if (!isFor(request, "", "pods", request.subresource)) return request.object!;
      return ranges(request).reduce(withDefaults, request.object!);
    },
    validate: (request) => {
      for (const range of ranges(request)) {
        const problems = isFor(request, "", "persistentvolumeclaims")
          ? claimProblems(range, request.object!)
          : podProblems(range, request.object!);
        if (problems.length > 0) throw refuse(request, aggregateMessages(problems));
      }
    },
  };
}

function isLimited(request: AdmissionRequest): boolean {
  const { operation } = request;
  if (operation === "CREATE") return isFor(request, "", "pods") || isFor(request, "", "persistentvolumeclaims");
  if (operation !== "UPDATE") return false;
  return isFor(request, "", "pods", "resize") || isFor(request, "", "persistentvolumeclaims");
}

const isBeingDeleted = (object: JsonObject | undefined): boolean =>
  typeof field(object, "metadata", "deletionTimestamp") === "string";

const limitsOf = (range: JsonObject, type: string): JsonObject[] =>
  items(range, "spec", "limits").filter((limit) => limit["type"] === type);

function merged(limits: readonly JsonObject[], key: string): JsonObject {
  const found: JsonObject = {};
  for (const limit of limits) {
    const amounts = get(limit, key);
    if (isObject(amounts)) for (const name of Object.keys(amounts).sort()) setOwn(found, name, amounts[name]!);
  }
  return found;
}

function withDefaults(pod: JsonObject, range: JsonObject): JsonObject {
  const limits = limitsOf(range, "Container");
  const defaults = { limits: merged(limits, "default"), requests: merged(limits, "defaultRequest") };
  if (Object.keys(defaults.limits).length + Object.keys(defaults.requests).length === 0) return pod;
  const notes: string[] = [];
  let result = pod;
  for (const [list, kind] of [
    ["containers", "container"],
    ["initContainers", "init container"],
  ] as const) {
    const containers = field(pod, "spec", list);
    if (!Array.isArray(containers)) continue;
    const filled = containers.map((one) => (isObject(one) ? withResources(one, defaults, kind, notes) : one));
    result = withField(result, ["spec", list], filled);
  }
  if (notes.length === 0) return pod;
  const note = `LimitRanger plugin set: ${notes.join("; ")}`;
  return withField(result, ["metadata", "annotations", "kubernetes.io/limit-ranger"], note);
}

function withResources(
  container: JsonObject,
  defaults: { readonly limits: JsonObject; readonly requests: JsonObject },
  kind: string,
  notes: string[],
): JsonObject {
  let result = container;
  const set = { requests: [] as string[], limits: [] as string[] };
  for (const which of ["limits", "requests"] as const) {
    for (const name of Object.keys(defaults[which])) {
      if (field(container, "resources", which, name) !== undefined) continue;
      result = withField(result, ["resources", which, name], defaults[which][name] as JsonValue);
      set[which].push(name);
    }
  }
  const about = `for ${kind} ${text(container, "name")}`;
  if (set.requests.length > 0) notes.push(`${set.requests.sort().join(", ")} request ${about}`);
  if (set.limits.length > 0) notes.push(`${set.limits.sort().join(", ")} limit ${about}`);
  return result;
}

function claimProblems(range: JsonObject, claim: JsonObject): string[] {
  const type = "PersistentVolumeClaim";
  const requests = resourceList(field(claim, "spec", "resources", "requests"));
  return limitsOf(range, type).flatMap((limit) => [
    ...each(limit, "min", (name, bound) => belowMinimum(type, name, bound, requests, new Map())),
    ...each(limit, "max", (name, bound) => {
      const asked = requests.get(name);
      const about = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
      if (asked === undefined) return `${about}.  No request is specified`;
      return isMore(asked, bound) ? `${about}, but request is ${formatQuantity(asked)}` : undefined;
    }),
  ]);
}

function podProblems(range: JsonObject, pod: JsonObject): string[] {
  const problems: string[] = [];
  for (const limit of items(range, "spec", "limits")) {
    if (limit["type"] === "Container") {
      for (const container of [...items(pod, "spec", "containers"), ...items(pod, "spec", "initContainers")]) {
        const requests = resourceList(field(container, "resources", "requests"));
        problems.push(
          ...outOfBounds("Container", limit, requests, resourceList(field(container, "resources", "limits"))),
        );
      }
    } else if (limit["type"] === "Pod") {
      problems.push(...outOfBounds("Pod", limit, podResources(pod, "requests"), podResources(pod, "limits")));
    }
  }
  return problems;
}

function outOfBounds(type: string, limit: JsonObject, requests: ResourceList, limits: ResourceList): string[] {
  return [
    ...each(limit, "min", (name, bound) => belowMinimum(type, name, bound, requests, limits)),
    ...each(limit, "max", (name, bound) => aboveMaximum(type, name, bound, requests, limits)),
    ...each(limit, "maxLimitRequestRatio", (name, bound) => ratioProblem(type, name, bound, requests, limits)),
  ];
}

function each(limit: JsonObject, key: string, check: (name: string, bound: Quantity) => string | undefined): string[] {
  return [...resourceList(get(limit, key))]
    .map(([name, bound]) => check(name, bound))
    .filter((one) => one !== undefined);
}

function belowMinimum(
  type: string,
  name: string,
  bound: Quantity,
  requests: ResourceList,
  limits: ResourceList,
): string | undefined {
  const about = `minimum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  const [request, limit] = [requests.get(name), limits.get(name)];
  if (request === undefined) return `${about}.  No request is specified`;
  if (isMore(bound, request)) return `${about}, but request is ${formatQuantity(request)}`;
  return limit !== undefined && isMore(bound, limit) ? `${about}, but limit is ${formatQuantity(limit)}` : undefined;
}

function aboveMaximum(
  type: string,
  name: string,
  bound: Quantity,
  requests: ResourceList,
  limits: ResourceList,
): string | undefined {
  const about = `maximum ${name} usage per ${type} is ${formatQuantity(bound)}`;
  const [request, limit] = [requests.get(name), limits.get(name)];
  if (limit === undefined) return `${about}.  No limit is specified`;
  if (isMore(limit, bound)) return `${about}, but limit is ${formatQuantity(limit)}`;
  return request !== undefined && isMore(request, bound)
    ? `${about}, but request is ${formatQuantity(request)}`
    : undefined;
}

function ratioProblem(
  type: string,
  name: string,
  bound: Quantity,
  requests: ResourceList,
  limits: ResourceList,
): string | undefined {
  const about = `${name} max limit to request ratio per ${type} is ${formatQuantity(bound)}`;
  const [request, limit] = [requests.get(name), limits.get(name)];
  const milli = (quantity: Quantity): number => Number(quantityUnits(quantity, -3));
  if (request === undefined || milli(request) === 0) return `${about}, but no request is specified or request is 0`;
  if (limit === undefined || milli(limit) === 0) return `${about}, but no limit is specified or limit is 0`;
  const ratio = milli(limit) / milli(request);
  return ratio * 1000 > milli(bound) ? `${about}, but provided ratio is ${ratio.toFixed(6)}` : undefined;
}

/** In thousandths, as the limits of the API server are compared. */
const isMore = (a: Quantity, b: Quantity): boolean => quantityUnits(a, -3) > quantityUnits(b, -3);
