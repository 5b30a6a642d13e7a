import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { equal, isObject, valueAt, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { admiralSettings } from "../model/presets.ts";
import { readCompatFlags } from "./compat-flags.ts";
import type { CompatFlag } from "../../shared/pflag/flag.ts";
import { compatFlags } from "./flags/table.ts";
import { kind } from "../../../kinds/generated/mesh-config.ts";
import { readMeshConfigSpec } from "./read-mesh-config.ts";
import { admiralRegistry } from "./registry-settings.ts";
import { specOf } from "./spec-of.ts";

const said = (...args: string[]) =>
  readCompatFlags(args).findings.map(({ code, severity, message }) => `${code} ${severity} ${message}`);

test("no arguments are the preset of compat mode", () => {
  assert.deepEqual(readCompatFlags([]), {
    settings: admiralSettings,
    registry: admiralRegistry,
    spec: { compat: "admiral" },
    findings: [],
  });
});

test("the defaults, written out, are the preset too", () => {
  const args = compatFlags
    .filter(({ type, effect }) => type !== "map" && effect === "field")
    .map(({ name, type, default: value }) => `--${name}=${type === "duration" ? `${String(value)}s` : String(value)}`);
  const { settings, registry, findings } = readCompatFlags(args);
  assert.deepEqual(
    { settings, registry, findings },
    { settings: admiralSettings, registry: admiralRegistry, findings: [] },
  );
});

/** Another value than the default, and what has to be on for the flag to count. */
const others: { readonly [name: string]: string } = {
  sync_period: "90s",
  se_ip_prefix: "241.7",
  ingress_lb_policy: "passthrough",
  workload_sidecar_update: "enabled",
  vs_routing_gateways: "istio-system/gw",
  envoy_filter_version: "1.22",
};
const switches: { readonly [name: string]: readonly string[] } = {
  identity_partition_key: ["--enable_sw_aware_ns_caches"],
  exportto_identity_list: ["--enable_sw_aware_ns_caches"],
  exportto_max_namespaces: ["--enable_sw_aware_ns_caches"],
  workload_sidecar_name: ["--workload_sidecar_update=enabled"],
  additional_endpoint_suffixes: ["--additional_endpoint_label_filters=*"],
  additional_endpoint_label_filters: ["--additional_endpoint_suffixes=mesh"],
  nlb_ingress_label: ["--nlb_enabled_clusters=c1"],
  san_prefix: ["--enable_san"],
  enable_vs_routing: ["--vs_routing_gateways=istio-system/g"],
  vs_routing_gateways: ["--enable_vs_routing"],
  ingress_vs_export_to_namespaces: ["--enable_vs_routing", "--vs_routing_gateways=a/g"],
  vs_routing_disabled_clusters: ["--enable_vs_routing", "--vs_routing_gateways=a/g"],
  vs_routing_slow_start_enabled_clusters: ["--enable_vs_routing", "--vs_routing_gateways=a/g"],
  ingress_lb_policy: ["--enable_vs_routing", "--vs_routing_gateways=a/g"],
  enable_vs_routing_in_cluster: ["-e", "c=a"],
  vs_routing_in_cluster_enabled_resources: ["--enable_vs_routing_in_cluster"],
  enable_custom_vs_merge: ["--process_vs_created_by=me"],
  process_vs_created_by: ["--enable_custom_vs_merge"],
  routing_policy_enabled_clusters: ["--enable_routing_policy"],
  enable_absolute_fqdn_for_local_endpoints: ["--enable_absolute_fqdn"],
};

function otherValue({ name, type, default: value }: CompatFlag): string {
  if (Object.hasOwn(others, name)) return others[name]!;
  switch (type) {
    case "bool":
      return String(value !== true);
    case "int":
    case "int32":
    case "int64":
      return String((value as number) + 1);
    case "map":
      return "c=other";
    case "strings":
    case "string":
    case "duration":
      return "other";
  }
}

/** Paths of leaves in which two specs differ. */
function differences(a: JsonValue | undefined, b: JsonValue | undefined, path: string): string[] {
  if (isObject(a) && isObject(b)) {
    const keys = new Set([...Object.keys(a), ...Object.keys(b)]);
    return [...keys].flatMap((key) => differences(a[key], b[key], path === "" ? key : `${path}.${key}`));
  }
  if (a === undefined && b === undefined) return [];
  return a !== undefined && b !== undefined && equal(a, b) ? [] : [path];
}

const full = (...args: string[]): JsonObject => {
  const { settings, registry } = readCompatFlags(args);
  return specOf(settings, registry) as unknown as JsonObject;
};

describe("a flag sets the fields that the table names, and no others", () => {
  for (const flag of compatFlags.filter(({ effect }) => effect === "field")) {
    test(flag.name, () => {
      const before = switches[flag.name] ?? [];
      const changed = differences(full(...before), full(...before, `--${flag.name}=${otherValue(flag)}`), "");
      assert.ok(changed.length > 0, "it sets nothing");
      for (const path of changed) {
        // What is switched on says its other fields as well.
        const covered = flag.becomes.some(
          (field) =>
            path === field ||
            path.startsWith(`${field}.`) ||
            (/\.enabled$|subjectNames\.from$/.test(field) &&
              path.startsWith(field.slice(0, field.lastIndexOf(".") + 1))),
        );
        assert.ok(covered, `it sets ${path} as well`);
      }
      for (const field of flag.becomes) {
        const schema = field
          .split(".")
          .reduce<typeof kind.spec | undefined>((at, step) => at?.properties?.[step], kind.spec);
        assert.ok(schema !== undefined, `there is no field ${field}`);
      }
    });
  }
});

test("a flag that sets nothing changes nothing", () => {
  for (const flag of compatFlags.filter(({ effect, name }) => effect !== "field" && name !== "kube_config")) {
    const { settings, registry, findings } = readCompatFlags([
      `--${flag.name}=${flag.type === "duration" ? "1m" : otherValue(flag)}`,
    ]);
    assert.deepEqual({ settings, registry }, { settings: admiralSettings, registry: admiralRegistry }, flag.name);
    assert.equal(findings.length, 1, flag.name);
  }
});

test("the MeshConfig that flags become reads as the same settings", () => {
  const args = [
    "--hostname_suffix=mesh",
    "--enable_sw_aware_ns_caches",
    "--sync_period=20s",
    "--nlb_enabled_clusters=c2,c1",
    "--enable_san",
    "--san_prefix=mesh.example",
    "--enable_vs_routing",
    "--vs_routing_gateways=istio-system/gw",
    "--enable_vs_routing_in_cluster",
    "-e",
    '"c1=A, b",*=c',
    "--disable_ip_generation",
  ];
  const { settings, registry, spec, findings } = readCompatFlags(args);
  assert.deepEqual(findings, []);
  assert.deepEqual(readMeshConfigSpec(spec as unknown as JsonValue), { settings, registry, findings: [] });
  assert.deepEqual(valueAt(spec as unknown as JsonValue, ["routing", "inCluster", "include"]), [
    { cluster: "*", identities: ["c"] },
    { cluster: "c1", identities: ["A", "b"] },
  ]);
  assert.deepEqual(settings.addresses.kind, "keep");
  assert.deepEqual(settings.gateways.overrides, {
    c1: { app: "istio-ingressgateway-nlb" },
    c2: { app: "istio-ingressgateway-nlb" },
  });
});

test("the older name of a flag counts where the newer one is not given", () => {
  const keyOf = (...args: string[]) => readCompatFlags(args).settings.discovery.policyIdentityKey;
  assert.equal(keyOf("--globaltraffic_deployment_label=old"), "old");
  assert.equal(keyOf("--globaltraffic_deployment_label=old", "--admiral_crd_identity_label=new"), "new");
  assert.equal(keyOf("--admiral_crd_identity_label=new"), "new");
});

test("a kubeconfig of the home cluster is taken as it is", () => {
  const { registry, findings } = readCompatFlags(["--kube_config=/etc/home.yaml"]);
  assert.equal(registry.kubeconfig, "/etc/home.yaml");
  assert.deepEqual(findings, []);
});

test("a value that its field cannot take is told with the flag", () => {
  assert.deepEqual(
    said("--sync_namespace=Admiral_Sync").map((one) => one.slice(0, 50)),
    ["FL825 error --sync_namespace: syncNamespace: a low"],
  );
  assert.deepEqual(
    said("--se_ip_prefix=240").map((one) => one.slice(0, 45)),
    ["FL825 error --se_ip_prefix: addresses.ranges["],
  );
  assert.deepEqual(said("--enable_vs_routing"), [
    "FL822 error --enable_vs_routing: routing.ingress: routes in a gateway need `gateways`",
  ]);
});

test("what relies on a store or a registry of its own is told what replaces it", () => {
  const [finding] = readCompatFlags(["--admiral_state_checker_name=dynamodbbasedstatechecker"]).findings;
  assert.deepEqual([finding!.code, finding!.severity], ["FL827", "warning"]);
  assert.match(finding!.hint!, /Lease/);
  assert.deepEqual(
    readCompatFlags(["--admiral_state_checker_name=NoOPStateChecker", "--enable_dynamic_config=false"]).findings.map(
      ({ code }) => code,
    ),
    ["FL826", "FL826"],
  );
  assert.deepEqual(
    readCompatFlags(["--enable_dynamic_config", "--admiral_operator_mode"]).findings.map(({ code }) => code),
    ["FL827", "FL827"],
  );
});

test("a flag that has no effect is said to have none, and nothing more", () => {
  assert.deepEqual(said("--subset_label=x", "--subset_label=y"), [
    "FL826 info --subset_label has no effect: The predecessor accepts it and does not read it.",
  ]);
});
