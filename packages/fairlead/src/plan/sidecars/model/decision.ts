import type { Finding } from "@fairlead/krm";
import type { Place, ProxyShape } from "./facts.ts";
import type { Question } from "./question.ts";

/** `CLUSTER/NAMESPACE/KIND/NAME`, kind with its group: `east/shop/Deployment.apps/web`; of a pod without owner `Pod`. */
export type WorkloadKey = string;

/** What of a proxy can differ. */
export type ProxyField =
  /** There is none, and one would be injected. */
  | "added"
  /** There is one, and none would be injected. */
  | "removed"
  | "image"
  | "revision"
  | "placement"
  | "init"
  | "env"
  | "args"
  | "resources";

export interface Difference {
  readonly field: ProxyField;
  /** As people read it; of `env` one difference for each variable, by `NAME=value`. */
  readonly from: string;
  readonly to: string;
  /** What the settings say to do about it. */
  readonly effect: "restart" | "report";
  /** How many of the pods. */
  readonly pods: number;
}

export interface Workload extends Place {
  readonly key: WorkloadKey;
  readonly apiVersion: string;
  readonly kind: string;
  readonly uid: string;
}

/** How a workload's pods are replaced. */
export type RestartWay =
  | { readonly kind: "annotate" }
  /**
   * Argo Rollouts: `spec.restartAt`, which has to be later than `after`, in ms since the epoch: the last restart, and the
   * making of every pod that has to go. Argo leaves younger ones alone, and a time that it has seen.
   */
  | { readonly kind: "restart-at"; readonly after: number }
  | { readonly kind: "evict" }
  /** By nobody here: the next run, a person, an operator. */
  | { readonly kind: "report"; readonly reason: string };

/**
 * What is so with one workload. What is not known is never taken for a difference: `unknown` is reported, never
 * restarted.
 */
export type Decision =
  /** No injector would touch its pods, and none has. */
  | { readonly kind: "outside"; readonly workload: Workload }
  | { readonly kind: "current"; readonly workload: Workload; readonly expected: ProxyShape | undefined }
  | Outdated
  /** A rollout is under way, whoever began it: it is looked at again when it has ended. */
  | Rolling
  /** It waits for what is named: an answer, a view, a control plane that rolls out. */
  | { readonly kind: "unknown"; readonly workload: Workload; readonly reason: string; readonly question?: Question }
  /** Somebody said that it is not to be looked at; the reason names the annotation, label or setting. */
  | { readonly kind: "excluded"; readonly workload: Workload; readonly reason: string };

export interface Rolling {
  readonly kind: "rolling";
  readonly workload: Workload;
  readonly pods: PodCounts;
  readonly restartedFor: string;
  /** Why its controller gave it up; undefined: it goes on. */
  readonly failed?: string | undefined;
  /** Where its pods are, each once. Left out: nobody knows, and it takes room on every node and in every zone. */
  readonly nodes?: readonly string[];
  readonly zones?: readonly string[];
  /** Of the mesh; empty or left out: none. */
  readonly identity?: string;
}

export interface Outdated {
  readonly kind: "outdated";
  readonly workload: Workload;
  readonly way: RestartWay;
  /** Sorted by field; at least one of effect `restart`, or else it is reported only. */
  readonly differences: readonly Difference[];
  readonly restarts: boolean;
  /**
   * What the pods should have, in short: equal for equal expectations. A workload is restarted once for one target; if its
   * new pods still differ from it, it is not restarted for this target again.
   */
  readonly target: string;
  /** The target that its template, or its outdated pods, were last restarted for; empty: none. */
  readonly restartedFor: string;
  /** Outdated pods that came to be after this restart, from the present template: it did not help. */
  readonly stillDiffers: boolean;
  readonly pods: PodCounts;
  /** Of outdated pods, sorted by name. */
  readonly outdated: readonly OutdatedPod[];
  /** PodDisruptionBudgets over its pods that allow no disruption now. */
  readonly heldBy: readonly string[];
  /** From annotations of the workload, its template and its namespace; first of all smaller numbers. */
  readonly order: number;
  /** Windows that annotations name: of the workload, else of the namespace. */
  readonly windows: readonly string[];
  /** Of the mesh, for never touching it in two clusters at once; empty: none. */
  readonly identity: string;
  /** Labels that waves and selectors look at. */
  readonly labels: { readonly [key: string]: string };
  readonly namespaceLabels: { readonly [key: string]: string };
  readonly findings: readonly Finding[];
}

export interface OutdatedPod {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly zone: string;
  readonly ready: boolean;
  /** RFC 3339. */
  readonly createdAt: string;
}

export interface PodCounts {
  readonly total: number;
  readonly ready: number;
  readonly outdated: number;
}
