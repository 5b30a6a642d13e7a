import { isObject, type JsonObject } from "../json.ts";
import { conditionStatus, readyStatus } from "./generic.ts";
import {
  at,
  conditionsAt,
  conditionText,
  current,
  inProgress,
  textAt,
  type Condition,
  type ObjectStatus,
} from "./object-status.ts";

function addresses(object: JsonObject): string[] {
  const ingress = at(object, "status", "loadBalancer", "ingress");
  return (Array.isArray(ingress) ? ingress : [])
    .map((one) => textAt(one, "ip") || textAt(one, "hostname"))
    .filter((text) => text !== "");
}

export function serviceStatus(object: JsonObject): ObjectStatus {
  const type = textAt(object, "spec", "type") || "ClusterIP";
  if (type === "ExternalName")
    return current("ExternalName", `it stands for ${textAt(object, "spec", "externalName")}`);
  if (textAt(object, "spec", "clusterIP") === "") return inProgress("NoIPAssigned", "it has no cluster address yet");
  if (type !== "LoadBalancer") return current("Ready", "it has its address");
  const found = addresses(object);
  return found.length === 0
    ? inProgress("NoAddress", "it waits for the address of its load balancer")
    : current("Ready", `its load balancer has ${found.slice(0, 3).join(", ")}`);
}

/** Many controllers never write an address into an Ingress: there is nothing to wait for. */
export function ingressStatus(object: JsonObject): ObjectStatus {
  const found = addresses(object);
  return found.length === 0
    ? current("Current", "no controller has given it an address")
    : current("Ready", `it is served at ${found.slice(0, 3).join(", ")}`);
}

/** Conditions of the Gateway API that are False although everything is as it should be. */
const goodWhenFalse = new Set(["Conflicted", "OverlappingTLSConfig", "PartiallyInvalid"]);

function firstBad(conditions: readonly Condition[]): Condition | undefined {
  return conditions.find(({ type, status }) => status === (goodWhenFalse.has(type) ? "True" : "False"));
}

/** A route of the Gateway API, by what each of its parents says. Without a Gateway nobody says anything. */
export function routeStatus(object: JsonObject): ObjectStatus {
  const parents = at(object, "status", "parents");
  const list = (Array.isArray(parents) ? parents : []).filter(isObject);
  for (const parent of list) {
    const bad = firstBad(conditionsAt(parent, "conditions"));
    if (bad === undefined) continue;
    const name = textAt(parent, "parentRef", "name");
    return inProgress(bad.reason || bad.type, `${name}: ${conditionText(bad, `not ${bad.type.toLowerCase()}`)}`);
  }
  if (list.length === 0) return current("Current", "no Gateway has said anything of it");
  return current(
    "Accepted",
    list.length === 1 ? "its Gateway has accepted it" : `${list.length} parents have accepted it`,
  );
}

export function gatewayStatus(object: JsonObject): ObjectStatus {
  const accepted = conditionStatus(object, "Accepted");
  if (accepted !== undefined && accepted.status !== "Current") return accepted;
  return conditionStatus(object, "Programmed") ?? accepted ?? readyStatus(object);
}
