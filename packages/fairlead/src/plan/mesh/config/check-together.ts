import type { FieldPath } from "@fairlead/apimachinery";
import type { Severity } from "@fairlead/krm";
import type { MeshConfigSpec } from "../../../kinds/mesh-config.ts";
import type { MeshConfiguration } from "./settings-of.ts";

export interface TogetherProblem {
  readonly path: FieldPath;
  readonly severity: Severity;
  readonly message: string;
  readonly hint: string;
}

/** What values of a MeshConfig say together that cannot be, and what is said in vain. */
export function togetherProblems(spec: MeshConfigSpec, { settings }: MeshConfiguration): TogetherProblem[] {
  return [...addressProblems(spec, { settings }), ...otherProblems(spec, { settings }), ...inVain(spec, { settings })];
}

type Read = Pick<MeshConfiguration, "settings">;

const error = (path: FieldPath, message: string, hint: string): TogetherProblem => ({
  path,
  severity: "error",
  message,
  hint,
});

function addressProblems(spec: MeshConfigSpec, { settings: { addresses } }: Read): TogetherProblem[] {
  const problems: TogetherProblem[] = [];
  const path = ["addresses", "ranges"];
  const sixes = addresses.ranges.filter((range) => range.includes(":")).length;
  if (sixes > 1 || addresses.ranges.length - sixes > 1) {
    problems.push(error(path, "two ranges are of one address family", "write one IPv4 range, one IPv6 range, or both"));
  }
  if (addresses.kind === "pool" && addresses.allocation === "counter") {
    const [only, ...others] = addresses.ranges;
    if (others.length > 0 || !only!.endsWith("/16") || sixes > 0) {
      problems.push(
        error(path, "allocation: counter counts within one IPv4 range of 16 bits", "write one such as 240.0.0.0/16"),
      );
    }
    if (addresses.shards !== 1) {
      const hint = spec.addresses?.shards === undefined ? "write shards: 1" : "write 1, or allocation: hash";
      problems.push(error(["addresses", "shards"], "allocation: counter keeps one store", hint));
    }
  }
  return problems;
}

function otherProblems(spec: MeshConfigSpec, { settings }: Read): TogetherProblem[] {
  const problems: TogetherProblem[] = [];
  const { mode, discovery, routing, traffic, output } = settings;
  const both = discovery.sourceKinds.filter((kind) => discovery.clientKinds.includes(kind));
  if (both.length > 0) {
    const hint = "what is a source calls others as well: take it out of clients";
    problems.push(error(["workloads", "clients"], `${both.join(", ")}: sources and clients name it`, hint));
  }
  if (routing.ingress !== undefined && routing.ingress.gateways.length === 0) {
    const hint = "name the Gateways in the mode PASSTHROUGH, as NAMESPACE/NAME";
    problems.push(error(["routing", "ingress"], "routes in a gateway need `gateways`", hint));
  }
  if (mode !== "admiral" && traffic.subjectNames.kind === "prefix" && traffic.subjectNames.prefix === "") {
    const hint = "write the trust domain, such as mesh.example, or from: serviceAccounts";
    problems.push(error(["traffic", "subjectNames"], "from: prefix needs a `prefix`", hint));
  }
  if (mode === "admiral" && output === "ambient") {
    const hint = "leave compat out once the predecessor is gone, then write output: ambient";
    problems.push(error(["output"], "the predecessor knows no ambient meshes", hint));
  }
  if (spec.output === "ambient" && spec.filters?.enabled === true) {
    const hint = "leave `filters` out: waypoints take no EnvoyFilters";
    problems.push(error(["filters", "enabled"], "there are no EnvoyFilters in an ambient mesh", hint));
  }
  return problems;
}

/** Fields that count only where something else is on. */
function inVain(spec: MeshConfigSpec, { settings }: Read): TogetherProblem[] {
  const { scope, filters, routing, traffic, addresses, names } = settings;
  const groups: readonly (readonly [off: boolean, path: readonly string[], fields: readonly string[], why: string])[] =
    [
      [scope.exportTo === undefined, ["exportTo"], ["identities", "maxNamespaces"], "exportTo is not enabled"],
      [scope.sidecars === undefined, ["sidecars"], ["name"], "sidecars are not enabled"],
      [filters.clusters === undefined, ["filters"], ["clusters"], "filters are not enabled"],
      [
        routing.ingress === undefined,
        ["routing", "ingress"],
        ["gateways", "exportTo", "disabledClusters", "slowStartClusters", "loadBalancer"],
        "routing.ingress is not enabled",
      ],
      [
        routing.inCluster === undefined,
        ["routing", "inCluster"],
        ["include", "exclude", "mergeCreatedBy"],
        "routing.inCluster is not enabled",
      ],
      [traffic.subjectNames.kind !== "prefix", ["traffic", "subjectNames"], ["prefix"], "`from` is not prefix"],
      [
        addresses.kind === "istio" || addresses.kind === "none",
        ["addresses"],
        ["ranges", "allocation", "store", "shards", "quarantine"],
        `addresses come from source: ${addresses.kind}`,
      ],
      [
        names.additional.labels.length === 0,
        ["names"],
        ["additionalSuffixes"],
        "additionalSuffixLabels names no workload",
      ],
      [
        names.additional.suffixes.length === 0,
        ["names"],
        ["additionalSuffixLabels"],
        "there are no additionalSuffixes",
      ],
    ];
  return groups.flatMap(([off, path, fields, why]) =>
    fields
      .filter((field) => off && isSaid(spec, [...path, field]))
      .map((field) => ({
        path: [...path, field],
        severity: "warning",
        message: `${field} has no effect: ${why}`,
        hint: "remove it, or turn on what it belongs to",
      })),
  );
}

/** Something other than the empty value, with which one says that there is nothing. */
function isSaid(spec: MeshConfigSpec, path: readonly string[]): boolean {
  let value: unknown = spec;
  for (const step of path) value = (value as { readonly [key: string]: unknown } | undefined)?.[step];
  return value !== undefined && value !== "" && !(Array.isArray(value) && value.length === 0);
}
