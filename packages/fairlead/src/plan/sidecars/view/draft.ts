import {
  emptyPersistentMap,
  persistentDelete,
  persistentGet,
  persistentSet,
  type PersistentMap,
} from "@fairlead/apimachinery";
import { emptyCluster, emptyNamespace, isEmptyNamespace } from "./state.ts";
import type { ClusterState, NamespaceState, ViewState } from "./state.ts";

/** A view while it is being changed, and what has been touched so far. */
export interface Draft {
  readonly clusters: Map<string, ClusterState>;
  /** `CLUSTER/NAMESPACE/KIND.GROUP/NAME`. */
  readonly keys: Set<string>;
  /** Clusters all of whose workloads may be decided otherwise. */
  readonly whole: Set<string>;
  /** `CLUSTER/NAMESPACE`. */
  readonly namespaces: Set<string>;
  /** Names of nodes that changed, by cluster. */
  readonly nodes: Map<string, Set<string>>;
}

export function openDraft(state: ViewState): Draft {
  return {
    clusters: new Map(state),
    keys: new Set(),
    whole: new Set(),
    namespaces: new Set(),
    nodes: new Map(),
  };
}

export function clusterIn(draft: Draft, name: string): ClusterState {
  return draft.clusters.get(name) ?? emptyCluster;
}

export function changeCluster(draft: Draft, name: string, change: Partial<ClusterState>): void {
  draft.clusters.set(name, { ...clusterIn(draft, name), ...change });
}

export function namespaceIn(draft: Draft, cluster: string, name: string): NamespaceState {
  return persistentGet(clusterIn(draft, cluster).namespaces, name) ?? emptyNamespace;
}

export function changeNamespace(draft: Draft, cluster: string, name: string, change: Partial<NamespaceState>): void {
  const { namespaces } = clusterIn(draft, cluster);
  const state = { ...namespaceIn(draft, cluster, name), ...change };
  changeCluster(draft, cluster, {
    namespaces: isEmptyNamespace(state) ? persistentDelete(namespaces, name) : persistentSet(namespaces, name, state),
  });
}

/** A map of maps with one more, or one less, entry in one of them. */
export function filed<V>(
  map: PersistentMap<PersistentMap<V>>,
  file: string,
  key: string,
  value: V | undefined,
): PersistentMap<PersistentMap<V>> {
  const before = persistentGet(map, file) ?? emptyPersistentMap<V>();
  const after = value === undefined ? persistentDelete(before, key) : persistentSet(before, key, value);
  return after.size === 0 ? persistentDelete(map, file) : persistentSet(map, file, after);
}

/** A list sorted by a key, with an item in the place of the one of its key, or without it. */
export function listed<V>(
  list: readonly V[],
  keyOf: (item: V) => string,
  key: string,
  value: V | undefined,
): readonly V[] {
  const index = list.findIndex((item) => keyOf(item) >= key);
  const isThere = index >= 0 && keyOf(list[index]!) === key;
  const place = index < 0 ? list.length : index;
  if (value === undefined) return isThere ? list.toSpliced(place, 1) : list;
  return list.toSpliced(place, isThere ? 1 : 0, value);
}
