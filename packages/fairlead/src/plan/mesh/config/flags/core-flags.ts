import { always, command, field, pointless, replaced, unread, type CompatFlag } from "../../../shared/pflag/flag.ts";

const logLevel = "`fairlead run mesh --log-level` takes debug, info, warn or error.";
const stderr = "Logs are JSON lines on stderr; whoever runs the process keeps them.";
const leases =
  "Replicas agree by a Lease of the home cluster, which needs no store of its own: `fairlead run mesh` holds one unless told `--no-leader-election`.";
const cheap = "Equal objects are never written, and what changed is known by its content.";
const cached = "Everything that is read is kept, once and in a small form.";

/** Logging, the process, the home cluster and the registry of clusters, state. */
export const coreFlags: readonly CompatFlag[] = [
  command("log_level", "int", 4, logLevel),
  command("log_to_file", "bool", false, stderr),
  command("log_file_path", "string", "/app/logs/admiral.log", stderr),
  command("log_file_size_in_MBs", "int", 200, stderr),
  command(
    "metrics",
    "bool",
    true,
    "`fairlead run mesh --health HOST:PORT` serves /metrics beside /healthz and /readyz.",
  ),
  command("kube_config", "string", "", "Used as `fairlead run mesh --kubeconfig` is, for the home cluster."),

  field("secret_namespace", "string", "admiral", "registry.secretNamespace"),
  unread("secret_filter_tags", "string", "admiral/sync"),
  replaced("secret_resolver", "string", "default", "Kubeconfigs stand in the Secrets themselves.", "default"),
  pointless(
    "secret_resolver_config_path",
    "string",
    "/etc/config/resolver_config.yaml",
    "There are no resolvers to configure: kubeconfigs stand in the Secrets themselves.",
  ),
  field("dependency_namespace", "string", "admiral", "dependencies.namespace"),
  field("sync_namespace", "string", "admiral-sync", "syncNamespace"),
  field("sync_period", "duration", 300, "registry.syncPeriod", "Changes are followed at once; this is a second look."),
  pointless(
    "se_dr_sync_period",
    "duration",
    300,
    "Generated objects are watched, and put right as soon as they drift.",
  ),
  field("argo_rollouts", "bool", true, "workloads.sources"),

  always("enable_dependency_processing", "bool", false, "A change of a Dependency always takes effect."),
  pointless(
    "dependency_warmup_multiplier",
    "int",
    2,
    "There is no warm-up: nothing is deleted before a cluster is read.",
  ),
  pointless("deployment_or_rollout_worker_concurrency", "int", 5, "Planning takes no workers; one process plans all."),
  pointless(
    "dependent_cluster_worker_concurrency",
    "int",
    5,
    "Each cluster is written to on its own; `registry.limits.writes` says how many writes at once.",
  ),
  always("enable_generation_check", "bool", true, cheap),
  always("enable_replica_count_check", "bool", true, cheap),
  always("enable_diff_check", "bool", true, cheap),
  pointless("enable_serviceentry_cache", "bool", false, cached),
  pointless("enable_destinationrule_cache", "bool", false, cached),
  pointless("enable_sidecar_caching", "bool", false, cached),
  pointless("max_sidecar_egress_hosts_limit_to_cache", "int", 100, cached),
  field("excluded_identity_list", "strings", [], "suspended"),
  replaced(
    "enable_workload_data_storage",
    "bool",
    false,
    "Nothing is stored outside of the clusters: `fairlead mesh status` says what is where.",
  ),

  field("enable_client_discovery", "bool", true, "workloads.clients"),
  field("client_discovery_clusters_for_jobs", "strings", [], "workloads.clientClusters"),
  field("client_discovery_clusters_for_numaflow", "strings", [], "workloads.clientClusters"),
  always("client_initiated_processing_enabled", "bool", true, "A client is followed like a source (older releases)."),
  always("client_initiated_processing_enabled_for_controllers", "bool", false, "A client is followed like a source."),
  pointless(
    "client_initiated_processing_enabled_for_dynamic_config",
    "bool",
    false,
    "A client is followed like a source, and there is no dynamic configuration.",
  ),
  always("initiate_client_initiated_processing_for", "strings", [], "A client is followed like a source."),

  replaced("admiral_state_checker_name", "string", "NoOPStateChecker", leases),
  replaced("dr_state_store_config_path", "string", "", leases),
  replaced(
    "enable_dynamic_config",
    "bool",
    true,
    "Nothing is read from DynamoDB: change the MeshConfig, which takes effect without a restart.",
    false,
  ),
  replaced(
    "dynamic_config_dynamodb_table_name",
    "string",
    "dynamic-config-dev",
    "Nothing is read from DynamoDB: change the MeshConfig, which takes effect without a restart.",
  ),
  pointless("dynamic_sync_period", "int", 10, "A change of the MeshConfig takes effect at once."),
];

const operator =
  "There is no operator with a registry of its own: `fairlead run mesh` reads the clusters themselves, and replicas share the identities by Leases.";
const syncer =
  "There is no registry to send to: `fairlead mesh plan -o json` and `fairlead mesh status -o json` say what is where.";

/** The operator, its shards, and the registry: parts that are not here in this form. */
export const operatorFlags: readonly CompatFlag[] = [
  replaced("admiral_operator_mode", "bool", false, operator),
  replaced("operator_sync_namespace", "string", "admiral-operator-sync", operator),
  replaced("operator_identity_value", "string", "", operator),
  replaced("shard_identity_label_key", "string", "admiral.io/shardIdentity", operator),
  replaced("shard_identity_value", "string", "", operator),
  replaced("operator_secret_filter_tags", "string", "admiral/syncoperator", operator),
  replaced("admiral_state_syncer_mode", "bool", false, syncer),
  replaced("admiral_state_syncer_clusters", "strings", [], syncer),
  replaced("registry_client_host", "string", "https://registry.com", syncer),
  replaced("registry_client_base_uri", "string", "v1", syncer),
  replaced("registry_client_app_id", "string", "admiral", syncer),
  replaced("registry_client_app_secret", "string", "secrets/admiral/credentials/preprod", syncer),
  replaced("admiral_app_env", "string", "preProd", syncer),
];
