import { canonicalQuantity, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { Strategy } from "./strategy.ts";

const aboutSystem = [
  "machineID",
  "systemUUID",
  "bootID",
  "kernelVersion",
  "osImage",
  "containerRuntimeVersion",
  "kubeletVersion",
  "kubeProxyVersion",
  "operatingSystem",
  "architecture",
];

function amounts(list: JsonValue | undefined): JsonObject | undefined {
  if (!isObject(list)) return undefined;
  const canonical = (one: JsonValue): JsonValue =>
    typeof one === "string" || typeof one === "number" ? canonicalQuantity(one) : one;
  return Object.fromEntries(Object.entries(list).map(([name, amount]) => [name, canonical(amount)]));
}

/** The status as Go writes it: what is not allocatable otherwise is the capacity, and structures are never left out. */
function filledStatus(status: JsonValue | undefined): JsonObject {
  const result: JsonObject = isObject(status) ? { ...status } : {};
  const capacity = amounts(result["capacity"]);
  if (capacity !== undefined) result["capacity"] = capacity;
  const allocatable = amounts(result["allocatable"]) ?? (capacity === undefined ? undefined : { ...capacity });
  if (allocatable !== undefined) result["allocatable"] = allocatable;
  const endpoints = isObject(result["daemonEndpoints"]) ? result["daemonEndpoints"] : {};
  result["daemonEndpoints"] = { ...endpoints, kubeletEndpoint: endpoints["kubeletEndpoint"] ?? { Port: 0 } };
  const info: JsonObject = isObject(result["nodeInfo"]) ? { ...result["nodeInfo"] } : {};
  for (const key of aboutSystem) info[key] ??= "";
  result["nodeInfo"] = info;
  return result;
}

/** What a node says of itself may be said when it is created, too. */
export const nodeStrategy: Strategy = {
  prepareForCreate: (node) => {
    node["status"] = filledStatus(node["status"]);
  },
  prepareForUpdate: (node, _old, { subresource }) => {
    if (subresource === "status") node["status"] = filledStatus(node["status"]);
  },
};
