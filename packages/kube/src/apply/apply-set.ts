import type { Change } from "@fairlead/apimachinery";
import type { Finding, KrmObject, ObjectRef } from "@fairlead/krm";
import type { ObjectKey, Resource } from "../resource.ts";

/** Who stands for the set: KEP-3659's parent object, in the cluster before any member is. */
export interface ApplySetParent {
  readonly resource: Resource;
  readonly key: ObjectKey;
  /** The object is somebody's declaration (an App): it is never created or deleted here, only annotated. */
  readonly declared?: boolean;
}

export interface ApplySetOptions {
  readonly parent: ApplySetParent;
  /** The field manager of server-side apply, such as `fairlead/workloads`. */
  readonly fieldManager: string;
  /** `fairlead/v0.1.0`: KEP-3659's tooling; a set of another tool is refused unless `adopt`. */
  readonly tooling: string;
  /** Delete members that are no longer desired. */
  readonly prune: boolean;
  /** Take over objects, fields and sets of others. */
  readonly adopt: boolean;
  /** False: the view is partial or stale, nothing is deleted whatever `prune` says. */
  readonly complete: boolean;
  /** Which steps that destroy data are allowed. */
  readonly allow?: readonly DestructiveStep[];
  /** Where namespaced objects go that name no namespace. Without it they are refused. */
  readonly namespace?: string;
  /** Of unknown fields; `Strict` unless told, as with kubectl. */
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore";
  /**
   * Ids (`applySetId`) of sets whose members may move into this one without `adopt`: the tool's unnamed default set,
   * whose members may be given a named set at any time.
   */
  readonly absorbs?: readonly string[];
}

/** Steps that lose data or reach beyond the set: each needs its own opt-in. */
export type DestructiveStep = "delete-namespace" | "delete-crd" | "delete-volume-claim";

/** The order in which objects are applied; they are pruned in the opposite order. */
export const phases = ["namespaces", "crds", "access", "config", "workloads", "webhooks"] as const;
export type Phase = (typeof phases)[number];

export type StepKind = "create" | "update" | "unchanged" | "delete" | "conflict" | "refused";

/** What is done with one object, and why. Secrets' values are masked in `changes`. */
export interface ApplyStep {
  readonly kind: StepKind;
  readonly phase: Phase;
  /** Steps of one wave are taken together, after those of smaller waves; deletions begin with the largest. */
  readonly wave: number;
  readonly object: ObjectRef;
  readonly resource: Resource;
  /** What is sent; absent for deletions. */
  readonly desired?: KrmObject;
  readonly observed?: KrmObject;
  /** What the object changes by; filled in by `diffApplySet`. */
  readonly changes?: readonly Change[];
  /** Whether fields of other managers are taken over. */
  readonly force?: boolean;
  /** Whether other managers that own applied fields as well have to let go of them. */
  readonly adopts?: boolean;
  /** Of deletions, conflicts and refusals. */
  readonly reason?: string;
}

/** What becomes of the parent object. */
export interface ParentPlan {
  readonly parent: ApplySetParent;
  /** `applyset.kubernetes.io/part-of` of the members. */
  readonly id: string;
  /** The field manager that owns the set's labels and annotations on the parent. */
  readonly fieldManager: string;
  readonly observed?: KrmObject;
  /** Written before any member, so that it names every kind and namespace a member may be found in. */
  readonly before?: KrmObject;
  /** Written when everything has gone well: only what is left. */
  readonly after?: KrmObject;
}

/** What would be done, before it is done. The steps are in the order in which they are taken. */
export interface ApplyPlan {
  readonly options: ApplySetOptions;
  readonly parent: ParentPlan;
  readonly steps: readonly ApplyStep[];
  readonly findings: readonly Finding[];
}
