import type { JsonObject } from "@fairlead/apimachinery";
import { compareText } from "@fairlead/apimachinery";
import type { MeshConfigSpec } from "../../../kinds/mesh-config.ts";
import type { ClusterSettings, MeshSettings } from "../model/settings.ts";
import type { RegistrySettings } from "./registry-settings.ts";
import { durationText, sizeText } from "./units.ts";

/**
 * Settings as a MeshConfig that says all of them, the inverse of `settingsOf`. What is switched off says no more than
 * that. `kubeconfig` has no field: an object in a cluster cannot name a file.
 */
export function specOf(settings: MeshSettings, registry: RegistrySettings): MeshConfigSpec {
  const { names, scope, gateways, addresses, filters, copies } = settings;
  return {
    ...(settings.mode === "admiral" && { compat: "admiral" as const }),
    output: settings.output,
    readOnly: registry.readOnly,
    suspended: [...settings.suspended],
    syncNamespace: scope.syncNamespace,
    marks: settings.writing.marks,
    names: {
      suffix: names.suffix,
      template: names.template,
      additionalSuffixes: [...names.additional.suffixes],
      additionalSuffixLabels: [...names.additional.labels],
      clusterSet: names.clusterSet ?? "",
      keepCaseAnnotation: names.keepCaseAnnotation,
    },
    workloads: workloadsOf(settings),
    policies: {
      identityKey: settings.discovery.policyIdentityKey,
      priorityKey: settings.discovery.priorityKey,
      withoutEnv: settings.discovery.policyWithoutEnv,
      reach: settings.discovery.policyReach,
      order: settings.discovery.policyOrder,
    },
    dependencies: {
      namespace: scope.dependencyNamespace ?? "*",
      without: scope.withoutDependency,
      wildcards: scope.wildcards,
      identityLabels: scope.identityLabels,
      gatewayIdentities: [...scope.gatewayIdentities],
    },
    exportTo:
      scope.exportTo === undefined
        ? { enabled: false, withoutClients: scope.withoutClients }
        : {
            enabled: true,
            identities: [...scope.exportTo.identities],
            maxNamespaces: scope.exportTo.most,
            withoutClients: scope.withoutClients,
          },
    sidecars: scope.sidecars === undefined ? { enabled: false } : { enabled: true, name: scope.sidecars.name },
    authorization: { enabled: scope.authorization },
    gateways: {
      namespace: gateways.namespace,
      selectors: gateways.selectors.map((selector) => ({ ...selector })),
      port: gateways.port,
      absoluteNames: gateways.absoluteNames,
      absoluteLocalNames: gateways.absoluteLocalNames,
    },
    addresses: {
      source: addresses.kind,
      ranges: [...addresses.ranges],
      allocation: addresses.allocation,
      store: addresses.store,
      shards: addresses.shards,
      quarantine: durationText(addresses.quarantineSeconds),
    },
    traffic: trafficOf(settings),
    routing: routingOf(settings),
    filters:
      filters.clusters === undefined
        ? {
            enabled: false,
            proxyVersions: [...filters.proxyVersions],
            clientLabel: filters.clientLabel,
            additionalConfig: filters.additionalConfig,
          }
        : {
            enabled: true,
            clusters: [...filters.clusters],
            proxyVersions: [...filters.proxyVersions],
            clientLabel: filters.clientLabel,
            additionalConfig: filters.additionalConfig,
          },
    copies: {
      enabled: copies.enabled,
      ruleNames: copies.ruleNames,
      withoutDependents: copies.withoutDependents,
      ignoredMetadata: [...copies.ignoredMetadata],
    },
    clusters: clustersOf(settings),
    registry: registrySpecOf(registry),
  };
}

function registrySpecOf(registry: RegistrySettings): NonNullable<MeshConfigSpec["registry"]> {
  const [key = "", value = ""] = registry.labelSelector.split("=");
  const { limits } = registry;
  return {
    secretNamespace: registry.namespace,
    secretLabel: { key, value },
    allowExecPlugins: registry.allowExec,
    homeCluster: registry.home ?? "",
    maxClusters: registry.mostClusters,
    syncPeriod: durationText(registry.syncSeconds),
    limits: {
      objects: limits.objects,
      listSize: sizeText(limits.listBytes),
      listPages: limits.listPages,
      answerSize: sizeText(limits.bodyBytes),
      eventSize: sizeText(limits.eventBytes),
      writes: limits.writes,
    },
  };
}

function workloadsOf({ discovery }: MeshSettings): NonNullable<MeshConfigSpec["workloads"]> {
  const clientClusters = Object.entries(discovery.clientClusters).sort(([a], [b]) => compareText(a, b));
  return {
    identityKey: discovery.identityKey,
    envKey: discovery.envKey,
    envFromNamespace: discovery.envFromNamespace,
    identityOnServices: discovery.identityOnServices,
    withoutIdentity: discovery.withoutIdentity,
    injection: discovery.injection,
    injectAnnotation: discovery.injectAnnotation,
    ignoreLabel: discovery.ignoreLabel,
    ignoreAnnotation: discovery.ignoreAnnotation,
    sources: [...discovery.sourceKinds],
    clients: [...discovery.clientKinds],
    clientClusters: clientClusters.map(([kind, clusters]) => ({
      kind: kind as keyof typeof discovery.clientClusters,
      clusters: [...clusters],
    })),
    ports: discovery.ports,
    serviceMatch: discovery.serviceMatch,
    partitionKey: discovery.partitionKey ?? "",
    regionRequired: discovery.regionRequired,
    regionLabels: [...discovery.regionLabels],
    zoneLabels: [...discovery.zoneLabels],
  };
}

function trafficOf({ traffic, writing }: MeshSettings): NonNullable<MeshConfigSpec["traffic"]> {
  const { outlier, subjectNames } = traffic;
  return {
    loadBalancer: traffic.simple,
    warmup: durationText(traffic.warmupSeconds ?? 0),
    connectTimeout: durationText(traffic.connectTimeoutSeconds ?? 0),
    maxRequestsPerConnection: traffic.maxRequestsPerConnection,
    outlierDetection: {
      baseEjectionTime: durationText(outlier.baseEjectionSeconds),
      consecutiveGatewayErrors: outlier.consecutiveGatewayErrors,
      consecutive5xxErrors: outlier.consecutive5xxErrors,
      interval: durationText(outlier.intervalSeconds),
      maxEjectionPercent: outlier.maxEjectionPercent,
      singleEndpoint: writing.singleEndpoint,
      onlyIfConfigured: traffic.outlierOnlyIfAsked,
    },
    failover: traffic.failover,
    preferLocal: traffic.preferLocal,
    activePassive: traffic.activePassive,
    subjectNames:
      subjectNames.kind === "prefix"
        ? { from: "prefix", prefix: subjectNames.prefix }
        : { from: subjectNames.kind === "none" ? "none" : "serviceAccounts" },
    clientConnections: traffic.clientConnections,
    connectionFields: writing.connectionFields,
    slowStart: traffic.slowStart,
  };
}

function routingOf({ routing }: MeshSettings): NonNullable<MeshConfigSpec["routing"]> {
  const { ingress, inCluster } = routing;
  return {
    ingress:
      ingress === undefined
        ? { enabled: false }
        : {
            enabled: true,
            gateways: [...ingress.gateways],
            exportTo: [...ingress.exportTo],
            disabledClusters: [...ingress.disabledClusters],
            slowStartClusters: [...ingress.slowStartClusters],
            loadBalancer: ingress.simple,
          },
    inCluster:
      inCluster === undefined
        ? { enabled: false }
        : {
            enabled: true,
            include: byCluster(inCluster.enabled),
            exclude: byCluster(inCluster.disabled),
            mergeCreatedBy: inCluster.mergeCreatedBy ?? "",
          },
    rulesPlugin: routing.rulesPlugin ?? "",
    previewPrefixes: routing.previewPrefixes ?? true,
  };
}

function byCluster(map: { readonly [cluster: string]: readonly string[] }) {
  return Object.keys(map)
    .sort(compareText)
    .map((cluster) => ({ cluster, identities: [...map[cluster]!] }));
}

function clustersOf({ clusters, gateways }: MeshSettings): NonNullable<MeshConfigSpec["clusters"]> {
  const names = [...new Set([...Object.keys(clusters), ...Object.keys(gateways.overrides)])].sort(compareText);
  return names.map((name) => {
    const said: Partial<ClusterSettings> = Object.hasOwn(clusters, name) ? clusters[name]! : {};
    const selector = Object.hasOwn(gateways.overrides, name) ? gateways.overrides[name] : undefined;
    const gateway: JsonObject = {
      ...(said.gatewayAddress !== undefined && { address: said.gatewayAddress }),
      ...(said.gatewayPort !== undefined && { port: said.gatewayPort }),
      ...(selector !== undefined && { selector: { ...selector } }),
    };
    return {
      name,
      ...(said.region !== undefined && { region: said.region }),
      ...(said.zones !== undefined && { zones: [...said.zones] }),
      ...(said.network !== undefined && { network: said.network }),
      ...(said.trustDomain !== undefined && { trustDomain: said.trustDomain }),
      ...(said.domain !== undefined && { domain: said.domain }),
      ...(Object.keys(gateway).length > 0 && { gateway }),
      ...(said.paused === true && { paused: true }),
    };
  });
}
