import { compareText, get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { shortHash, type Finding, type KrmObject } from "@fairlead/krm";
import { fields } from "../../shared/fields.ts";
import { meshFinding } from "../findings.ts";
import type { PolicyFact, WrittenFact } from "../model/facts.ts";
import type { PolicyReport } from "../model/plan.ts";
import { filterClients, type FilterClient } from "./filter-clients.ts";
import { networkingAlpha, objectOf } from "./mark.ts";
import { sortedSet, type IdentityInput, type Output, type Placed } from "./output.ts";
import { pluginOf, policyRef } from "./rules/rules-of.ts";

const nameAnnotation = "associated-routing-policy-name";
const identityAnnotation = "associated-routing-policy-identity";

/** Where the predecessor finds the code, whatever `wasmPath` says. */
const predecessorCode = "/etc/istio/extensions/dynamicrouter.wasm";

/**
 * RoutingPolicies as filters of their clients' proxies: one for each client, and for each proxy version if any are
 * named. https://istio.io/latest/docs/reference/config/networking/envoy-filter/
 */
export function envoyFilters(input: IdentityInput): Output {
  const { fleet, intent } = input;
  const { filters, output, routing } = fleet.settings;
  const policies = (fleet.identity(intent.identity)?.policies("RoutingPolicy") ?? []).filter(
    (policy) => !policy.ignored && (routing.rulesPlugin === undefined || pluginOf(policy) !== routing.rulesPlugin),
  );
  const none = output === "ambient" ? "waypoints have no filters of RoutingPolicies" : "filters are turned off";
  if (filters.clusters === undefined || output === "ambient")
    return { reports: policies.map((policy) => reportOf(policy, "Unsupported", none, [])) };
  const objects: Placed[] = [];
  const findings: Finding[] = [];
  const reports: PolicyReport[] = [];
  const versions = filters.proxyVersions.length === 0 ? [undefined] : filters.proxyVersions;
  for (const policy of policies) {
    const problem = problemOf(policy, input);
    const written: string[] = [];
    if (problem !== undefined) findings.push(meshFinding("FL817", { message: problem, object: policyRef(policy) }));
    for (const client of problem === undefined ? filterClients(input) : []) {
      if (!isChosen(policy, policies, client.cluster)) continue;
      written.push(client.cluster);
      for (const version of versions)
        objects.push({ cluster: client.cluster, object: filterOf(input, policy, client, version) });
    }
    const clusters = sortedSet(written);
    if (problem !== undefined) reports.push(reportOf(policy, "Invalid", problem, []));
    else if (clusters.length > 0) reports.push(reportOf(policy, "Applied", "filters are written", clusters));
    else reports.push(reportOf(policy, "NoClients", "no client of the identity runs where filters are written", []));
  }
  return { objects, findings, reports };
}

/** Policies of one name in several clusters are one: a cluster's own counts there, elsewhere the oldest. */
function isChosen(policy: PolicyFact, policies: readonly PolicyFact[], cluster: string): boolean {
  const twins = policies
    .filter(({ namespace, name, env }) => namespace === policy.namespace && name === policy.name && env === policy.env)
    .sort((a, b) => compareText(a.createdAt, b.createdAt) || compareText(a.cluster, b.cluster));
  return policy === (twins.find((twin) => twin.cluster === cluster) ?? twins[0]);
}

function problemOf(policy: PolicyFact, { fleet }: IdentityInput): string | undefined {
  if (fleet.settings.writing.marks === "predecessor") return undefined;
  if (pluginOf(policy) === "") return "spec.plugin is empty";
  if (textOf(get(policy.spec["config"], "wasmPath")) === "") return "spec.config.wasmPath names no file";
  return undefined;
}

function filterOf(
  { fleet, key }: IdentityInput,
  policy: PolicyFact,
  client: FilterClient,
  version: string | undefined,
): KrmObject {
  const { settings } = fleet;
  const identity = policy.labels[settings.discovery.policyIdentityKey] ?? policy.identity ?? "";
  const twin = fleet.written(key).find((fact) => isTwin(fact, policy, identity, client, version));
  const name = twin?.name ?? nameOf(policy, identity, client, version);
  const configuration = configurationOf(policy, settings.filters.additionalConfig, twin?.object);
  const typedConfig: JsonObject = {
    "@type": "type.googleapis.com/udpa.type.v1.TypedStruct",
    type_url: "type.googleapis.com/envoy.extensions.filters.http.wasm.v3.Wasm",
    value: {
      config: {
        configuration: { "@type": "type.googleapis.com/google.protobuf.StringValue", value: configuration },
        vm_config: {
          runtime: "envoy.wasm.runtime.v8",
          vm_id: name,
          code: { local: { filename: codeOf(policy, settings.writing.marks === "predecessor") } },
        },
      },
    },
  };
  const router = {
    name: "envoy.filters.network.http_connection_manager",
    subFilter: { name: "envoy.filters.http.router" },
  };
  const match = fields({
    context: "SIDECAR_OUTBOUND",
    proxy: version === undefined ? undefined : { proxyVersion: `^${version.replaceAll(".", "\\.")}.*` },
    listener: { filterChain: { filter: router } },
  });
  const patch = { operation: "INSERT_BEFORE", value: { name: "dynamicRoutingFilterPatch", typed_config: typedConfig } };
  const description = {
    apiVersion: networkingAlpha,
    kind: "EnvoyFilter",
    name,
    namespace: settings.gateways.namespace,
    annotations: { [nameAnnotation]: policy.name, [identityAnnotation]: identity },
    unmarked: true,
  };
  const spec = fields({
    workloadSelector: client.labels === undefined ? undefined : { labels: { ...client.labels } },
    configPatches: [{ applyTo: "HTTP_FILTER", match, patch }],
  });
  return objectOf(settings, description, spec);
}

/**
 * The filter that is already written for the same policy, client and version: the predecessor's names are hashes of
 * Go's own encoding, so a filter is known by what it says.
 */
function isTwin(
  fact: WrittenFact,
  policy: PolicyFact,
  identity: string,
  client: FilterClient,
  version: string | undefined,
): boolean {
  if (fact.kind !== "EnvoyFilter" || fact.cluster !== client.cluster) return false;
  if (!fact.name.startsWith(`${slug(pluginOf(policy))}-dr-`)) return false;
  if (version !== undefined && !fact.name.endsWith(`-${version}`)) return false;
  const annotations = get(fact.object["metadata"], "annotations");
  if (get(annotations, nameAnnotation) !== policy.name || get(annotations, identityAnnotation) !== identity)
    return false;
  const labels = get(get(fact.object["spec"], "workloadSelector"), "labels");
  const wanted = client.labels ?? {};
  const found = isObject(labels) ? labels : {};
  return (
    Object.keys(found).length === Object.keys(wanted).length &&
    Object.keys(wanted).every((label) => found[label] === wanted[label])
  );
}

function nameOf(policy: PolicyFact, identity: string, client: FilterClient, version: string | undefined): string {
  const of = shortHash([policy.namespace, policy.name, policy.env, identity], 20);
  const by = shortHash(client.labels === undefined ? [client.identity] : [client.identity, { ...client.labels }], 20);
  return [slug(pluginOf(policy)), "dr", of, by, ...(version === undefined ? [] : [version])].join("-");
}

/** Lines of the policy, sorted; as they stand in the filter if it has the same ones in another order. */
function configurationOf(policy: PolicyFact, additional: string, written: JsonObject | undefined): string {
  const config = policy.spec["config"];
  const entries = isObject(config) ? Object.keys(config).sort(compareText) : [];
  const hosts = policy.spec["hosts"];
  const lines = [
    ...entries.filter((entry) => entry !== "wasmPath").map((entry) => `${entry}: ${textOf(get(config, entry))}`),
    ...(additional === "" ? [] : [additional]),
    `hosts: ${Array.isArray(hosts) ? hosts.filter((host) => typeof host === "string").join(",") : ""}`,
    `plugin: ${pluginOf(policy)}`,
  ];
  const text = lines.join("\n");
  const patches = get(get(written, "spec"), "configPatches");
  const value = get(get(get(Array.isArray(patches) ? patches[0] : undefined, "patch"), "value"), "typed_config");
  const there = textOf(get(get(get(get(value, "value"), "config"), "configuration"), "value"));
  const sorted = (lined: string): string => lined.split("\n").sort(compareText).join("\n");
  return sorted(there) === sorted(text) ? there : text;
}

function codeOf(policy: PolicyFact, predecessor: boolean): string {
  const path = get(policy.spec["config"], "wasmPath");
  if (!predecessor) return textOf(path);
  return path === undefined ? "" : predecessorCode;
}

function slug(text: string): string {
  const safe = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9.-]+/g, "-")
    .replace(/^[^a-z0-9]+/, "");
  return safe === "" ? "filter" : safe.slice(0, 100);
}

function reportOf(policy: PolicyFact, reason: string, message: string, clusters: readonly string[]): PolicyReport {
  const { cluster, namespace, name, kind, generation } = policy;
  const hosts = policy.spec["hosts"];
  return {
    object: { cluster, namespace, name, kind },
    generation,
    accepted: reason === "Applied",
    reason,
    message,
    hosts: sortedSet(Array.isArray(hosts) ? hosts.filter((host) => typeof host === "string") : []),
    clusters,
  };
}
