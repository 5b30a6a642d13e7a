import { clone, get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { RoutingFact } from "../../model/facts.ts";
import type { HostIntent } from "../../model/intent.ts";
import type { IdentityInput } from "../output.ts";

/**
 * The routes of an in-cluster VirtualService together with those of the VirtualService that another tool made for the
 * identity and env (labels `createdBy` and `createdFor`, annotation `createdForEnv`: `prd_stg`): first the hosts that
 * the other one lacks, then the other's routes with our destinations for our hosts, then ours for the same hosts.
 */
export function merged(input: IdentityInput, base: HostIntent, cluster: string, spec: JsonObject): JsonObject {
  const custom = customService(input, base, cluster);
  const theirs = custom === undefined ? undefined : custom.spec["http"];
  if (custom === undefined || !Array.isArray(theirs)) return spec;
  const ours = objects(spec["http"]);
  const hosts = texts(spec["hosts"]);
  const byName = new Map(ours.map((route) => [textOf(route["name"]), objects(route["route"])]));
  const routes = objects(theirs).map((route) => rewritten(route, byName));
  const named = new Set(routes.map((route) => textOf(route["name"])).filter((name) => name !== ""));
  const known = new Set(custom.hosts);
  const isForKnown = (route: JsonObject): boolean => !hosts.some((host) => !known.has(host) && isOf(route, host));
  return {
    ...spec,
    hosts: [...new Set([...custom.hosts, ...hosts])],
    http: [
      ...ours.filter((route) => !isForKnown(route)),
      ...routes,
      ...ours.filter((route) => isForKnown(route) && !named.has(textOf(route["name"]))),
    ],
  };
}

function isOf(route: JsonObject, host: string): boolean {
  return (
    textOf(route["name"]) === host ||
    objects(route["match"]).some((match) => textOf(get(match["authority"], "prefix")) === host)
  );
}

function customService(
  { fleet, intent }: IdentityInput,
  { env }: HostIntent,
  cluster: string,
): RoutingFact | undefined {
  const { routing, scope } = fleet.settings;
  const createdBy = routing.inCluster?.mergeCreatedBy;
  if (createdBy === undefined || createdBy === "") return undefined;
  return fleet
    .routingIn(cluster, scope.syncNamespace)
    .find(
      ({ kind, labels, annotations }) =>
        kind === "VirtualService" &&
        labels["createdBy"] === createdBy &&
        labels["createdFor"]?.toLowerCase() === intent.identity &&
        (annotations["createdForEnv"] ?? "").split("_").includes(env),
    );
}

/** Destinations that are our hosts become ours, with the share that the other one gives. */
function rewritten(route: JsonObject, byName: ReadonlyMap<string, readonly JsonObject[]>): JsonObject {
  const destinations = objects(route["route"]).flatMap((destination) => {
    const ours = byName.get(textOf(get(destination["destination"], "host")));
    if (ours === undefined) return [destination];
    const { weight } = destination;
    if (typeof weight !== "number" || weight === 0) return clone([...ours]);
    return ours.map((own): JsonObject => {
      const part = typeof own["weight"] === "number" ? Math.trunc((own["weight"] * weight) / 100) : weight;
      return { ...clone(own), weight: part };
    });
  });
  return { ...route, route: destinations };
}

function objects(value: JsonValue | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter((item) => isObject(item)) : [];
}

function texts(value: JsonValue | undefined): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === "string") : [];
}
