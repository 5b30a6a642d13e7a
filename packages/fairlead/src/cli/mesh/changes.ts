import { compareText } from "@fairlead/apimachinery";
import { refKey, refOf, type KrmObject, type ObjectRef } from "@fairlead/krm";
import { compareObject, type ObjectDiff } from "../../diff/compare.ts";
import type { ClusterPlan } from "../../plan/mesh/model/plan.ts";
import type { WrittenFact } from "../../plan/mesh/model/facts.ts";
import type { FleetPlan } from "../../plan/mesh/plan-fleet.ts";
import { stepsOf } from "../../run/mesh/write/steps.ts";
import type { Extra } from "./extras.ts";

/** What would change in a cluster. */
export interface ClusterChanges {
  readonly cluster: string;
  readonly diffs: readonly ObjectDiff[];
  /** What is there and would go, if everything was in view. */
  readonly kept: readonly ObjectRef[];
}

/**
 * What differs between a plan and what is there, cluster by cluster; clusters that are as planned are not there. Edits of
 * others' Sidecars are among the extras.
 */
export function changesOf({ fleet, plans }: FleetPlan, extras: readonly Extra[] = []): readonly ClusterChanges[] {
  const clusters = new Map<string, { diffs: ObjectDiff[]; kept: ObjectRef[] }>();
  const of = (cluster: string): { diffs: ObjectDiff[]; kept: ObjectRef[] } => {
    const own = clusters.get(cluster) ?? { diffs: [], kept: [] };
    clusters.set(cluster, own);
    return own;
  };
  for (const { cluster, before, after } of extras) {
    const ref = refOf(after);
    if (before === undefined) of(cluster).diffs.push({ kind: "added", ref, object: after });
    else {
      const changes = compareObject(before, after);
      if (changes.length > 0) of(cluster).diffs.push({ kind: "changed", ref, changes });
    }
  }
  for (const { key, clusters: planned } of plans) {
    for (const plan of planned) {
      const written = fleet.written(key).filter(({ cluster }) => cluster === plan.cluster);
      const own = of(plan.cluster);
      own.diffs.push(...diffsOf(plan, written));
      if (!plan.complete) own.kept.push(...keptOf(plan.desired, written).map(({ ref }) => ref));
    }
  }
  return [...clusters]
    .filter(([, { diffs, kept }]) => diffs.length > 0 || kept.length > 0)
    .map(([cluster, { diffs, kept }]) => ({ cluster, diffs, kept }))
    .sort((a, b) => compareText(a.cluster, b.cluster));
}

function diffsOf(plan: ClusterPlan, written: readonly WrittenFact[]): ObjectDiff[] {
  const objects = new Map(written.map((fact) => [refKey(fact), fact.object as unknown as KrmObject]));
  const seen = { written, sidecars: () => [], isAsAnswered: () => false };
  return stepsOf({ ...plan, edits: [] }, seen).flatMap((step): ObjectDiff[] => {
    const ref = step.object;
    const before = objects.get(refKey(ref));
    if (step.kind === "create") return [{ kind: "added", ref, object: step.desired }];
    if (before === undefined) return [];
    if (step.kind === "delete") return [{ kind: "removed", ref, object: before }];
    if (step.kind === "update") return [{ kind: "changed", ref, changes: compareObject(before, step.desired) }];
    return [];
  });
}

/** What of a cluster stays although it is not planned: not everything could be read. */
export function keptOf(
  desired: readonly KrmObject[],
  written: readonly WrittenFact[],
): readonly { readonly ref: ObjectRef; readonly object: KrmObject }[] {
  const wanted = new Set(desired.map((object) => refKey(refOf(object))));
  return written.flatMap((fact) => {
    const { apiVersion, kind, namespace, name, object } = fact;
    if (wanted.has(refKey(fact))) return [];
    return [{ ref: { apiVersion, kind, namespace, name }, object: object as unknown as KrmObject }];
  });
}
