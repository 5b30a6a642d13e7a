import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";

/** `endpoints[]` of Envoy's ClusterLoadAssignment. */
export interface LocalityGroup {
  readonly locality: JsonObject;
  readonly priority: number;
  /** The sum of those of its endpoints, unless a rule says another. */
  readonly weight: number;
  readonly endpoints: readonly WeightedAddress[];
}

export interface WeightedAddress {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
}

/** The proxy for which istiod makes a configuration. */
export interface Proxy {
  readonly cluster: string;
  readonly namespace: string;
  /** `region/zone/subzone`; its end may be missing. */
  readonly locality: string;
  readonly labels: { readonly [key: string]: string };
}

interface Group {
  locality: string;
  priority: number;
  weight: number;
  endpoints: { readonly object: JsonValue; readonly weight: number }[];
}

/**
 * How istiod groups the endpoints of a ServiceEntry for a proxy: by locality, each group with weight and priority.
 * Written after what it does (pilot/pkg/networking/core/loadbalancer), not after our own data plane, which it judges.
 * Failover needs outlier detection, `distribute` wins over it, labels of `failoverPriority` split groups.
 */
export function localityGroups(
  endpoints: readonly JsonValue[],
  portName: string,
  portNumber: number,
  policy: JsonValue | undefined,
  proxy: Proxy,
): readonly LocalityGroup[] {
  let groups = byLocality(endpoints);
  const setting = get(get(policy, "loadBalancer"), "localityLbSetting");
  const distribute = get(setting, "distribute");
  const labels = get(setting, "failoverPriority");
  if (!isObject(setting) || setting["enabled"] === false) {
    // Localities do not count.
  } else if (Array.isArray(distribute)) {
    distribute
      .filter((one) => localityMatches(proxy.locality, textOf(get(one, "from"))))
      .slice(0, 1)
      .forEach((one) => {
        spread(groups, get(one, "to"));
      });
  } else if (isObject(get(policy, "outlierDetection"))) {
    if (Array.isArray(labels)) groups = groups.flatMap((group) => splitByLabels(group, labels.map(textOf), proxy));
    const failover = get(setting, "failover");
    if (!Array.isArray(labels) || Array.isArray(failover)) {
      byDistance(groups, Array.isArray(failover) ? failover : [], proxy.locality);
    }
  }
  const used = [...new Set(groups.map(({ priority }) => priority))].sort((a, b) => a - b);
  return groups.flatMap((group) => {
    if (group.endpoints.length === 0) return [];
    const addresses = group.endpoints.map(({ object, weight }) => ({
      address: textOf(get(object, "address")),
      port: Number(get(get(object, "ports"), portName) ?? portNumber),
      weight,
    }));
    const locality = localityOf(group.locality);
    return { locality, priority: used.indexOf(group.priority), weight: group.weight, endpoints: addresses };
  });
}

function byLocality(endpoints: readonly JsonValue[]): Group[] {
  const groups = new Map<string, Group>();
  for (const object of endpoints) {
    const locality = textOf(get(object, "locality"));
    const weight = Number(get(object, "weight") ?? 1);
    const group = groups.get(locality) ?? { locality, priority: 0, weight: 0, endpoints: [] };
    group.endpoints.push({ object, weight });
    group.weight += weight;
    groups.set(locality, group);
  }
  return [...groups.values()];
}

/** Each locality of the rule gets its share; those that it does not name get no requests. */
function spread(groups: readonly Group[], to: JsonValue | undefined): void {
  const left = new Set(groups);
  for (const [pattern, share] of isObject(to) ? Object.entries(to) : []) {
    const matching = [...left].filter(({ locality }) => localityMatches(locality, pattern));
    const total = matching.reduce((sum, { weight }) => sum + weight, 0);
    for (const group of matching) {
      left.delete(group);
      group.weight = Math.ceil((group.weight * Number(share)) / total);
    }
  }
  for (const group of left) group.endpoints = [];
}

/** The first label that differs decides: the earlier it stands, the later is the endpoint's turn. */
function splitByLabels(group: Group, entries: readonly string[], proxy: Proxy): Group[] {
  const own = proxyLabels(proxy);
  const parts = new Map<number, Group>();
  for (const endpoint of group.endpoints) {
    let priority = 0;
    for (const [index, entry] of entries.entries()) {
      const [label = "", value = own[label] ?? ""] = entry.split("=");
      if (value === textOf(endpointLabels(endpoint.object)[label])) continue;
      priority = entries.length - index;
      break;
    }
    const part = parts.get(priority) ?? { locality: group.locality, priority, weight: 0, endpoints: [] };
    part.endpoints.push(endpoint);
    part.weight += endpoint.weight;
    parts.set(priority, part);
  }
  return [...parts.values()];
}

function byDistance(groups: readonly Group[], failover: readonly JsonValue[], from: string): void {
  const [region, zone = "", subzone = ""] = from.split("/");
  const to = failover.find((one) => get(one, "from") === region);
  for (const group of groups) {
    const [otherRegion, otherZone = "", otherSubzone = ""] = group.locality.split("/");
    let distance = 0;
    if (otherRegion !== region) distance = to === undefined || get(to, "to") === otherRegion ? 3 : 4;
    else if (otherZone !== zone) distance = 2;
    else if (otherSubzone !== subzone) distance = 1;
    group.priority = group.priority * 5 + distance;
  }
}

/** What istiod adds to the labels of a proxy, and of an endpoint, by itself. */
function topologyLabels(locality: string): { readonly [key: string]: string } {
  const [region = "", zone = "", subzone = ""] = locality.split("/");
  const all = {
    "topology.kubernetes.io/region": region,
    "topology.kubernetes.io/zone": zone,
    "topology.istio.io/subzone": subzone,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ""));
}

function proxyLabels({ cluster, locality, labels }: Proxy): { readonly [key: string]: string } {
  return { ...topologyLabels(locality), "topology.istio.io/cluster": cluster, ...labels };
}

function endpointLabels(endpoint: JsonValue): JsonObject {
  const labels = get(endpoint, "labels");
  return { ...topologyLabels(textOf(get(endpoint, "locality"))), ...(isObject(labels) ? labels : {}) };
}

function localityMatches(locality: string, pattern: string): boolean {
  const own = locality.split("/");
  for (const [index, part] of pattern.split("/").entries()) {
    if (part === "*") return true;
    if (part !== "" && part !== (own[index] ?? "")) return false;
  }
  return true;
}

function localityOf(text: string): JsonObject {
  const [region = "", zone = "", sub_zone = ""] = text.split("/");
  return Object.fromEntries(Object.entries({ region, zone, sub_zone }).filter(([, value]) => value !== ""));
}
