import type { KrmObject, ObjectRef } from "@fairlead/krm";
import { compareObject, type ObjectDiff } from "../../diff/compare.ts";
import type { FleetPlan } from "../../plan/mesh/plan-fleet.ts";
import { stepsOf } from "../../run/mesh/write/steps.ts";

/** What would change in a cluster. */
export interface ClusterChanges {
  readonly cluster: string;
  readonly diffs: readonly ObjectDiff[];
  /** What is there and would go, if everything was in view. */
  readonly kept: readonly ObjectRef[];
}

/** What differs between a plan and what is written, cluster by cluster; clusters that are as planned are not there. */
export function changesOf({ fleet, plans }: FleetPlan): readonly ClusterChanges[] {
  const clusters = new Map<string, { diffs: ObjectDiff[]; kept: ObjectRef[] }>();
  for (const { key, clusters: planned } of plans) {
    for (const plan of planned) {
      const written = fleet.written(key).filter(({ cluster }) => cluster === plan.cluster);
      const seen = {
        written,
        sidecars: (namespace: string) => fleet.sidecars(plan.cluster, namespace),
        isAsAnswered: () => false,
      };
      const own = clusters.get(plan.cluster) ?? { diffs: [], kept: [] };
      clusters.set(plan.cluster, own);
      const objectOf = (ref: ObjectRef): KrmObject =>
        written.find(
          ({ kind, namespace, name }) => kind === ref.kind && namespace === ref.namespace && name === ref.name,
        )!.object as unknown as KrmObject;
      for (const step of stepsOf(plan, seen)) {
        const ref = step.object;
        if (step.kind === "create") own.diffs.push({ kind: "added", ref, object: step.desired });
        else if (step.kind === "delete") own.diffs.push({ kind: "removed", ref, object: objectOf(ref) });
        else if (step.kind === "update") {
          own.diffs.push({ kind: "changed", ref, changes: compareObject(objectOf(ref), step.desired) });
        } else
          own.diffs.push({ kind: "changed", ref, changes: editChanges(fleet, plan.cluster, ref, step.edit.hosts) });
      }
      if (!plan.complete) own.kept.push(...keptOf(plan.desired, written));
    }
  }
  return [...clusters]
    .filter(([, { diffs, kept }]) => diffs.length > 0 || kept.length > 0)
    .map(([cluster, { diffs, kept }]) => ({ cluster, diffs, kept }))
    .sort((a, b) => (a.cluster < b.cluster ? -1 : 1));
}

function keptOf(
  desired: readonly KrmObject[],
  written: readonly {
    readonly apiVersion: string;
    readonly kind: string;
    readonly namespace: string;
    readonly name: string;
  }[],
): ObjectRef[] {
  const wanted = new Set(desired.map(({ kind, metadata }) => `${kind}/${String(metadata["name"])}`));
  return written.flatMap(({ apiVersion, kind, namespace, name }) =>
    wanted.has(`${kind}/${name}`) ? [] : [{ apiVersion, kind, namespace, name }],
  );
}

function editChanges(
  fleet: FleetPlan["fleet"],
  cluster: string,
  ref: ObjectRef,
  hosts: readonly string[],
): (ObjectDiff & { kind: "changed" })["changes"] {
  const sidecar = fleet.sidecars(cluster, ref.namespace ?? "").find(({ name }) => name === ref.name);
  const before = {
    apiVersion: ref.apiVersion,
    kind: ref.kind,
    metadata: { name: ref.name },
    spec: sidecar?.spec ?? {},
  };
  const egress = Array.isArray(before.spec["egress"]) ? before.spec["egress"] : [];
  const [first, ...others] = egress;
  const edited = { ...(typeof first === "object" && first !== null ? first : {}), hosts: [...hosts] };
  const after = { ...before, spec: { ...before.spec, egress: [edited, ...others] } };
  return compareObject(before as unknown as KrmObject, after as unknown as KrmObject);
}
