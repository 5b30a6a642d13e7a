import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { formatSeconds } from "../identity/policy/connection.ts";
import type { HostIntent, IdentityIntent, LocalityIntent } from "../model/intent.ts";
import type { MeshSettings, OutlierSettings } from "../model/settings.ts";
import type { ClusterFacts } from "../model/fleet.ts";
import { type Endpoint, endpointsOf } from "./endpoints.ts";
import { compact, createdBy, hostMetadata, objectName } from "./metadata.ts";
import type { IdentityInput, Output, Placed } from "./output.ts";
import { istioVersion } from "./service-entry.ts";
import { tierPriorities, tiersOf } from "./tiers.ts";

/** The DestinationRule of each host in each cluster that has its ServiceEntry. */
export function writeDestinationRules({ fleet, intent }: IdentityInput): Output {
  const objects: Placed[] = [];
  for (const host of intent.hosts) {
    for (const { cluster, exportTo } of host.audience) {
      const endpoints = endpointsOf(host, cluster, fleet.settings);
      if (endpoints.length === 0) continue;
      const object = destinationRule(intent, host, endpoints, fleet.cluster(cluster), exportTo, fleet.settings);
      objects.push({ cluster, object });
    }
  }
  return { objects };
}

/** `-default-dr` for a host that a workload makes, `-dr` for one that a policy, pod or region adds. */
export function ruleName({ host, role }: Pick<HostIntent, "host" | "role">): string {
  const own = role === "base" || role === "canary" || role === "preview";
  return objectName(host, own ? "-default-dr" : "-dr");
}

function destinationRule(
  intent: IdentityIntent,
  host: HostIntent,
  endpoints: readonly Endpoint[],
  cluster: ClusterFacts | undefined,
  exportTo: readonly string[] | undefined,
  settings: MeshSettings,
): KrmObject {
  const { traffic } = host;
  // With endpoints outside every mesh Istio decides one by one: it knows which of them take part.
  const tls = endpoints.some(({ backend }) => backend.external) ? undefined : { mode: "ISTIO_MUTUAL" };
  const trafficPolicy = compact({
    tls,
    connectionPool: traffic.connectionPool,
    tunnel: traffic.tunnel,
    loadBalancer: {
      simple: settings.traffic.simple,
      ...(traffic.warmupSeconds === undefined || settings.traffic.simple === "RANDOM"
        ? {}
        : { warmupDurationSecs: formatSeconds(traffic.warmupSeconds) }),
      ...localitySetting(host, cluster?.region ?? "", settings),
    },
    outlierDetection: outlierDetection(host, endpoints, settings),
  });
  const named = hostMetadata(intent, host, "", settings);
  const metadata =
    settings.writing.marks === "predecessor"
      ? { name: ruleName(host), namespace: settings.scope.syncNamespace, annotations: createdBy(settings) }
      : { ...named, name: ruleName(host) };
  return {
    apiVersion: istioVersion,
    kind: "DestinationRule",
    metadata,
    spec: compact({ host: host.host, exportTo: [...(exportTo ?? [])], trafficPolicy }),
  };
}

function localitySetting(host: HostIntent, region: string, settings: MeshSettings): JsonObject {
  const { locality } = host.traffic;
  if (settings.traffic.failover === "distribute") return distributed(locality, region);
  if (locality.kind === "none") return {};
  const tiers = tiersOf(host);
  // Shares of several regions are a VirtualService's; what it does not cover stays near.
  const failoverPriority = tiers === undefined ? ["topology.kubernetes.io/region"] : tierPriorities(tiers);
  return { localityLbSetting: compact({ enabled: true, failoverPriority: [...failoverPriority] }) };
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
