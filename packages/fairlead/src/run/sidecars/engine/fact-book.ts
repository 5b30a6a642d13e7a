import type { KrmObject, ObjectRef } from "@fairlead/krm";
import type { ObjectKey } from "@fairlead/kube";
import type { NodeFact, SidecarFact } from "../../../plan/sidecars/model/facts.ts";
import type { SidecarChange } from "../../../plan/sidecars/model/view.ts";

type Kind = Pick<ObjectRef, "apiVersion" | "kind">;

export type FactsOf = (object: KrmObject, cluster: string) => readonly SidecarFact[];

/** What was last read of each object, as facts, so that what is gone can be told. */
export interface FactBook {
  put(cluster: string, object: KrmObject): void;
  remove(cluster: string, kind: Kind, key: ObjectKey): void;
  dropCluster(cluster: string): void;
  /** By its nodes: where most of them are; empty if they do not say. */
  regionOf(cluster: string): string;
  /** What has changed since the last time. */
  take(): SidecarChange[];
  readonly pending: number;
}

interface ClusterFacts {
  /** By kind and namespace, then by name: a key of its own for each object would be much of what is held of a pod. */
  readonly objects: Map<string, Map<string, readonly SidecarFact[]>>;
  readonly regions: Map<string, number>;
}

export function createFactBook(factsOf: FactsOf): FactBook {
  const clusters = new Map<string, ClusterFacts>();
  let changes: SidecarChange[] = [];

  function clusterOf(name: string): ClusterFacts {
    let found = clusters.get(name);
    if (found === undefined) clusters.set(name, (found = { objects: new Map(), regions: new Map() }));
    return found;
  }

  function replace(cluster: string, place: string, name: string, facts: readonly SidecarFact[]): void {
    const { objects, regions } = clusterOf(cluster);
    const named = objects.get(place) ?? new Map<string, readonly SidecarFact[]>();
    const before = named.get(name) ?? [];
    for (const old of before) {
      if (old.fact === "node") count(regions, old, -1);
      if (!facts.some(({ fact }) => fact === old.fact)) changes.push({ kind: "removed", fact: old });
    }
    for (const fact of facts) {
      if (fact.fact === "node") count(regions, fact, 1);
      // Pods of another controller are filed elsewhere.
      const old = before.find((one) => one.fact === fact.fact);
      if (old !== undefined && isMoved(old, fact)) changes.push({ kind: "removed", fact: old });
      changes.push({ kind: "set", fact });
    }
    if (facts.length > 0) named.set(name, facts);
    else named.delete(name);
    if (named.size > 0) objects.set(place, named);
    else objects.delete(place);
  }

  return {
    put(cluster, object) {
      const key = object.metadata as ObjectKey;
      replace(cluster, placeOf(object, key), key.name, factsOf(object, cluster));
    },
    remove: (cluster, kind, key) => replace(cluster, placeOf(kind, key), key.name, []),
    dropCluster(cluster) {
      clusters.delete(cluster);
      changes.push({ kind: "cluster-removed", name: cluster });
    },
    regionOf(cluster) {
      let [best, most] = ["", 0];
      for (const [region, nodes] of clusters.get(cluster)?.regions ?? []) {
        if (nodes > most || (nodes === most && region < best)) [best, most] = [region, nodes];
      }
      return best;
    },
    take() {
      const taken = changes;
      changes = [];
      return taken;
    },
    get pending() {
      return changes.length;
    },
  };
}

function count(regions: Map<string, number>, { region }: NodeFact, by: number): void {
  if (region !== "") regions.set(region, (regions.get(region) ?? 0) + by);
}

function isMoved(old: SidecarFact, fact: SidecarFact): boolean {
  if (old.uid !== fact.uid) return true;
  return old.fact === "pod" && fact.fact === "pod" && old.controller?.uid !== fact.controller?.uid;
}

/** Without the version: an object is the same in all versions of its group. */
function placeOf({ apiVersion, kind }: Kind, { namespace = "" }: ObjectKey): string {
  const slash = apiVersion.indexOf("/");
  return `${kind}${slash < 0 ? "" : `.${apiVersion.slice(0, slash)}`} ${namespace}`;
}
