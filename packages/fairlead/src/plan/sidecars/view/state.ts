import { emptyPersistentMap, type PersistentMap } from "@fairlead/apimachinery";
import type {
  BudgetFact,
  ConfigFact,
  ControlPlaneFact,
  HooksFact,
  NamespaceFact,
  NodeFact,
  OwnerFact,
  PodFact,
  ProxyConfigFact,
  WorkloadFact,
} from "../model/facts.ts";
import type { ClusterView } from "../model/view.ts";

/** What makes pods, or lies between: `KIND.GROUP/NAME` names it within its namespace. */
export type Maker = WorkloadFact | OwnerFact;

/** Immutable, as everything here. Maps are small, or persistent. */
export interface NamespaceState {
  readonly fact: NamespaceFact | undefined;
  /** By `KIND.GROUP/NAME`. */
  readonly makers: PersistentMap<Maker>;
  /** Makers by their controller. */
  readonly made: PersistentMap<PersistentMap<Maker>>;
  /** By name. */
  readonly pods: PersistentMap<PodFact>;
  /** Pods by name, by their controller; those without one under `Pod/NAME`. */
  readonly files: PersistentMap<PersistentMap<PodFact>>;
  /** Rollouts that use a Deployment's template, by its name. */
  readonly borrowers: PersistentMap<readonly string[]>;
  readonly budgets: readonly BudgetFact[];
  readonly proxyConfigs: readonly ProxyConfigFact[];
}

export interface ClusterState {
  readonly view: ClusterView | undefined;
  readonly namespaces: PersistentMap<NamespaceState>;
  /** Sorted by name (and namespace). */
  readonly hooks: readonly HooksFact[];
  readonly configs: readonly ConfigFact[];
  readonly controlPlanes: readonly ControlPlaneFact[];
  readonly nodes: PersistentMap<NodeFact>;
}

export type ViewState = ReadonlyMap<string, ClusterState>;

export const emptyNamespace: NamespaceState = {
  fact: undefined,
  makers: emptyPersistentMap(),
  made: emptyPersistentMap(),
  pods: emptyPersistentMap(),
  files: emptyPersistentMap(),
  borrowers: emptyPersistentMap(),
  budgets: [],
  proxyConfigs: [],
};

export const emptyCluster: ClusterState = {
  view: undefined,
  namespaces: emptyPersistentMap(),
  hooks: [],
  configs: [],
  controlPlanes: [],
  nodes: emptyPersistentMap(),
};

export function isEmptyNamespace(state: NamespaceState): boolean {
  const { fact, makers, pods, budgets, proxyConfigs } = state;
  return (
    fact === undefined && makers.size === 0 && pods.size === 0 && budgets.length === 0 && proxyConfigs.length === 0
  );
}
