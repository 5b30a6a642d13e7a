import assert from "node:assert/strict";
import { test } from "node:test";
import { carriedDeploy, carriedFields, otherDeploy, otherFields } from "./fields.ts";

/** The service's fields in the specification's schema (compose-spec, schema/compose-spec.json). */
const specified =
  "develop deploy annotations attach build blkio_config cap_add cap_drop cgroup cgroup_parent command configs container_name cpu_count cpu_percent cpu_shares cpu_quota cpu_period cpu_rt_period cpu_rt_runtime cpus cpuset credential_spec depends_on device_cgroup_rules devices dns dns_opt dns_search domainname entrypoint env_file label_file environment expose extends provider external_links extra_hosts gpus group_add healthcheck hostname image init ipc isolation labels links logging mac_address mem_limit mem_reservation mem_swappiness memswap_limit network_mode models networks oom_kill_disable oom_score_adj pid pids_limit platform ports post_start pre_stop privileged profiles pull_policy pull_refresh_after read_only restart runtime scale security_opt shm_size secrets sysctls stdin_open stop_grace_period stop_signal storage_opt tmpfs tty ulimits use_api_socket user uts userns_mode volumes volumes_from working_dir".split(
    " ",
  );

test("every field of a service is carried or has a reason why not", () => {
  const known = new Set([...carriedFields, ...Object.keys(otherFields)]);
  assert.deepEqual(
    specified.filter((field) => !known.has(field)),
    [],
  );
  assert.deepEqual(
    [...known].filter((field) => !specified.includes(field)),
    [],
  );
});

test("no field is both carried and explained away", () => {
  assert.deepEqual(
    [...carriedFields].filter((field) => Object.hasOwn(otherFields, field)),
    [],
  );
});

test("every field of deploy is carried or has a reason why not", () => {
  const known = [...carriedDeploy, ...Object.keys(otherDeploy)].sort();
  assert.deepEqual(known, [
    "endpoint_mode",
    "labels",
    "mode",
    "placement",
    "replicas",
    "resources",
    "restart_policy",
    "rollback_config",
    "update_config",
  ]);
});
