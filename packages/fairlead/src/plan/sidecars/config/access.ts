import type { KrmObject } from "@fairlead/krm";
import { apiVersion as ownApiVersion, group as ownGroup } from "../../../kinds/group.ts";
import {
  accountObject,
  clusterRole,
  definitionRules,
  plainNamespace,
  readRules,
  role,
  ruleOf,
  watchVerbs,
  type Account,
  type Rule,
} from "../../shared/rights.ts";
import type { SidecarSettings } from "../model/settings.ts";
import { sidecarKinds } from "../observe/sidecar-kinds.ts";

/** What the account and everything else of the controller is called. */
export const sidecarsAccount = "fairlead-sidecars";
/** Where it lives unless told. */
export const sidecarsNamespace = "fairlead-sidecars";
const labels = { "app.kubernetes.io/name": sidecarsAccount, "app.kubernetes.io/part-of": "fairlead" };

/** The rights of the controller, by what they are for. */
export interface SidecarRules {
  /** In all namespaces: what is planned from, and Events about workloads. */
  readonly always: readonly Rule[];
  /** In its own cluster: whether there are policies, which need not be installed. */
  readonly policies: readonly Rule[];
  /** In all namespaces, unless nothing is to be restarted. */
  readonly restart: readonly Rule[];
  /** In all namespaces, where pods are evicted. */
  readonly evict: readonly Rule[];
  /** In all namespaces, where the API server is asked what would be injected. */
  readonly ask: readonly Rule[];
  /** In each namespace with a control plane. */
  readonly istio: readonly Rule[];
  /** In its own namespace: journal, Lease, policy. */
  readonly own: readonly Rule[];
  /** Where the Secrets lie that register clusters, if it is to look after those. */
  readonly registry: readonly Rule[];
}

export function sidecarRules(settings: SidecarSettings): SidecarRules {
  const kinds = sidecarKinds({ select: { ...settings.select, istioNamespaces: ["istio-system"] } });
  return {
    always: [
      ...readRules(
        kinds.filter(({ namespace }) => namespace === undefined),
        watchVerbs,
      ),
      ...definitionRules(kinds),
      ruleOf("events.k8s.io", ["events"], ["create", "patch"]),
    ],
    policies: definitionRules([{ apiVersion: ownApiVersion, kind: "SidecarPolicy", optional: true }]),
    // Read again where somebody else has written meanwhile.
    restart: [
      ruleOf("apps", ["daemonsets", "deployments", "statefulsets"], ["get", "patch"]),
      ruleOf("argoproj.io", ["rollouts"], ["get", "patch"]),
    ],
    evict: [ruleOf("", ["pods/eviction"], ["create"])],
    ask: [ruleOf("", ["pods"], ["create"])],
    istio: readRules(
      kinds.filter(({ namespace }) => namespace !== undefined),
      watchVerbs,
    ),
    own: [
      ruleOf("", ["configmaps"], ["get", ...watchVerbs, "create", "patch"]),
      ruleOf("coordination.k8s.io", ["leases"], ["create", "get", "update"]),
      ruleOf(ownGroup, ["sidecarpolicies"], watchVerbs),
      ruleOf(ownGroup, ["sidecarpolicies/status"], ["patch"]),
    ],
    registry: [ruleOf("", ["secrets"], watchVerbs)],
  };
}

/**
 * Everything that lets the controller in, in the order in which it is applied: the least that the settings need.
 * Evictions and questions by dry run are allowed only where they are asked for.
 */
export function sidecarAccess(settings: SidecarSettings, namespace = sidecarsNamespace): readonly KrmObject[] {
  const account: Account = { name: sidecarsAccount, namespace, labels };
  const { policies, own } = sidecarRules(settings);
  return [
    plainNamespace(namespace, labels),
    accountObject(account),
    ...sidecarRoles(settings, sidecarsAccount, account, policies),
    ...role(`${sidecarsAccount}-own`, namespace, [...own], account),
  ];
}

/**
 * The rights of an account in a cluster whose proxies it keeps current, under a name of their own: what the controller
 * may do in its own cluster, without journal, Lease and policy, which only that one holds. `more`: in all namespaces.
 */
export function sidecarRoles(
  settings: SidecarSettings,
  name: string,
  account: Account,
  more: readonly Rule[] = [],
): readonly KrmObject[] {
  const { always, restart, evict, ask, istio } = sidecarRules(settings);
  const { dryRun, mode, unknownOwners } = settings.restart;
  const evicts = mode === "evict" || unknownOwners === "evict";
  const everywhere = [
    ...always,
    ...more,
    ...(dryRun ? [] : restart),
    ...(evicts && !dryRun ? evict : []),
    ...(settings.oracle.ask === "dry-run" ? ask : []),
  ];
  return [
    ...clusterRole(name, everywhere, account),
    ...settings.select.istioNamespaces.flatMap((namespace) => role(name, namespace, [...istio], account)),
  ];
}
