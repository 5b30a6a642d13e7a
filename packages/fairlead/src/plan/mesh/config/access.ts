import { compareText, type JsonObject } from "@fairlead/apimachinery";
import { groupOf, type KrmObject } from "@fairlead/krm";
import { admiralGroup } from "../../../kinds/admiral/admiral-kind.ts";
import { group as ownGroup } from "../../../kinds/group.ts";
import type { MeshSettings } from "../model/settings.ts";
import { meshKinds, type MeshKind } from "../observe/mesh-kinds.ts";
import { admiralRegistry, defaultRegistry, type RegistrySettings } from "./registry-settings.ts";
import { resourceOf } from "./resource-of.ts";

/** What the account and its Secret are called in a cluster of the mesh. */
export const remoteAccount = "fairlead-mesh";
export const remoteToken = "fairlead-mesh-token";
/** What the controller's own account is called in the home cluster. */
export const homeAccount = "fairlead-mesh-controller";

const rbac = "rbac.authorization.k8s.io";
const read = ["get", "list", "watch"];
const write = ["create", "delete", "patch", "update"];
const labels = { "app.kubernetes.io/name": remoteAccount };

interface Rule extends JsonObject {
  apiGroups: string[];
  resources: string[];
  verbs: string[];
}

interface Account {
  readonly name: string;
  readonly namespace: string;
}

/**
 * What a cluster of the mesh needs before it is registered: the sync namespace, an account with a token, and the rights
 * of the controller there. It reads what meshes are planned from, and writes where generated objects live; elsewhere
 * only what the settings turn on. In the order in which the objects are applied.
 */
export function remoteAccess(settings: MeshSettings): readonly KrmObject[] {
  const account = { name: remoteAccount, namespace: settings.scope.syncNamespace };
  return [
    namespaceOf(account.namespace),
    accountOf(account),
    {
      apiVersion: "v1",
      kind: "Secret",
      metadata: {
        name: remoteToken,
        namespace: account.namespace,
        labels,
        annotations: { "kubernetes.io/service-account.name": account.name },
      },
      type: "kubernetes.io/service-account-token",
    },
    ...memberRoles(settings, account),
  ];
}

/**
 * What the home cluster needs: the namespaces, the controller's account, and its rights there. It reads the Secrets that
 * register clusters, the MeshConfig and the Dependencies, keeps virtual addresses, and agrees with other replicas by
 * Leases. If the home cluster is a member without a Secret, the account has the rights of a member as well.
 */
export function homeAccess(
  settings: MeshSettings,
  registry: RegistrySettings = settings.mode === "admiral" ? admiralRegistry : defaultRegistry,
): readonly KrmObject[] {
  const account = { name: homeAccount, namespace: registry.namespace };
  const { syncNamespace, dependencyNamespace } = settings.scope;
  const home = meshKinds(settings).filter(({ where }) => where === "home");
  const statuses = ruleOf(admiralGroup, statusesOf(home), ["patch"]);
  const ofDependencies = [...readRules(home), statuses];
  const here: Rule[] = [
    ruleOf("", ["secrets"], read),
    ruleOf(ownGroup, ["meshconfigs"], read),
    ruleOf(ownGroup, ["meshconfigs/status"], ["patch"]),
    // One for the leader, or one for each of several that share the work: whoever leaves takes its own along.
    ruleOf("coordination.k8s.io", ["leases"], ["create", "delete", "get", "list", "update"]),
  ];
  const stores = ruleOf("", ["configmaps"], [...read, "create", "update"]);
  return [
    ...unique([registry.namespace, syncNamespace]).map(namespaceOf),
    accountOf(account),
    ...role(`${homeAccount}-registry`, registry.namespace, here, account),
    ...role(`${homeAccount}-addresses`, syncNamespace, [stores], account),
    ...(dependencyNamespace === undefined
      ? clusterRole(`${homeAccount}-dependencies`, [...ofDependencies, eventRule], account)
      : role(`${homeAccount}-dependencies`, dependencyNamespace, [...ofDependencies, eventRule], account)),
    ...(registry.home === undefined ? [] : memberRoles(settings, account)),
  ];
}

const eventRule = ruleOf("events.k8s.io", ["events"], ["create", "patch"]);

/** The rights of the controller in a cluster of the mesh. */
function memberRoles(settings: MeshSettings, account: Account): KrmObject[] {
  const { names, scope, gateways } = settings;
  const kinds = meshKinds(settings).filter(({ where }) => where === "clusters");
  const everywhere: Rule[] = [
    ...readRules(kinds.filter(({ namespace }) => namespace === undefined)),
    ruleOf(admiralGroup, statusesOf(kinds), ["patch"]),
    ...(names.clusterSet === undefined ? [] : [ruleOf("multicluster.x-k8s.io", ["serviceexports/status"], ["patch"])]),
    eventRule,
    ...(scope.sidecars === undefined ? [] : [ruleOf("networking.istio.io", ["sidecars"], ["update"])]),
    // Who may call a workload stands beside it, in its own namespace.
    ...(scope.authorization ? [ruleOf("security.istio.io", ["authorizationpolicies"], write)] : []),
  ];
  const inNamespaces = unique(kinds.flatMap(({ namespace }) => namespace ?? []));
  return [
    ...clusterRole(account.name, everywhere, account),
    ...inNamespaces.flatMap((namespace) =>
      role(`${account.name}-read`, namespace, readRules(kinds.filter((kind) => kind.namespace === namespace)), account),
    ),
    ...role(`${account.name}-write`, scope.syncNamespace, syncRules(settings), account),
    ...(scope.syncNamespace === gateways.namespace
      ? []
      : role(`${account.name}-write`, gateways.namespace, gatewayRules(settings), account)),
  ];
}

/** What is written where generated objects live. */
function syncRules(settings: MeshSettings): Rule[] {
  const istio = ["serviceentries", "destinationrules", "virtualservices"];
  const rules = [ruleOf("networking.istio.io", istio, write)];
  if (settings.output === "ambient") rules.push(ruleOf("gateway.networking.k8s.io", ambientKinds(settings), write));
  return settings.scope.syncNamespace === settings.gateways.namespace ? [...rules, ...gatewayRules(settings)] : rules;
}

/** What is written beside the gateways: nothing, unless settings turn it on. */
function gatewayRules(settings: MeshSettings): Rule[] {
  const { routing, filters, output } = settings;
  const istio = [
    ...(routing.ingress !== undefined || routing.inCluster !== undefined
      ? ["destinationrules", "virtualservices"]
      : []),
    ...(filters.clusters === undefined ? [] : ["envoyfilters"]),
  ];
  return [
    ...(istio.length === 0 ? [] : [ruleOf("networking.istio.io", istio, write)]),
    ...(output === "ambient" ? [ruleOf("gateway.networking.k8s.io", ambientKinds(settings), write)] : []),
  ];
}

function ambientKinds(settings: MeshSettings): string[] {
  return meshKinds(settings)
    .filter(({ apiVersion, written }) => written && groupOf(apiVersion) === "gateway.networking.k8s.io")
    .map(({ kind }) => resourceOf(kind));
}

function readRules(kinds: readonly MeshKind[]): Rule[] {
  const byGroup = new Map<string, string[]>();
  for (const { apiVersion, kind } of kinds) {
    const of = groupOf(apiVersion);
    byGroup.set(of, [...(byGroup.get(of) ?? []), resourceOf(kind)]);
  }
  return [...byGroup].sort(([a], [b]) => compareText(a, b)).map(([of, resources]) => ruleOf(of, resources, read));
}

function statusesOf(kinds: readonly MeshKind[]): string[] {
  return kinds
    .filter(({ apiVersion }) => groupOf(apiVersion) === admiralGroup)
    .map(({ kind }) => `${resourceOf(kind)}/status`);
}

function ruleOf(of: string, resources: readonly string[], verbs: readonly string[]): Rule {
  return { apiGroups: [of], resources: unique(resources), verbs: unique(verbs) };
}

function namespaceOf(name: string): KrmObject {
  // Nothing runs there: what it holds is configuration.
  return {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels: { ...labels, "istio-injection": "disabled" } },
  };
}

function accountOf(account: Account): KrmObject {
  return { apiVersion: "v1", kind: "ServiceAccount", metadata: { ...account, labels } };
}

/** A Role and its binding; nothing where there is nothing to allow. */
function role(name: string, namespace: string, rules: Rule[], account: Account): KrmObject[] {
  if (rules.length === 0) return [];
  return pair("Role", "RoleBinding", { name, namespace, labels }, rules, account);
}

function clusterRole(name: string, rules: Rule[], account: Account): KrmObject[] {
  return pair("ClusterRole", "ClusterRoleBinding", { name, labels }, rules, account);
}

function pair(
  kind: string,
  binding: string,
  metadata: { name: string; namespace?: string; labels: { [key: string]: string } },
  rules: Rule[],
  account: Account,
): KrmObject[] {
  const apiVersion = `${rbac}/v1`;
  return [
    { apiVersion, kind, metadata, rules },
    {
      apiVersion,
      kind: binding,
      metadata,
      roleRef: { apiGroup: rbac, kind, name: metadata.name },
      subjects: [{ kind: "ServiceAccount", ...account }],
    },
  ];
}

function unique(list: readonly string[]): string[] {
  return [...new Set(list)].sort(compareText);
}
