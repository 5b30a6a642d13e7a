import { isObject, type JsonObject, type JsonValue } from "../json.ts";
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  type Quantity,
} from "../quantity/quantity.ts";

type Amounts = Map<string, Quantity>;

function amounts(one: JsonValue | undefined, key: "limits" | "requests"): Amounts {
  const resources = isObject(one) ? one["resources"] : undefined;
  const map = isObject(resources) ? resources[key] : undefined;
  const result: Amounts = new Map();
  for (const [name, value] of Object.entries(isObject(map) ? map : {})) {
    const amount = typeof value === "string" || typeof value === "number" ? parseQuantity(value) : undefined;
    if (amount !== undefined) result.set(name, amount);
  }
  return result;
}

function add(into: Amounts, more: Amounts): void {
  for (const [name, amount] of more) {
    const before = into.get(name);
    into.set(name, before === undefined ? amount : addQuantities(before, amount));
  }
}

function raise(into: Amounts, other: Amounts): void {
  for (const [name, amount] of other) {
    const before = into.get(name);
    if (before === undefined || compareQuantities(amount, before) > 0) into.set(name, amount);
  }
}

/** What a pod needs: its containers and sidecars together, or an init container with the sidecars before it. */
function aggregate(spec: JsonObject, key: "limits" | "requests"): Amounts {
  const total: Amounts = new Map();
  for (const one of list(spec["containers"])) add(total, amounts(one, key));
  const sidecars: Amounts = new Map();
  const starting: Amounts = new Map();
  for (const one of list(spec["initContainers"])) {
    const own = amounts(one, key);
    if (isObject(one) && one["restartPolicy"] === "Always") {
      add(total, own);
      add(sidecars, own);
      raise(starting, sidecars);
    } else {
      const during = new Map(own);
      add(during, sidecars);
      raise(starting, during);
    }
  }
  raise(total, starting);
  return total;
}

function list(value: JsonValue | undefined): JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function isHugePage(name: string): boolean {
  return name.startsWith("hugepages-");
}

function isSupported(name: string): boolean {
  return name === "cpu" || name === "memory" || isHugePage(name);
}

/** The resources of the pod as a whole, where they are written in part (`spec.resources`, Kubernetes 1.34). */
export function podLevelResources(spec: JsonObject): void {
  const { resources } = spec;
  if (!isObject(resources)) return;
  const limits: JsonObject = isObject(resources["limits"]) ? { ...resources["limits"] } : {};
  const requests: JsonObject = isObject(resources["requests"]) ? { ...resources["requests"] } : {};
  if (Object.keys(limits).length + Object.keys(requests).length === 0) return;
  for (const [name, amount] of aggregate(spec, "limits")) {
    if (isHugePage(name) && !Object.hasOwn(requests, name) && !Object.hasOwn(limits, name))
      limits[name] = formatQuantity(amount);
  }
  if (Object.keys(limits).length > 0) {
    for (const [name, amount] of aggregate(spec, "requests")) {
      if (isSupported(name) && !isHugePage(name) && !Object.hasOwn(requests, name))
        requests[name] = formatQuantity(amount);
    }
    for (const [name, amount] of Object.entries(limits)) {
      if (isSupported(name) && !Object.hasOwn(requests, name)) requests[name] = amount;
    }
  }
  spec["resources"] = {
    ...resources,
    ...(Object.keys(limits).length > 0 ? { limits } : {}),
    ...(Object.keys(requests).length > 0 ? { requests } : {}),
  };
}
