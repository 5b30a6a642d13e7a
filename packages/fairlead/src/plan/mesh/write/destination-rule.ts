import { compareText, get, type JsonObject } from "@fairlead/apimachinery";
import type { Finding, KrmObject } from "@fairlead/krm";
import { formatSeconds } from "../identity/policy/connection.ts";
import { meshFinding } from "../findings.ts";
import type { HostIntent, IdentityIntent, LocalityIntent } from "../model/intent.ts";
import type { MeshSettings, OutlierSettings } from "../model/settings.ts";
import { type Endpoint, endpointsOf } from "./endpoints.ts";
import { compact, createdBy, hostMetadata, objectName, policyNote } from "./metadata.ts";
import type { IdentityInput, Output, Placed } from "./output.ts";
import { istioVersion } from "./service-entry.ts";
import { mostTiers, tierFailover, tiersOf } from "./tiers.ts";

/** The DestinationRule of each host in each cluster that has its ServiceEntry. */
export function writeDestinationRules(input: IdentityInput): Output {
  const { fleet, intent } = input;
  const objects: Placed[] = [];
  const findings: Finding[] = [];
  for (const host of intent.hosts) {
    const alike = new Map<number, string[]>();
    const tiers = fleet.settings.traffic.failover === "priority" ? tiersOf(host) : undefined;
    for (const { cluster, exportTo } of host.audience) {
      const endpoints = endpointsOf(host, cluster, fleet);
      if (endpoints.length === 0) continue;
      const region = fleet.cluster(cluster)?.region ?? "";
      const written = fleet.settings.traffic.activePassive ? writtenRule(input, host, cluster) : undefined;
      const object = destinationRule(intent, host, endpoints, { region, exportTo, written }, fleet.settings);
      objects.push({ cluster, object });
      const own = gatewayRule(object, host, endpoints, fleet.settings);
      if (own !== undefined) objects.push({ cluster, object: own });
      const most = mostTiers(fleet.cluster(cluster)?.zones ?? []);
      if (tiers !== undefined && tiers.length > most) alike.set(most, [...(alike.get(most) ?? []), cluster]);
    }
    for (const [most, clusters] of alike) findings.push(triedAlike(host, tiers!, most, clusters));
  }
  return { objects, findings };
}

/** More choices than the proxies of some clusters can tell apart. */
function triedAlike(
  { host, policy }: HostIntent,
  tiers: readonly (readonly string[])[],
  most: number,
  clusters: readonly string[],
): Finding {
  const regions = tiers.slice(most - 1).flat();
  const object = {
    apiVersion: "admiral.io/v1alpha1",
    kind: "GlobalTrafficPolicy",
    namespace: policy?.namespace ?? "",
    name: policy?.name ?? "",
  };
  const places = `cluster${clusters.length === 1 ? "" : "s"} ${clusters.toSorted(compareText).join(", ")}`;
  const message = `GlobalTrafficPolicy ${object.name} names ${tiers.length} choices for ${host} in turn: ${regions.join(", ")} are tried alike in ${places}`;
  const hint = most < 4 ? "a cluster whose nodes are in one zone tells four apart" : undefined;
  return meshFinding("FL810", { message, object, ...(hint !== undefined && { hint }) });
}

/**
 * The rule of a source cluster's gateway, where others serve the host as well: the rule for callers would send what comes
 * from other clusters on to the first choice, which they have found dead, or to a neighbour, and while none can serve
 * gateways would hand connections to each other in circles. It knows its own Services alone; when they are out it says so,
 * and callers go on. It stands in the gateway's namespace, seen by nobody else; there it counts before the other.
 */
function gatewayRule(
  rule: KrmObject,
  host: HostIntent,
  endpoints: readonly Endpoint[],
  { gateways, writing }: MeshSettings,
): KrmObject | undefined {
  const own = endpoints.find(({ local }) => local)?.object["locality"];
  const others = endpoints.some(({ local }) => !local);
  if (writing.marks === "predecessor" || typeof own !== "string" || !others) return undefined;
  const policy = get(rule["spec"], "trafficPolicy") as JsonObject;
  const balancer = get(policy, "loadBalancer") as JsonObject;
  const localityLbSetting = { enabled: true, distribute: [{ from: "*", to: { [own]: 100 } }] };
  return {
    ...rule,
    metadata: { ...rule.metadata, name: objectName(host.host, "-gateway-dr"), namespace: gateways.namespace },
    spec: {
      host: host.host,
      exportTo: ["."],
      trafficPolicy: { ...policy, loadBalancer: { ...balancer, localityLbSetting } },
    },
  };
}

/** `-default-dr` for a host that a workload makes, `-dr` for one that a policy, pod or region adds. */
export function ruleName({ host, role }: Pick<HostIntent, "host" | "role">): string {
  const own = role === "base" || role === "canary" || role === "preview";
  return objectName(host, own ? "-default-dr" : "-dr");
}

/** Where a rule is written. */
interface Place {
  readonly region: string;
  readonly exportTo: readonly string[] | undefined;
  /** The rule as it is now, where that counts. */
  readonly written: JsonObject | undefined;
}

function writtenRule({ fleet, key }: IdentityInput, host: HostIntent, cluster: string): JsonObject | undefined {
  const name = ruleName(host);
  return fleet
    .written(key)
    .find((fact) => fact.kind === "DestinationRule" && fact.cluster === cluster && fact.name === name)?.object;
}

function destinationRule(
  intent: IdentityIntent,
  host: HostIntent,
  endpoints: readonly Endpoint[],
  { region, exportTo, written }: Place,
  settings: MeshSettings,
): KrmObject {
  const { traffic } = host;
  // With endpoints outside every mesh Istio decides one by one: it knows which of them take part.
  const tls = endpoints.some(({ backend }) => backend.external) ? undefined : { mode: "ISTIO_MUTUAL" };
  const simple = balancingOf(endpoints, settings);
  const trafficPolicy = compact({
    tls,
    connectionPool: traffic.connectionPool,
    tunnel: traffic.tunnel,
    loadBalancer: {
      simple,
      ...(traffic.warmupSeconds === undefined || simple === "RANDOM"
        ? {}
        : { warmupDurationSecs: formatSeconds(traffic.warmupSeconds) }),
      ...localitySetting(host, endpoints, { region, written }, settings),
    },
    outlierDetection: outlierDetection(host, endpoints, settings),
  });
  const named = hostMetadata(intent, host, "", settings);
  const metadata =
    settings.writing.marks === "predecessor"
      ? { name: ruleName(host), namespace: settings.scope.syncNamespace, annotations: createdBy(settings) }
      : { ...named, name: ruleName(host), annotations: { ...named.annotations, ...policyNote(host) } };
  return {
    apiVersion: istioVersion,
    kind: "DestinationRule",
    metadata,
    spec: compact({ host: host.host, exportTo: [...(exportTo ?? [])], trafficPolicy }),
  };
}

/**
 * Weights of endpoints are kept to in turns. With LEAST_REQUEST Envoy also looks at what endpoints have to do: of eight
 * requests at a time, a canary of 20 % would get a third; RANDOM does not look at weights at all.
 */
function balancingOf(endpoints: readonly Endpoint[], { traffic, writing }: MeshSettings): string {
  if (writing.marks === "predecessor") return traffic.simple;
  return endpoints.some(({ object }) => object["weight"] !== undefined) ? "ROUND_ROBIN" : traffic.simple;
}

function localitySetting(
  host: HostIntent,
  endpoints: readonly Endpoint[],
  { region, written }: Pick<Place, "region" | "written">,
  settings: MeshSettings,
): JsonObject {
  const { locality } = host.traffic;
  if (settings.traffic.failover === "distribute") {
    return settings.traffic.activePassive && host.policy === undefined
      ? activePassive(endpoints, written)
      : distributed(locality, region);
  }
  if (locality.kind === "none") return {};
  // Istio goes by distance, once it may: the caller's region, then the others. Shares of several regions are a
  // VirtualService's, and tiers are what endpoints are called in this cluster.
  return { localityLbSetting: { enabled: true, ...tierFailover(tiersOf(host), region) } };
}

/** All to the first region that ever served, as long as there is no policy: the others stand by. */
function activePassive(endpoints: readonly Endpoint[], written: JsonObject | undefined): JsonObject {
  const setting = get(get(get(get(written, "spec"), "trafficPolicy"), "loadBalancer"), "localityLbSetting");
  const distribute = get(setting, "distribute");
  // Shares from one region only are those of a policy that is gone.
  if (Array.isArray(distribute) && distribute.every((share) => get(share, "from") === "*")) {
    return { localityLbSetting: { distribute } };
  }
  const region = endpoints.length === 1 ? endpoints[0]!.backend.region : "";
  return region === "" ? {} : { localityLbSetting: { distribute: [{ from: "*", to: { [region]: 100 } }] } };
}

/** Shares by region from the cluster's own, as the predecessor writes them; a region without share gets nothing. */
function distributed(locality: LocalityIntent, region: string): JsonObject {
  if (region === "" || locality.kind === "none") return {};
  if (locality.kind === "nearest") return { localityLbSetting: {} };
  const to: JsonObject = {};
  for (const target of locality.targets) if (target.weight > 0) to[target.region] = target.weight;
  return { localityLbSetting: { distribute: [{ from: `${region}/*`, to }] } };
}

function outlierDetection(
  host: HostIntent,
  endpoints: readonly Endpoint[],
  { writing }: MeshSettings,
): JsonObject | undefined {
  const { outlier, outlierAsked } = host.traffic;
  const [only] = endpoints.length === 1 ? endpoints : [];
  if (writing.singleEndpoint === "none") {
    if (only !== undefined && !outlierAsked) return undefined;
    return outlierObject(outlier);
  }
  if (only === undefined || outlier === undefined) return outlierObject(outlier);
  if (only.local || /^\d+\.\d+\.\d+\.\d+$/.test(only.address)) return undefined;
  return outlierObject({ ...outlier, maxEjectionPercent: 33 });
}

function outlierObject(outlier: OutlierSettings | undefined): JsonObject {
  if (outlier === undefined) return { consecutiveGatewayErrors: 0, consecutive5xxErrors: 0 };
  return {
    baseEjectionTime: formatSeconds(outlier.baseEjectionSeconds),
    consecutiveGatewayErrors: outlier.consecutiveGatewayErrors,
    consecutive5xxErrors: outlier.consecutive5xxErrors,
    interval: formatSeconds(outlier.intervalSeconds),
    maxEjectionPercent: outlier.maxEjectionPercent,
  };
}
