import { groupOf, type KrmObject } from "@fairlead/krm";
import { admiralGroup } from "../../../kinds/admiral/admiral-kind.ts";
import { apiVersion as ownApiVersion, group as ownGroup } from "../../../kinds/group.ts";
import type { MeshSettings } from "../model/settings.ts";
import { meshKinds, type MeshKind } from "../observe/mesh-kinds.ts";
import { admiralRegistry, defaultRegistry, type RegistrySettings } from "./registry-settings.ts";
import { resourceOf } from "../../shared/resource-of.ts";
import {
  accountObject,
  clusterRole,
  definitionRules,
  plainNamespace,
  readRules,
  readVerbs,
  role,
  ruleOf,
  unique,
  type Account,
  type Rule,
} from "../../shared/rights.ts";

/** What the account and its Secret are called in a cluster of the mesh. */
export const remoteAccount = "fairlead-mesh";
export const remoteToken = "fairlead-mesh-token";
/** What the controller's own account is called in the home cluster. */
export const homeAccount = "fairlead-mesh-controller";

const read = readVerbs;
const write = ["create", "delete", "patch", "update"];
const labels = { "app.kubernetes.io/name": remoteAccount };

/**
 * What a cluster of the mesh needs before it is registered: the sync namespace, an account with a token, and the rights
 * of the controller there. It reads what meshes are planned from, and writes where generated objects live; elsewhere
 * only what the settings turn on. In the order in which the objects are applied.
 */
export function remoteAccess(settings: MeshSettings): readonly KrmObject[] {
  const account = { name: remoteAccount, namespace: settings.scope.syncNamespace, labels };
  return [
    plainNamespace(account.namespace, labels),
    accountObject(account),
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
  const account = { name: homeAccount, namespace: registry.namespace, labels };
  const { syncNamespace, dependencyNamespace } = settings.scope;
  const home = meshKinds(settings).filter(({ where }) => where === "home");
  const statuses = ruleOf(admiralGroup, statusesOf(home), ["patch"]);
  const config = { apiVersion: ownApiVersion, kind: "MeshConfig", optional: true };
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
    ...unique([registry.namespace, syncNamespace]).map((name) => plainNamespace(name, labels)),
    accountObject(account),
    ...role(`${homeAccount}-registry`, registry.namespace, here, account),
    ...role(`${homeAccount}-addresses`, syncNamespace, [stores], account),
    ...(dependencyNamespace === undefined
      ? clusterRole(`${homeAccount}-dependencies`, [...ofDependencies, eventRule], account)
      : role(`${homeAccount}-dependencies`, dependencyNamespace, [...ofDependencies, eventRule], account)),
    ...clusterRole(`${homeAccount}-definitions`, definitionRules([config, ...home]), account),
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
    ...definitionRules(kinds),
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

/** What is written beside the gateways. */
function gatewayRules(settings: MeshSettings): Rule[] {
  const { routing, filters, output, writing } = settings;
  const routes = routing.ingress !== undefined || routing.inCluster !== undefined;
  const istio = [
    // Gateways have rules of their own where several clusters serve a name.
    ...(routes || writing.marks === "fairlead" ? ["destinationrules"] : []),
    ...(routes ? ["virtualservices"] : []),
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

function statusesOf(kinds: readonly MeshKind[]): string[] {
  return kinds
    .filter(({ apiVersion }) => groupOf(apiVersion) === admiralGroup)
    .map(({ kind }) => `${resourceOf(kind)}/status`);
}
