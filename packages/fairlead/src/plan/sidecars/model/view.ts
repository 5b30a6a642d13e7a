import type {
  ControllerRef,
  NamespaceFact,
  OwnerFact,
  PodFact,
  SidecarFact,
  WorkloadFact,
  BudgetFact,
  HooksFact,
  ConfigFact,
  ControlPlaneFact,
  ProxyConfigFact,
  NodeFact,
} from "./facts.ts";
import type { Decision, WorkloadKey } from "./decision.ts";
import type { Answers, Doubt, Question } from "./question.ts";
import type { SidecarSettings } from "./settings.ts";

/**
 * Everything that is known of all clusters at one moment: immutable, and sharing its parts with the snapshot before it.
 */
export interface SidecarView {
  readonly settings: SidecarSettings;
  readonly clusters: readonly ClusterView[];
  cluster(name: string): ClusterView | undefined;
  /** Everything that makes pods, and pods that nothing makes, sorted. */
  keys(): Iterable<WorkloadKey>;
  workload(key: WorkloadKey): WorkloadFact | undefined;
  /** Pods of a workload that are neither finished nor on their way out, sorted by name. */
  pods(key: WorkloadKey): readonly PodFact[];
  /** Whether a key is the end of its chain, as far as that is known; what is not has no decision of its own. */
  isTop(key: WorkloadKey): boolean;
  /** Links between a workload, or something unknown, and its pods: ReplicaSets, Jobs. Sorted. */
  makers(key: WorkloadKey): readonly (WorkloadFact | OwnerFact)[];
  namespace(cluster: string, name: string): NamespaceFact | undefined;
  /** Sorted by name. */
  namespaces(cluster: string): readonly NamespaceFact[];
  /** In the order in which the API server calls them: by name. */
  hooks(cluster: string): readonly HooksFact[];
  configs(cluster: string): readonly ConfigFact[];
  controlPlanes(cluster: string): readonly ControlPlaneFact[];
  proxyConfigs(cluster: string, namespace: string): readonly ProxyConfigFact[];
  budgets(cluster: string, namespace: string): readonly BudgetFact[];
  node(cluster: string, name: string): NodeFact | undefined;
  /** What the top of a chain of controllers is; undefined: a link of it is not known (yet). */
  top(cluster: string, namespace: string, controller: ControllerRef): WorkloadKey | undefined;
  /** The view after changes, and the workloads whose decision may be another. */
  with(changes: readonly SidecarChange[]): { readonly view: SidecarView; readonly keys: readonly WorkloadKey[] };
}

export interface ClusterView {
  readonly name: string;
  readonly region: string;
  /** Nothing is restarted in a cluster that is not `current`. */
  readonly state: "current" | "stale" | "unread" | "paused";
}

export type SidecarChange =
  | { readonly kind: "set"; readonly fact: SidecarFact }
  | { readonly kind: "removed"; readonly fact: SidecarFact }
  | { readonly kind: "cluster"; readonly cluster: ClusterView }
  | { readonly kind: "cluster-removed"; readonly name: string };

/**
 * Says what is so with a workload, from a view and the answers of injectors; undefined: there is no such workload. Pure.
 * `needs`: questions without an answer that can be asked now. `doubts`: see Doubt.
 */
export type Decide = (view: SidecarView, key: WorkloadKey, answers: Answers) => Decided;

export interface Decided {
  readonly decision: Decision | undefined;
  readonly needs: readonly Question[];
  readonly doubts: readonly Doubt[];
}
