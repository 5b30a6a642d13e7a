import { always, field, pointless, unread, type CompatFlag } from "../../../shared/pflag/flag.ts";

const resolvesNothing = "The predecessor stores it, and it has no effect.";

/** Names, workloads, policies, addresses, traffic. */
export const serviceFlags: readonly CompatFlag[] = [
  field("hostname_suffix", "string", "global", "names.suffix"),
  field("additional_endpoint_suffixes", "strings", [], "names.additionalSuffixes"),
  field("additional_endpoint_label_filters", "strings", [], "names.additionalSuffixLabels"),
  field("workload_identity_key", "string", "identity", "workloads.identityKey"),
  field("admiral_crd_identity_label", "string", "identity", "policies.identityKey"),
  field(
    "globaltraffic_deployment_label",
    "string",
    "identity",
    "policies.identityKey",
    "The older name of admiral_crd_identity_label, which counts if both are given.",
  ),
  field("env_key", "string", "admiral.io/env", "workloads.envKey"),
  field("deployment_annotation", "string", "sidecar.istio.io/inject", "workloads.injectAnnotation"),
  field("admiral_ignore_label", "string", "admiral-ignore", "workloads.ignoreLabel"),
  field("priority_key", "string", "priority", "policies.priorityKey"),
  unread("subset_label", "string", "subset"),
  unread("namespace_injected_label", "string", "istio-injection"),
  unread("namespace_injected_value", "string", "enabled"),

  field(
    "enable_sw_aware_ns_caches",
    "bool",
    false,
    ["exportTo.enabled", "workloads.partitionKey"],
    "One flag for two things: visibility by namespace, and partitions of identities.",
  ),
  field("identity_partition_key", "string", "admiral.io/identityPartition", "workloads.partitionKey"),
  field("exportto_identity_list", "strings", ["*"], "exportTo.identities"),
  field("exportto_max_namespaces", "int", 35, "exportTo.maxNamespaces"),
  field("workload_sidecar_update", "string", "disabled", "sidecars.enabled", "`enabled` turns it on."),
  field("workload_sidecar_name", "string", "default", "sidecars.name"),
  field(
    "gateway_asset_aliases",
    "strings",
    ["Intuit.platform.servicesgateway.servicesgateway"],
    "dependencies.gatewayIdentities",
  ),
  unread("alpha_identity_list", "strings", []),

  field("gateway_app", "string", "istio-ingressgateway", "gateways.selectors"),
  field("enable_absolute_fqdn", "bool", true, "gateways.absoluteNames"),
  field(
    "enable_absolute_fqdn_for_local_endpoints",
    "bool",
    false,
    "gateways.absoluteLocalNames",
    "Only together with enable_absolute_fqdn.",
  ),
  field("nlb_enabled_clusters", "strings", [], "clusters", "The selector of the gateway of each of these clusters."),
  field("nlb_ingress_label", "string", "istio-ingressgateway-nlb", "clusters"),
  pointless("nlb_enabled_identity_list", "strings", [], resolvesNothing),
  pointless("clb_enabled_clusters", "strings", [], resolvesNothing),
  pointless("clb_ingress_label", "string", "istio-ingressgateway", resolvesNothing),

  field("se_ip_prefix", "string", "240.0", "addresses.ranges", "Two octets: 240.0 is the range 240.0.0.0/16."),
  field("se_address_configmap", "string", "se-address-configmap", "addresses.store"),
  field("disable_ip_generation", "bool", false, "addresses.source", "`true` is `keep`: known names keep theirs."),

  field("default_warmup_duration_in_seconds", "int64", 45, "traffic.warmup"),
  field("max_requests_per_connection", "int32", 100, "traffic.maxRequestsPerConnection"),
  field(
    "disable_default_automatic_failover",
    "bool",
    false,
    "traffic.outlierDetection.onlyIfConfigured",
    "Without an OutlierDetection, or one in a policy, there is none.",
  ),
  unread("enable_outlierdetection", "bool", false),
  field("enable_active_passive", "bool", false, "traffic.activePassive"),
  always(
    "prevent_split_brain",
    "bool",
    true,
    "The clusters that a policy prefers are always written first when it moves traffic.",
  ),
  field("enable_san", "bool", false, "traffic.subjectNames.from", "`true` is `prefix`."),
  field("san_prefix", "string", "", "traffic.subjectNames.prefix"),
  field("enable_client_connection_config_processing", "bool", false, "traffic.clientConnections"),
  field("enable_traffic_config_processing_for_slow_start", "bool", false, "traffic.slowStart"),
];

/** Routing, filters, copies. */
export const routingFlags: readonly CompatFlag[] = [
  field("enable_vs_routing", "bool", false, "routing.ingress.enabled"),
  field("vs_routing_gateways", "strings", [], "routing.ingress.gateways"),
  field("ingress_vs_export_to_namespaces", "strings", ["istio-system"], "routing.ingress.exportTo"),
  field("vs_routing_disabled_clusters", "strings", [], "routing.ingress.disabledClusters"),
  field("vs_routing_slow_start_enabled_clusters", "strings", [], "routing.ingress.slowStartClusters"),
  field(
    "ingress_lb_policy",
    "string",
    "round_robin",
    "routing.ingress.loadBalancer",
    "round_robin, random, least_request or passthrough; anything else is round_robin.",
  ),
  field(
    "enable_vs_routing_in_cluster",
    "bool",
    false,
    "routing.inCluster.include",
    "Without it the routes are written where nobody sees them: `include` is empty.",
  ),
  field(
    "vs_routing_in_cluster_enabled_resources",
    "map",
    {},
    "routing.inCluster.include",
    "CLUSTER=IDENTITY, `*` for all; several identities of one cluster are one quoted value.",
    "e",
  ),
  field("vs_routing_in_cluster_disabled_resources", "map", {}, "routing.inCluster.exclude", "As the one before.", "d"),
  field("enable_custom_vs_merge", "bool", false, "routing.inCluster.mergeCreatedBy"),
  field("process_vs_created_by", "string", "", "routing.inCluster.mergeCreatedBy"),

  field("enable_routing_policy", "bool", false, "filters.enabled"),
  field("routing_policy_enabled_clusters", "strings", [], "filters.clusters"),
  field("envoy_filter_version", "string", "1.17,1.20", "filters.proxyVersions"),
  unread("deprecated_envoy_filter_version", "string", ""),
  field("envoy_filter_additional_config", "string", "", "filters.additionalConfig"),
  unread("enable_proxy_envoy_filter", "bool", false),
  unread("dns_retries", "int", 3),
  unread("dns_timeout_ms", "int", 1000),
  unread("dns_config_file", "string", "/etc/resolv.conf"),

  field(
    "ignore_labels_annotations_vs_copy_list",
    "strings",
    ["applications.argoproj.io/app-name", "app.kubernetes.io/instance", "argocd.argoproj.io/tracking-id"],
    "copies.ignoredMetadata",
  ),
];
