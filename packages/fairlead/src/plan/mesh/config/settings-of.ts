import { compareText, setOwn, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { MeshConfigSpec } from "../../../kinds/mesh-config.ts";
import { seconds } from "../../shared/duration.ts";
import { admiralSettings, defaultSettings } from "../model/presets.ts";
import type { ClusterSettings, MeshSettings, RoutingSettings, TrafficSettings } from "../model/settings.ts";
import { admiralRegistry, defaultRegistry, type RegistrySettings } from "./registry-settings.ts";
import { bytesOf } from "./units.ts";

export interface MeshConfiguration {
  readonly settings: MeshSettings;
  readonly registry: RegistrySettings;
}

/** What holds where a MeshConfig says nothing. */
export function presetOf(compat: MeshConfigSpec["compat"]): MeshConfiguration {
  return compat === "admiral"
    ? { settings: admiralSettings, registry: admiralRegistry }
    : { settings: defaultSettings, registry: defaultRegistry };
}

/** A MeshConfig's spec with everything that it does not say. `spec` obeys the kind's schema. */
export function settingsOf(spec: MeshConfigSpec): MeshConfiguration {
  const preset = presetOf(spec.compat);
  return {
    settings: {
      ...coreOf(spec, preset.settings),
      traffic: trafficOf(spec.traffic, preset.settings.traffic),
      routing: routingOf(spec.routing, preset.settings.routing),
      clusters: clustersOf(spec.clusters),
    },
    registry: registryOf(spec, preset.registry),
  };
}

type Core = Omit<MeshSettings, "traffic" | "routing" | "clusters">;

function coreOf(spec: MeshConfigSpec, base: MeshSettings): Core {
  const { names = {}, dependencies = {}, exportTo = {}, sidecars = {}, gateways = {}, addresses = {} } = spec;
  const { filters = {}, copies = {} } = spec;
  const { scope } = base;
  return {
    ...base,
    names: {
      ...base.names,
      suffix: names.suffix?.toLowerCase() ?? base.names.suffix,
      template: names.template ?? base.names.template,
      additional: {
        suffixes: names.additionalSuffixes?.map(lowerCase) ?? base.names.additional.suffixes,
        labels: names.additionalSuffixLabels ?? base.names.additional.labels,
      },
      clusterSet: names.clusterSet === undefined ? base.names.clusterSet : unlessEmpty(names.clusterSet.toLowerCase()),
      keepCaseAnnotation: names.keepCaseAnnotation ?? base.names.keepCaseAnnotation,
    },
    discovery: discoveryOf(spec, base.discovery),
    scope: {
      ...scope,
      syncNamespace: spec.syncNamespace ?? scope.syncNamespace,
      dependencyNamespace:
        dependencies.namespace === undefined ? scope.dependencyNamespace : unlessAll(dependencies.namespace),
      withoutDependency: dependencies.without ?? scope.withoutDependency,
      wildcards: dependencies.wildcards ?? scope.wildcards,
      identityLabels: dependencies.identityLabels ?? scope.identityLabels,
      exportTo:
        (exportTo.enabled ?? scope.exportTo !== undefined)
          ? {
              identities: exportTo.identities?.map(lowerCase) ?? scope.exportTo?.identities ?? ["*"],
              most: exportTo.maxNamespaces ?? scope.exportTo?.most ?? 35,
            }
          : undefined,
      withoutClients: exportTo.withoutClients ?? scope.withoutClients,
      sidecars:
        (sidecars.enabled ?? scope.sidecars !== undefined)
          ? { name: sidecars.name ?? scope.sidecars?.name ?? "default" }
          : undefined,
      authorization: spec.authorization?.enabled ?? scope.authorization,
      gatewayIdentities: dependencies.gatewayIdentities?.map(lowerCase) ?? scope.gatewayIdentities,
    },
    gateways: {
      ...base.gateways,
      namespace: gateways.namespace ?? base.gateways.namespace,
      selectors: gateways.selectors ?? base.gateways.selectors,
      overrides: selectorsOf(spec.clusters),
      port: gateways.port ?? base.gateways.port,
      absoluteNames: gateways.absoluteNames ?? base.gateways.absoluteNames,
      absoluteLocalNames: gateways.absoluteLocalNames ?? base.gateways.absoluteLocalNames,
    },
    addresses: {
      ...base.addresses,
      kind: addresses.source ?? base.addresses.kind,
      ranges: addresses.ranges ?? base.addresses.ranges,
      allocation: addresses.allocation ?? base.addresses.allocation,
      store: addresses.store ?? base.addresses.store,
      shards: addresses.shards ?? base.addresses.shards,
      quarantineSeconds: seconds(addresses.quarantine) ?? base.addresses.quarantineSeconds,
    },
    filters: {
      ...base.filters,
      clusters:
        (filters.enabled ?? base.filters.clusters !== undefined)
          ? (filters.clusters ?? base.filters.clusters ?? ["*"])
          : undefined,
      proxyVersions: filters.proxyVersions ?? base.filters.proxyVersions,
      clientLabel: filters.clientLabel ?? base.filters.clientLabel,
      additionalConfig: filters.additionalConfig ?? base.filters.additionalConfig,
    },
    copies: {
      ...base.copies,
      enabled: copies.enabled ?? base.copies.enabled,
      ruleNames: copies.ruleNames ?? base.copies.ruleNames,
      withoutDependents: copies.withoutDependents ?? base.copies.withoutDependents,
      ignoredMetadata: copies.ignoredMetadata ?? base.copies.ignoredMetadata,
    },
    writing: {
      ...base.writing,
      marks: spec.marks ?? base.writing.marks,
      connectionFields: spec.traffic?.connectionFields ?? base.writing.connectionFields,
      singleEndpoint: spec.traffic?.outlierDetection?.singleEndpoint ?? base.writing.singleEndpoint,
    },
    output: spec.output ?? base.output,
    suspended: spec.suspended?.map(lowerCase) ?? base.suspended,
  };
}

function discoveryOf({ workloads = {}, policies = {} }: MeshConfigSpec, base: MeshSettings["discovery"]) {
  return {
    ...base,
    identityKey: workloads.identityKey ?? base.identityKey,
    policyIdentityKey: policies.identityKey ?? base.policyIdentityKey,
    envKey: workloads.envKey ?? base.envKey,
    envFromNamespace: workloads.envFromNamespace ?? base.envFromNamespace,
    identityOnServices: workloads.identityOnServices ?? base.identityOnServices,
    withoutIdentity: workloads.withoutIdentity ?? base.withoutIdentity,
    injection: workloads.injection ?? base.injection,
    injectAnnotation: workloads.injectAnnotation ?? base.injectAnnotation,
    ignoreLabel: workloads.ignoreLabel ?? base.ignoreLabel,
    ignoreAnnotation: workloads.ignoreAnnotation ?? base.ignoreAnnotation,
    sourceKinds: workloads.sources ?? base.sourceKinds,
    clientKinds: workloads.clients ?? base.clientKinds,
    clientClusters:
      workloads.clientClusters === undefined
        ? base.clientClusters
        : mapOf(workloads.clientClusters.map(({ kind, clusters }) => [kind, clusters])),
    ports: workloads.ports ?? base.ports,
    serviceMatch: workloads.serviceMatch ?? base.serviceMatch,
    partitionKey: workloads.partitionKey === undefined ? base.partitionKey : unlessEmpty(workloads.partitionKey),
    priorityKey: policies.priorityKey ?? base.priorityKey,
    policyWithoutEnv: policies.withoutEnv ?? base.policyWithoutEnv,
    policyReach: policies.reach ?? base.policyReach,
    policyOrder: policies.order ?? base.policyOrder,
    regionRequired: workloads.regionRequired ?? base.regionRequired,
    regionLabels: workloads.regionLabels ?? base.regionLabels,
    zoneLabels: workloads.zoneLabels ?? base.zoneLabels,
  };
}

function trafficOf(traffic: MeshConfigSpec["traffic"] = {}, base: TrafficSettings): TrafficSettings {
  const { outlierDetection: outlier = {}, subjectNames = {} } = traffic;
  const warmup = seconds(traffic.warmup);
  const connect = seconds(traffic.connectTimeout);
  return {
    ...base,
    simple: traffic.loadBalancer ?? base.simple,
    warmupSeconds: warmup === undefined ? base.warmupSeconds : warmup === 0 ? undefined : warmup,
    connectTimeoutSeconds: connect === undefined ? base.connectTimeoutSeconds : connect === 0 ? undefined : connect,
    maxRequestsPerConnection: traffic.maxRequestsPerConnection ?? base.maxRequestsPerConnection,
    outlier: {
      baseEjectionSeconds: seconds(outlier.baseEjectionTime) ?? base.outlier.baseEjectionSeconds,
      consecutiveGatewayErrors: outlier.consecutiveGatewayErrors ?? base.outlier.consecutiveGatewayErrors,
      consecutive5xxErrors: outlier.consecutive5xxErrors ?? base.outlier.consecutive5xxErrors,
      intervalSeconds: seconds(outlier.interval) ?? base.outlier.intervalSeconds,
      maxEjectionPercent: outlier.maxEjectionPercent ?? base.outlier.maxEjectionPercent,
    },
    outlierOnlyIfAsked: outlier.onlyIfConfigured ?? base.outlierOnlyIfAsked,
    failover: traffic.failover ?? base.failover,
    preferLocal: traffic.preferLocal ?? base.preferLocal,
    activePassive: traffic.activePassive ?? base.activePassive,
    subjectNames: subjectNamesOf(subjectNames, base.subjectNames),
    clientConnections: traffic.clientConnections ?? base.clientConnections,
    slowStart: traffic.slowStart ?? base.slowStart,
  };
}

function subjectNamesOf(
  { from, prefix = "" }: { from?: "serviceAccounts" | "prefix" | "none"; prefix?: string },
  base: TrafficSettings["subjectNames"],
): TrafficSettings["subjectNames"] {
  if (from === undefined) return base;
  if (from === "prefix") return { kind: "prefix", prefix };
  return from === "none" ? { kind: "none" } : { kind: "service-accounts" };
}

function routingOf(
  { ingress = {}, inCluster = {}, ...routing }: NonNullable<MeshConfigSpec["routing"]> = {},
  base: RoutingSettings,
): RoutingSettings {
  const rulesPlugin = routing.rulesPlugin ?? base.rulesPlugin ?? "";
  return {
    ingress:
      (ingress.enabled ?? base.ingress !== undefined)
        ? {
            gateways: ingress.gateways ?? base.ingress?.gateways ?? [],
            exportTo: ingress.exportTo ?? base.ingress?.exportTo ?? ["istio-system"],
            disabledClusters: ingress.disabledClusters ?? base.ingress?.disabledClusters ?? [],
            slowStartClusters: ingress.slowStartClusters ?? base.ingress?.slowStartClusters ?? [],
            simple: ingress.loadBalancer ?? base.ingress?.simple ?? "ROUND_ROBIN",
          }
        : undefined,
    inCluster:
      (inCluster.enabled ?? base.inCluster !== undefined)
        ? {
            enabled: identitiesOf(inCluster.include) ?? base.inCluster?.enabled ?? {},
            disabled: identitiesOf(inCluster.exclude) ?? base.inCluster?.disabled ?? {},
            mergeCreatedBy:
              inCluster.mergeCreatedBy === undefined
                ? base.inCluster?.mergeCreatedBy
                : unlessEmpty(inCluster.mergeCreatedBy),
          }
        : undefined,
    ...(rulesPlugin !== "" && { rulesPlugin }),
    ...((routing.previewPrefixes ?? base.previewPrefixes) === false && { previewPrefixes: false }),
  };
}

function identitiesOf(list: readonly { cluster: string; identities: readonly string[] }[] | undefined) {
  return list && mapOf(list.map(({ cluster, identities }) => [cluster, identities]));
}

function clustersOf(clusters: MeshConfigSpec["clusters"] = []): MeshSettings["clusters"] {
  const said = clusters.map(({ name, gateway = {}, ...cluster }): [string, ClusterSettings] => [
    name,
    {
      region: cluster.region,
      zones: cluster.zones,
      network: cluster.network,
      trustDomain: cluster.trustDomain,
      domain: cluster.domain,
      gatewayAddress: gateway.address,
      gatewayPort: gateway.port,
      paused: cluster.paused ?? false,
    },
  ]);
  return mapOf(
    said.filter(([, cluster]) => Object.values(cluster).some((value) => value !== undefined && value !== false)),
  );
}

function selectorsOf(clusters: MeshConfigSpec["clusters"] = []): MeshSettings["gateways"]["overrides"] {
  return mapOf(
    clusters.flatMap(({ name, gateway }) => (gateway?.selector === undefined ? [] : [[name, gateway.selector]])),
  );
}

function registryOf({ registry = {}, readOnly }: MeshConfigSpec, base: RegistrySettings): RegistrySettings {
  const [key = "", value = ""] = base.labelSelector.split("=");
  const { secretLabel = {}, limits = {} } = registry;
  return {
    kubeconfig: base.kubeconfig,
    namespace: registry.secretNamespace ?? base.namespace,
    labelSelector: `${secretLabel.key ?? key}=${secretLabel.value ?? value}`,
    allowExec: registry.allowExecPlugins ?? base.allowExec,
    home: registry.homeCluster === undefined ? base.home : unlessEmpty(registry.homeCluster),
    mostClusters: registry.maxClusters ?? base.mostClusters,
    limits: {
      objects: limits.objects ?? base.limits.objects,
      listBytes: bytesOf(limits.listSize) ?? base.limits.listBytes,
      listPages: limits.listPages ?? base.limits.listPages,
      bodyBytes: bytesOf(limits.answerSize) ?? base.limits.bodyBytes,
      eventBytes: bytesOf(limits.eventSize) ?? base.limits.eventBytes,
      writes: limits.writes ?? base.limits.writes,
    },
    syncSeconds: seconds(registry.syncPeriod) ?? base.syncSeconds,
    readOnly: readOnly ?? base.readOnly,
  };
}

function lowerCase(text: string): string {
  return text.toLowerCase();
}

function unlessEmpty(text: string): string | undefined {
  return text === "" ? undefined : text;
}

function unlessAll(namespace: string): string | undefined {
  return namespace === "*" ? undefined : namespace;
}

/** Names are foreign: `__proto__` is one like any other. Sorted, so that the order of a list does not matter. */
function mapOf<Value>(entries: readonly (readonly [string, Value])[]): { [key: string]: Value } {
  const map: JsonObject = {};
  for (const [key, value] of [...entries].sort(([a], [b]) => compareText(a, b))) setOwn(map, key, value as JsonValue);
  return map as { [key: string]: Value };
}
