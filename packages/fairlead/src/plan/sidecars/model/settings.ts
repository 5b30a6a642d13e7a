import type { ProxyField } from "./decision.ts";

/** Whose rules hold: ours, or those of the system that Fairlead takes over from. */
export type SidecarMode = "default" | "fortsa";

/** Every default filled in. Planners read nothing else of the configuration; times are in milliseconds. */
export interface SidecarSettings {
  readonly mode: SidecarMode;
  readonly select: SelectSettings;
  readonly compare: CompareSettings;
  readonly oracle: OracleSettings;
  readonly restart: RestartSettings;
  readonly budget: BudgetSettings;
  readonly waves: readonly Wave[];
  /** Regions in the order in which they go; those that are not named come after them, by name. */
  readonly regions: readonly string[];
  readonly windows: WindowSettings;
}

export interface SelectSettings {
  /** Namespaces in which nothing is ever restarted. */
  readonly skipNamespaces: readonly string[];
  /** Selectors of labels of namespaces and workloads, as kubectl writes them; empty: all. */
  readonly namespaceSelector: string;
  readonly workloadSelector: string;
  /** Only what says `sidecars.fairlead.dev/restart: "true"`, or lies in a namespace that does. */
  readonly optIn: boolean;
  /** Namespaces in which injectors' configuration is read, besides those that webhooks name. */
  readonly istioNamespaces: readonly string[];
  /** The label or annotation of pod templates that names a workload's identity in the mesh. */
  readonly identityKey: string;
}

export interface CompareSettings {
  /** What is done about a difference in a field. */
  readonly fields: { readonly [Field in ProxyField]: "restart" | "report" | "ignore" };
  /** How images are compared: whole; or by name and tag (or digest) alone, whatever the registry. */
  readonly registry: boolean;
  /** Variables of the proxy that are never compared: those that name the owner, and what other webhooks set. */
  readonly ignoredEnv: readonly string[];
}

export interface OracleSettings {
  /** Whom to ask: the injector's own endpoint, or the API server by a pod created with dryRun=All. `auto`: the first that answers, in this order. */
  readonly ask: "auto" | "injector" | "dry-run";
  /** How long an injector may take to serve a configuration that its ConfigMap does not tell apart by image. */
  readonly settleMs: number;
  /** How long the control plane may take to roll out before it is reported. */
  readonly patienceMs: number;
  readonly timeoutMs: number;
  readonly concurrency: number;
}

export interface RestartSettings {
  /** `annotate`: a new annotation on the pod template. `evict`: pods one by one, by the Eviction API. */
  readonly mode: "annotate" | "evict";
  /** What is done with pods of owners that nobody knows. */
  readonly unknownOwners: "report" | "evict";
  readonly dryRun: boolean;
  /** Between the end of a rollout and the next restart of the same workload. */
  readonly cooldownMs: number;
  /** Between the beginnings of two restarts. */
  readonly delayMs: number;
  /** How long a rollout may take before it counts as failed, and what cannot be restarted holds the next wave. */
  readonly deadlineMs: number;
  /**
   * Whether an order that annotations name counts between namespaces, too. If not, as by default, it orders what is in one
   * namespace, and namespaces take turns.
   */
  readonly trustOrder: boolean;
  /** How often everything is looked at again though nothing changed; 0: never. */
  readonly periodMs: number;
}

export interface BudgetSettings {
  /** Workloads that roll out at the same time; undefined: as many as there are. */
  readonly fleet: number | undefined;
  readonly cluster: number | undefined;
  readonly namespace: number | undefined;
  /** Workloads under way with outdated pods on one node, or in one zone. */
  readonly node: number | undefined;
  readonly zone: number | undefined;
  /** Pods that are unavailable or being replaced, in one cluster. */
  readonly pods: number | undefined;
  /** Failed workloads that pause everything. */
  readonly failures: number;
  /** Failed workloads of one namespace that hold this namespace; also the most that it adds to `failures`. */
  readonly namespaceFailures: number;
  /** Ahead of an annotation, too, a PodDisruptionBudget without a disruption left holds a workload. */
  readonly disruptionBudgets: boolean;
}

/** Workloads that go together; those of no wave are the last one. A wave starts when the one before it is done. */
export interface Wave {
  readonly name: string;
  readonly namespaces: readonly string[];
  readonly namespaceSelector: string;
  readonly selector: string;
  readonly clusters: readonly string[];
  /** Of those that it chooses, in the order of the plan; 100: all. */
  readonly percent: number;
  /** How long it is watched after its last rollout before the next begins. */
  readonly soakMs: number;
}

export interface WindowSettings {
  /** Such as `Sat-Sun 00:00-04:00 Europe/Berlin`; none: any time. */
  readonly all: readonly string[];
  readonly clusters: { readonly [cluster: string]: readonly string[] };
  readonly namespaces: { readonly [namespace: string]: readonly string[] };
}
