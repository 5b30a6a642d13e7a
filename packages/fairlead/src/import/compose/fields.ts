/**
 * What becomes of each field of a Compose service, apart from those that are carried. A test holds this table and the
 * specification's list of fields together, so that no field is dropped in silence.
 */
export type Fate = { readonly kind: "meaningless" | "lost"; readonly why: string; readonly hint?: string };

const meaningless = (why: string): Fate => ({ kind: "meaningless", why });
const lost = (why: string, hint?: string): Fate => ({ kind: "lost", why, ...(hint !== undefined && { hint }) });

/** Fields that some code of this folder reads. */
export const carriedFields: ReadonlySet<string> = new Set([
  "annotations",
  "build",
  "cap_add",
  "cap_drop",
  "command",
  "configs",
  "cpus",
  "cpu_quota",
  "cpu_period",
  "deploy",
  "depends_on",
  "dns",
  "dns_opt",
  "dns_search",
  "entrypoint",
  "env_file",
  "environment",
  "expose",
  "extends",
  "extra_hosts",
  "group_add",
  "healthcheck",
  "hostname",
  "image",
  "ipc",
  "labels",
  "links",
  "mem_limit",
  "mem_reservation",
  "network_mode",
  "networks",
  "pid",
  "platform",
  "ports",
  "post_start",
  "pre_stop",
  "privileged",
  "profiles",
  "pull_policy",
  "read_only",
  "restart",
  "scale",
  "secrets",
  "security_opt",
  "shm_size",
  "stdin_open",
  "stop_grace_period",
  "sysctls",
  "tmpfs",
  "tty",
  "user",
  "volumes",
  "working_dir",
]);

const node = "it is a setting of the machine's container runtime";

export const otherFields: { readonly [field: string]: Fate } = {
  attach: meaningless("it concerns the output of `docker compose up`; `kubectl logs` shows a pod's"),
  blkio_config: lost("limits of disk access have no counterpart"),
  cgroup: lost(node),
  cgroup_parent: lost(node),
  container_name: meaningless("pods are named by the cluster; the App's Service is reached under the service's name"),
  cpu_count: lost("it is for Windows containers", "write `resources.limits.cpu`"),
  cpu_percent: lost("it is for Windows containers", "write `resources.limits.cpu`"),
  cpu_rt_period: lost(node),
  cpu_rt_runtime: lost(node),
  cpu_shares: lost("the share of CPU follows from the request", "write `resources.requests.cpu`"),
  cpuset: lost(node),
  credential_spec: lost("it is for Windows containers", "write `securityContext.windowsOptions`"),
  develop: meaningless("it is for development with `docker compose watch`"),
  device_cgroup_rules: lost(node),
  devices: lost("devices come from a device plugin", "write the plugin's resource in `resources.limits`"),
  domainname: lost("pods get their domain from the cluster"),
  external_links: lost("containers outside the cluster have no name in it", "write a Service of type ExternalName"),
  gpus: lost(
    "GPUs come from a device plugin",
    "write its resource, such as `nvidia.com/gpu: 1`, in `resources.limits`",
  ),
  init: meaningless(
    "signals reach the container's first process; bring an init such as tini in the image if it needs one",
  ),
  isolation: lost("it is for Windows containers"),
  label_file: lost("labels from files are not read", "write them in `labels`"),
  logging: meaningless("the cluster collects what containers write to their output"),
  mac_address: lost("pods get their addresses from the cluster"),
  mem_swappiness: lost(node),
  memswap_limit: lost("swap is the node's business"),
  models: lost("models are run by Docker"),
  oom_kill_disable: lost(node),
  oom_score_adj: lost("it follows from requests and limits"),
  pids_limit: lost("it is a setting of the kubelet"),
  provider: lost("the service is run by an external provider"),
  pull_refresh_after: lost("images are pulled when a pod starts"),
  runtime: lost("it names a runtime of one machine", "write `runtimeClassName`"),
  stop_signal: lost("the signal of the image is used", "set it in the image, or write `lifecycle.stopSignal`"),
  storage_opt: lost(node),
  ulimits: lost("limits of processes come from the node"),
  use_api_socket: lost("there is no Docker socket in a cluster"),
  userns_mode: lost("user namespaces are turned on per pod", "write `hostUsers: false` for one of its own"),
  uts: lost("pods have a host name of their own"),
  volumes_from: lost("containers share volumes by mounting the same one", "mount the named volume in both"),
};

/** Parts of `deploy` that some code reads, and what becomes of the others. */
export const carriedDeploy: ReadonlySet<string> = new Set([
  "mode",
  "replicas",
  "resources",
  "restart_policy",
  "labels",
  "update_config",
]);
export const otherDeploy: { readonly [field: string]: Fate } = {
  endpoint_mode: meaningless("a Service has one address; write `service.clusterIP: None` for one per pod"),
  placement: lost("placement names Swarm's nodes", "write `nodeSelector`, `affinity` or `topologySpreadConstraints`"),
  rollback_config: meaningless("`kubectl rollout undo` goes back to an earlier version"),
};

/** Fields at the top of a file. */
export const carriedTop: ReadonlySet<string> = new Set([
  "name",
  "services",
  "volumes",
  "configs",
  "secrets",
  "include",
  "networks",
  "version",
]);
