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
  /** Which steps that destroy data are allowed (`deletePersistentVolumeClaims`, …). */
  readonly allow?: readonly DestructiveStep[];
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
  readonly object: ObjectRef;
  readonly resource: Resource;
  /** What is sent; absent for deletions. */
  readonly desired?: KrmObject;
  readonly observed?: KrmObject;
  /** What the object changes by, as far as it can be told without the server. */
  readonly changes?: readonly Change[];
  /** Of deletions and refusals. */
  readonly reason?: string;
}

/** What would be done, before it is done. The steps are in the order in which they are taken. */
export interface ApplyPlan {
  readonly options: ApplySetOptions;
  readonly steps: readonly ApplyStep[];
  readonly findings: readonly Finding[];
}
