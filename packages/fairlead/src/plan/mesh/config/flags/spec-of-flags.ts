import type { MeshConfigSpec } from "../../../../kinds/mesh-config.ts";
import { durationText } from "../units.ts";
import type { FlagValues } from "./table.ts";

const policies = {
  round_robin: "ROUND_ROBIN",
  random: "RANDOM",
  least_request: "LEAST_REQUEST",
  passthrough: "PASSTHROUGH",
} as const;

/** What the predecessor's flags say, as a MeshConfig. Fields of what is off are left out. */
export function specOfFlags(flags: FlagValues): MeshConfigSpec {
  const byNamespace = flags.bool("enable_sw_aware_ns_caches");
  const sidecars = flags.text("workload_sidecar_update") === "enabled";
  const filters = flags.bool("enable_routing_policy");
  const ownNames = flags.bool("enable_absolute_fqdn");
  return {
    compat: "admiral",
    suspended: unique(flags.list("excluded_identity_list")),
    syncNamespace: flags.text("sync_namespace"),
    names: {
      suffix: flags.text("hostname_suffix"),
      additionalSuffixes: unique(flags.list("additional_endpoint_suffixes")),
      additionalSuffixLabels: unique(flags.list("additional_endpoint_label_filters")),
    },
    workloads: workloadsOf(flags),
    policies: { identityKey: policyIdentityKey(flags), priorityKey: flags.text("priority_key") },
    dependencies: {
      namespace: flags.text("dependency_namespace"),
      gatewayIdentities: unique(flags.list("gateway_asset_aliases")),
    },
    exportTo: byNamespace
      ? {
          enabled: true,
          identities: unique(flags.list("exportto_identity_list")),
          maxNamespaces: flags.number("exportto_max_namespaces"),
        }
      : { enabled: false },
    sidecars: sidecars ? { enabled: true, name: flags.text("workload_sidecar_name") } : { enabled: false },
    gateways: {
      selectors: [{ app: flags.text("gateway_app") }],
      absoluteNames: ownNames,
      absoluteLocalNames: ownNames && flags.bool("enable_absolute_fqdn_for_local_endpoints"),
    },
    clusters: unique(flags.list("nlb_enabled_clusters")).map((name) => ({
      name,
      gateway: { selector: { app: flags.text("nlb_ingress_label") } },
    })),
    addresses: {
      source: flags.bool("disable_ip_generation") ? "keep" : "pool",
      ranges: [`${flags.text("se_ip_prefix")}.0.0/16`],
      store: flags.text("se_address_configmap"),
    },
    traffic: trafficOf(flags),
    routing: routingOf(flags),
    filters: {
      enabled: filters,
      ...(filters && { clusters: unique(flags.list("routing_policy_enabled_clusters")) }),
      proxyVersions: unique(flags.text("envoy_filter_version").split(",")),
      additionalConfig: flags.text("envoy_filter_additional_config"),
    },
    copies: { ignoredMetadata: unique(flags.list("ignore_labels_annotations_vs_copy_list")) },
    registry: {
      secretNamespace: flags.text("secret_namespace"),
      syncPeriod: durationText(flags.number("sync_period")),
    },
  };
}

/** Older releases have the flag under another name. */
function policyIdentityKey(flags: FlagValues): string {
  const newer = "admiral_crd_identity_label";
  const older = "globaltraffic_deployment_label";
  return flags.text(flags.has(older) && !flags.has(newer) ? older : newer);
}

function workloadsOf(flags: FlagValues): NonNullable<MeshConfigSpec["workloads"]> {
  const numaflow = unique(flags.list("client_discovery_clusters_for_numaflow"));
  return {
    identityKey: flags.text("workload_identity_key"),
    envKey: flags.text("env_key"),
    injectAnnotation: flags.text("deployment_annotation"),
    ignoreLabel: flags.text("admiral_ignore_label"),
    sources: flags.bool("argo_rollouts") ? ["Deployment", "Rollout"] : ["Deployment"],
    clients: flags.bool("enable_client_discovery") ? ["Job", "Vertex", "MonoVertex"] : [],
    clientClusters: [
      { kind: "Job", clusters: unique(flags.list("client_discovery_clusters_for_jobs")) },
      { kind: "Vertex", clusters: numaflow },
      { kind: "MonoVertex", clusters: numaflow },
    ],
    partitionKey: flags.bool("enable_sw_aware_ns_caches") ? flags.text("identity_partition_key") : "",
  };
}

function trafficOf(flags: FlagValues): NonNullable<MeshConfigSpec["traffic"]> {
  return {
    warmup: durationText(flags.number("default_warmup_duration_in_seconds")),
    maxRequestsPerConnection: flags.number("max_requests_per_connection"),
    outlierDetection: { onlyIfConfigured: flags.bool("disable_default_automatic_failover") },
    activePassive: flags.bool("enable_active_passive"),
    subjectNames: flags.bool("enable_san") ? { from: "prefix", prefix: flags.text("san_prefix") } : { from: "none" },
    clientConnections: flags.bool("enable_client_connection_config_processing"),
    slowStart: flags.bool("enable_traffic_config_processing_for_slow_start"),
  };
}

function routingOf(flags: FlagValues): NonNullable<MeshConfigSpec["routing"]> {
  const policy = flags.text("ingress_lb_policy");
  const inCluster = flags.bool("enable_vs_routing_in_cluster");
  return {
    ingress: flags.bool("enable_vs_routing")
      ? {
          enabled: true,
          gateways: unique(flags.list("vs_routing_gateways")),
          exportTo: unique(flags.list("ingress_vs_export_to_namespaces")),
          disabledClusters: unique(flags.list("vs_routing_disabled_clusters")),
          slowStartClusters: unique(flags.list("vs_routing_slow_start_enabled_clusters")),
          loadBalancer: Object.hasOwn(policies, policy) ? policies[policy as keyof typeof policies] : "ROUND_ROBIN",
        }
      : { enabled: false },
    inCluster: {
      enabled: true,
      include: inCluster ? byCluster(flags.map("vs_routing_in_cluster_enabled_resources")) : [],
      exclude: byCluster(flags.map("vs_routing_in_cluster_disabled_resources")),
      mergeCreatedBy: flags.bool("enable_custom_vs_merge") ? flags.text("process_vs_created_by") : "",
    },
  };
}

/** The predecessor takes spaces around names, and people leave quotes of their shell. */
function byCluster(map: { readonly [cluster: string]: string }) {
  return Object.keys(map).map((cluster) => ({
    cluster: cluster.trim(),
    identities: unique(map[cluster]!.replaceAll('"', "").split(",")),
  }));
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list.map((item) => item.trim()).filter((item) => item !== ""))];
}
