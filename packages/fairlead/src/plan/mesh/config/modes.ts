import { equal, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { presetOf } from "./settings-of.ts";
import { specOf } from "./spec-of.ts";

/** One field of a MeshConfig whose default depends on the mode. */
export interface ModeDifference {
  /** Such as `workloads.ports`. */
  readonly field: string;
  /** Undefined where the field does not count in this mode, because what it belongs to is off. */
  readonly ours: JsonValue | undefined;
  readonly theirs: JsonValue | undefined;
}

/** What differs between default mode and `compat: admiral`, read off the two presets; in the order of the kind. */
export function modeDifferences(): readonly ModeDifference[] {
  const [ours, theirs] = ([undefined, "admiral"] as const).map((compat) => {
    const { settings, registry } = presetOf(compat);
    const { compat: _, ...spec } = specOf(settings, registry);
    return spec as unknown as JsonObject;
  });
  return differences(ours, theirs, "");
}

function differences(ours: JsonValue | undefined, theirs: JsonValue | undefined, field: string): ModeDifference[] {
  if (!isObject(ours) && !isObject(theirs)) {
    const same = ours === undefined ? theirs === undefined : theirs !== undefined && equal(ours, theirs);
    return same ? [] : [{ field, ours, theirs }];
  }
  const [a, b] = [isObject(ours) ? ours : {}, isObject(theirs) ? theirs : {}];
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])];
  return keys.flatMap((key) => differences(a[key], b[key], field === "" ? key : `${field}.${key}`));
}

/** Fields that only follow another one: what belongs to a switch that is off in one of the modes. */
const following: { readonly [field: string]: string } = {
  "exportTo.identities": "exportTo.enabled",
  "exportTo.maxNamespaces": "exportTo.enabled",
  "sidecars.name": "sidecars.enabled",
  "filters.clusters": "filters.enabled",
  "routing.inCluster.include": "routing.inCluster.enabled",
  "routing.inCluster.exclude": "routing.inCluster.enabled",
  "routing.inCluster.mergeCreatedBy": "routing.inCluster.enabled",
};

/** What the difference is to somebody who runs a mesh: one sentence each. */
export const modeSentences: { readonly [field: string]: string } = {
  syncNamespace: "Generated objects live in another namespace, so that both can run beside one another.",
  marks: "In default mode each object says which identity owns it; in compat mode it says what the predecessor says.",
  "names.clusterSet":
    "By default a Service that clusters export has the name of the Multi-Cluster Services API in all of them; the predecessor does not read exports.",
  "workloads.envFromNamespace":
    "In compat mode the namespace `west-prd` is the environment `prd` of workloads that name none; by default theirs is `default`.",
  "workloads.identityOnServices":
    "By default a label of the Service names the identity where the pod template has none.",
  "workloads.withoutIdentity":
    "By default a workload without identity is `default` and matches policies of its namespace that name none; in compat mode it has no name.",
  "workloads.injection":
    "By default a workload is in the mesh if Istio's injector puts it there (labels of namespaces and pods, revisions, ambient); in compat mode only if its pod template has the annotation.",
  "workloads.sources":
    "By default StatefulSets, DaemonSets, virtual machines and external services have names as well.",
  "workloads.clientClusters":
    "By default Jobs and Numaflow's Vertices count as clients everywhere; in compat mode where flags name the cluster.",
  "workloads.ports":
    "By default every port has its own number and protocol; in compat mode one port is served as port 80, as HTTP or gRPC.",
  "workloads.serviceMatch":
    "By default every Service that selects the pods belongs to a workload; in compat mode the oldest whose selector is part of the workload's own.",
  "workloads.regionRequired": "In compat mode a cluster whose nodes name no region is left out.",
  "workloads.regionLabels": "In compat mode the label that Kubernetes has deprecated is read first.",
  "workloads.zoneLabels": "By default endpoints say their zone where a cluster has one.",
  "policies.withoutEnv":
    "By default a policy that names no environment is for every one; in compat mode it is for `default`.",
  "policies.reach":
    "In compat mode a policy must be in the same cluster as a workload of its namespace; by default it counts wherever it lies in a namespace of the workloads.",
  "policies.order":
    "By default OutlierDetections and ClientConnectionConfigs are chosen by priority as traffic policies are; in compat mode the newest counts.",
  "dependencies.namespace": "By default Dependencies are read wherever they lie in the home cluster.",
  "dependencies.without":
    "By default an identity that no Dependency mentions is known everywhere; in compat mode only where it runs.",
  "dependencies.wildcards":
    "By default `*` in a Dependency is everybody; in compat mode it is an identity of this name.",
  "dependencies.identityLabels":
    "By default each Dependency says by which label its identities are found; the predecessor ignores it.",
  "dependencies.gatewayIdentities": "In compat mode the predecessor's own gateway stands at the edge.",
  "exportTo.enabled": "By default generated objects are visible in the namespaces of clients; in compat mode to all.",
  "exportTo.withoutClients":
    "By default a name whose clients run nowhere is seen by the namespaces that serve it; in compat mode by everybody in their clusters.",
  "sidecars.enabled": "By default existing Sidecars are kept up to date with what their workloads may call.",
  "gateways.selectors": "By default Istio's own east-west gateway is found first.",
  "addresses.allocation":
    "By default a host's address follows from its name, and a free one is used again after a while; in compat mode they are counted up and never freed.",
  "addresses.store": "The ConfigMap of addresses has another name; moving to default mode takes the addresses over.",
  "addresses.shards": "By default addresses are spread over several ConfigMaps, which do not fill up.",
  "addresses.quarantine": "By default an address that is free again is given to nobody for a day.",
  "traffic.connectTimeout":
    "By default a region that swallows packets is found dead within two seconds; in compat mode Istio's ten seconds hold.",
  "traffic.outlierDetection.baseEjectionTime": "By default an endpoint that fails comes back sooner.",
  "traffic.outlierDetection.consecutiveGatewayErrors": "By default an endpoint is taken out after fewer errors.",
  "traffic.outlierDetection.interval":
    "By default endpoints are judged more often, so that a region that dies loses its share at once.",
  "traffic.outlierDetection.singleEndpoint":
    "In compat mode a service with one endpoint keeps the predecessor's outlier detection, which can take out the only endpoint.",
  "traffic.failover":
    "By default weights and failover work together, and weight 0 is a standby; in compat mode a region of weight 0 gets nothing, and a dead region keeps its share.",
  "traffic.preferLocal":
    "By default clients of a service without policy stay in their region while it can serve; in compat mode they use all regions alike.",
  "traffic.subjectNames.from":
    "By default clients check that servers show the names of the service accounts they run as; in compat mode they take any.",
  "traffic.clientConnections": "By default ClientConnectionConfigs count; in compat mode a flag turns them on.",
  "traffic.connectionFields":
    "By default every field of a ClientConnectionConfig counts; the predecessor reads four of them.",
  "traffic.slowStart": "By default slow starts of TrafficConfigs count; in compat mode a flag turns them on.",
  "routing.inCluster.enabled":
    "In compat mode each identity has routes for its own cluster that nobody sees until a flag names it, as the predecessor writes them.",
  "routing.rulesPlugin": "By default a RoutingPolicy can route by path and header.",
  "routing.previewPrefixes":
    "In compat mode prefixes of policies have no routes in front of a preview's name, as the predecessor leaves them out.",
  "filters.enabled":
    "By default RoutingPolicies become EnvoyFilters in every cluster; in compat mode a flag turns them on.",
  "filters.proxyVersions": "By default one filter is written for all proxies; in compat mode one for each version.",
  "filters.clientLabel": "In compat mode clients' pods are selected by the label of the predecessor's makers.",
  "copies.ruleNames":
    "By default the copy of a DestinationRule has its namespace in its name, so that two of one name do not overwrite each other.",
  "copies.withoutDependents": "In compat mode routing objects that nobody depends on are copied to every cluster.",
  "copies.ignoredMetadata": "In compat mode the labels and annotations of Argo CD are left out of copies.",
  "registry.secretNamespace": "The Secrets of the clusters lie in another namespace of the home cluster.",
};

/** The rows of the reference: every difference that is one of its own, with its sentence. A test misses none. */
export function modeRows(): readonly (ModeDifference & { readonly sentence: string })[] {
  return modeDifferences()
    .filter(({ field }) => !Object.hasOwn(following, field))
    .map((difference) => ({ ...difference, sentence: modeSentences[difference.field] ?? "" }));
}

/** The fields of the table above that no difference needs any more; empty unless a preset has changed. */
export function needlessSentences(): readonly string[] {
  const needed = new Set(modeDifferences().map(({ field }) => field));
  return [...Object.keys(modeSentences), ...Object.keys(following)].filter((field) => !needed.has(field));
}
