import { compareText } from "@fairlead/apimachinery";
import { refKey, refOf, type Finding, type KrmObject } from "@fairlead/krm";
import { compareObject, type ObjectDiff } from "../../diff/compare.ts";
import { configMapOf } from "../../plan/mesh/addresses/store.ts";
import type { FleetPlan } from "../../plan/mesh/plan-fleet.ts";
import { changesOf, keptOf, type ClusterChanges } from "./changes.ts";
import { dnsIn, extrasOf, type Extra, type PlannedDns } from "./extras.ts";
import type { OpenedCluster, OpenedFleet } from "./open-folder.ts";

type ByCluster = ReadonlyMap<string, readonly KrmObject[]>;

export interface PlannedOptions {
  /** The ConfigMap for CoreDNS; absent: as it is. */
  readonly dns?: PlannedDns | undefined;
  /** What clusters of an ambient fleet need once; absent: in files only. */
  readonly infrastructure?: boolean;
}

/** What commands show and write of a plan. */
export interface Planned {
  /** What belongs into each cluster; clusters without anything are there, too. */
  readonly objects: ByCluster;
  /** All of `mesh.generated.yaml` of each cluster that may be written to. */
  readonly files: ByCluster;
  readonly changes: readonly ClusterChanges[];
  readonly findings: readonly Finding[];
}

export function plannedOf(opened: OpenedFleet, plan: FleetPlan, options: PlannedOptions = {}): Planned {
  const isFiles = opened.clusters.some(({ generated }) => generated !== undefined);
  const dns = options.dns ?? dnsIn(opened);
  const { extras, findings } = extrasOf(opened, plan, {
    ...(dns !== undefined && dns !== "none" && { dns }),
    infrastructure: options.infrastructure ?? isFiles,
  });
  const objects = grouped(opened, [
    ...extras.map(({ cluster, after }) => [cluster, after] as const),
    ...desiredOf(plan),
  ]);
  const files = isFiles ? filesOf(opened, plan, extras) : new Map<string, readonly KrmObject[]>();
  return { objects, files, changes: withGone(opened, changesOf(plan, extras), files), findings };
}

type Put = readonly [cluster: string, object: KrmObject];

function desiredOf({ plans }: FleetPlan): Put[] {
  return plans.flatMap(({ clusters }) =>
    clusters.flatMap(({ cluster, desired }) => desired.map((object): Put => [cluster, object])),
  );
}

/** The whole files: stores that do not change, what may not be deleted yet, and Sidecars that stand nowhere else. */
function filesOf(opened: OpenedFleet, plan: FleetPlan, extras: readonly Extra[]): ByCluster {
  const { fleet, plans, stores } = plan;
  const { syncNamespace } = fleet.settings.scope;
  const kept = plans.flatMap(({ key, clusters }) =>
    clusters.flatMap(({ cluster, desired, complete }): Put[] => {
      if (complete) return [];
      const written = fleet.written(key).filter((one) => one.cluster === cluster);
      return keptOf(desired, written).map(({ object }): Put => [cluster, object]);
    }),
  );
  const edited = new Set(extras.map(({ cluster, after }) => `${cluster} ${refKey(refOf(after))}`));
  const alone = opened.clusters.flatMap(({ name, alone: sidecars = [] }) =>
    sidecars.flatMap((object): Put[] => (edited.has(`${name} ${refKey(refOf(object))}`) ? [] : [[name, object]])),
  );
  const all = grouped(opened, [
    ...stores.map((store): Put => [opened.home, configMapOf(store, syncNamespace)]),
    ...extras
      .filter(({ after }) => !stores.some(({ name }) => after.kind === "ConfigMap" && after.metadata.name === name))
      .map(({ cluster, after }): Put => [cluster, after]),
    ...alone,
    ...desiredOf(plan),
    ...kept,
  ]);
  const isWritable = (name: string): boolean => !["paused", "unread"].includes(fleet.cluster(name)?.view ?? "current");
  return new Map([...all].filter(([name]) => isWritable(name)));
}

/** Adds what stands in the generated files and follows from nothing any more, whatever wrote it there. */
function withGone(
  { clusters }: OpenedFleet,
  changes: readonly ClusterChanges[],
  files: ByCluster,
): readonly ClusterChanges[] {
  const all = new Map(changes.map((one) => [one.cluster, one]));
  for (const cluster of clusters) {
    const file = files.get(cluster.name);
    if (file === undefined) continue;
    const own = all.get(cluster.name) ?? { cluster: cluster.name, diffs: [], kept: [] };
    const seen = new Set([...file.map(refOf), ...own.diffs.map(({ ref }) => ref)].map(refKey));
    const gone = (cluster.generated ?? []).filter((object) => !seen.has(refKey(refOf(object))));
    if (gone.length === 0) continue;
    all.set(cluster.name, { ...own, diffs: [...own.diffs, ...gone.flatMap((object) => goneDiff(cluster, object))] });
  }
  return [...all.values()].sort((a, b) => compareText(a.cluster, b.cluster));
}

/** Where the copy of a Sidecar goes, what its owner wrote comes back. */
function goneDiff({ objects }: OpenedCluster, object: KrmObject): ObjectDiff {
  const ref = refOf(object);
  const own = object.kind === "Sidecar" ? objects.find((one) => refKey(refOf(one)) === refKey(ref)) : undefined;
  if (own === undefined) return { kind: "removed", ref, object };
  return { kind: "changed", ref, changes: compareObject(object, own) };
}

function grouped({ clusters }: OpenedFleet, puts: readonly Put[]): ByCluster {
  const objects = new Map<string, KrmObject[]>(clusters.map(({ name }) => [name, []]));
  for (const [cluster, object] of puts) {
    const list = objects.get(cluster);
    if (list === undefined) objects.set(cluster, [object]);
    else list.push(object);
  }
  return new Map([...objects].sort(([a], [b]) => compareText(a, b)));
}
