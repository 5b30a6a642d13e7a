import { get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { numberOf, objectsOf, texts, type MeshEndpoint } from "./mesh-table.ts";

/** Who calls: where it runs, and the labels of its pod. */
export interface CallerPlace {
  /** `region/zone/subzone`; its end may be missing. */
  readonly locality: string;
  readonly labels: { readonly [key: string]: string };
}

/** What istiod adds to the labels of a proxy by itself (`setTopologyLabels`). */
export function withTopology(caller: CallerPlace, cluster: string): CallerPlace {
  const [region = "", zone = "", subzone = ""] = caller.locality.split("/");
  const topology = {
    "topology.kubernetes.io/region": region,
    "topology.kubernetes.io/zone": zone,
    "topology.istio.io/subzone": subzone,
    "topology.istio.io/cluster": cluster,
  };
  const known = Object.entries(topology).filter(([, value]) => value !== "");
  return { ...caller, labels: { ...Object.fromEntries(known), ...caller.labels } };
}

/** Where an endpoint is: its label says it where its locality says in which turn it comes. */
export function placeOf({ locality, labels }: MeshEndpoint): string {
  return labels["topology.kubernetes.io/region"] ?? locality;
}

/** Endpoints that are tried together; the next level takes what this one is too unhealthy for. */
export type Level = readonly WeightedEndpoint[];

export interface WeightedEndpoint {
  readonly endpoint: MeshEndpoint;
  /** Its share of the level, relative to the others. */
  readonly weight: number;
}

/**
 * The levels of a cluster's endpoints for a caller, as istiod 1.28 computes them (pilot/pkg/networking/core/
 * loadbalancer): `distribute` weighs localities and drops those that it does not name; with outlier detection,
 * `failoverPriority` or the distance between localities makes levels; else all endpoints are one level.
 */
export function levelsOf(
  endpoints: readonly MeshEndpoint[],
  caller: CallerPlace,
  policy: JsonObject,
): readonly Level[] {
  const setting = get(get(policy, "loadBalancer"), "localityLbSetting");
  const all = endpoints.filter(({ weight }) => weight > 0);
  const flat: Level = all.map((endpoint) => ({ endpoint, weight: endpoint.weight }));
  if (isObject(setting) && setting["enabled"] === false) return compact([flat]);
  const distribute = objectsOf(get(setting, "distribute"));
  if (distribute.length > 0) {
    const found = distribute.find((one) => localityMatches(textOf(one["from"]), caller.locality));
    return compact([found === undefined ? flat : distributed(all, found)]);
  }
  if (!isObject(policy["outlierDetection"])) return compact([flat]);
  const priority = texts(get(setting, "failoverPriority"));
  const failover = objectsOf(get(setting, "failover"));
  const level = (endpoint: MeshEndpoint): number =>
    priority.length > 0 ? mismatches(priority, caller.labels, endpoint) : distance(caller.locality, endpoint, failover);
  const levels: WeightedEndpoint[][] = [];
  for (const one of flat) (levels[level(one.endpoint)] ??= []).push(one);
  return compact(levels);
}

/** Drops levels without endpoints, as Envoy wants priorities without gaps. */
function compact(levels: readonly (Level | undefined)[]): readonly Level[] {
  return [...levels].flatMap((level) => (level === undefined || level.length === 0 ? [] : [level]));
}

function distributed(endpoints: readonly MeshEndpoint[], rule: JsonObject): Level {
  const to = isObject(rule["to"]) ? Object.entries(rule["to"]) : [];
  const left = new Set(endpoints);
  const level: WeightedEndpoint[] = [];
  for (const [pattern, percent] of to) {
    const matched = [...left].filter(({ locality }) => localityMatches(pattern, locality));
    const total = matched.reduce((sum, { weight }) => sum + weight, 0);
    for (const endpoint of matched) {
      left.delete(endpoint);
      const weight = ((numberOf(percent) ?? 0) * endpoint.weight) / total;
      if (weight > 0) level.push({ endpoint, weight });
    }
  }
  return level;
}

/** `eu-west/*`, `eu-west`, `*`, `eu-west/a/*`: a pattern's missing end matches anything. */
export function localityMatches(pattern: string, locality: string): boolean {
  const parts = locality.split("/");
  return pattern.split("/").every((part, index) => part === "*" || part === "" || part === (parts[index] ?? ""));
}

/** How many labels of the list are left from the first that differs on: 0 is a full match. */
function mismatches(
  priority: readonly string[],
  labels: { readonly [key: string]: string },
  endpoint: MeshEndpoint,
): number {
  const first = priority.findIndex((entry) => {
    const at = entry.indexOf("=");
    const key = at === -1 ? entry : entry.slice(0, at);
    const wanted = at === -1 ? labels[key] : entry.slice(at + 1);
    return (wanted ?? "") !== (labelOf(endpoint, key) ?? "");
  });
  return first === -1 ? 0 : priority.length - first;
}

/** istiod adds the labels of the topology to endpoints that have a locality. */
function labelOf({ labels, locality }: MeshEndpoint, key: string): string | undefined {
  if (labels[key] !== undefined) return labels[key];
  const [region, zone, subzone] = locality.split("/");
  if (key === "topology.kubernetes.io/region") return region;
  if (key === "topology.kubernetes.io/zone") return zone;
  if (key === "topology.istio.io/subzone") return subzone;
  return undefined;
}

function distance(caller: string, { locality }: MeshEndpoint, failover: readonly JsonObject[]): number {
  const [region, zone, subzone] = caller.split("/");
  const [otherRegion, otherZone, otherSubzone] = locality.split("/");
  if (region !== otherRegion) {
    const to = failover.find((one) => one["from"] === region)?.["to"];
    if (to === undefined) return 3;
    return to === otherRegion ? 3 : 4;
  }
  if ((zone ?? "") !== (otherZone ?? "")) return 2;
  return (subzone ?? "") === (otherSubzone ?? "") ? 0 : 1;
}
