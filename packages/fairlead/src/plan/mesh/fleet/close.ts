import {
  emptyPersistentMap,
  equal,
  persistentDelete,
  persistentEntries,
  persistentGet,
  persistentSet,
} from "@fairlead/apimachinery";
import { isShifting } from "../identity/shift/shares.ts";
import type { Fact } from "../model/facts.ts";
import { clusterFacts } from "./cluster-facts.ts";
import { workIn, openCluster, type ClusterDraft, type Draft } from "./draft.ts";
import type { Naming } from "./member.ts";
import { sortedUnique } from "./order.ts";
import type { ClusterState, FleetState } from "./state.ts";

/** The keys by which Dependencies name identities, after the changes. */
export interface NamingState {
  readonly naming: Naming;
  readonly named: FleetState["named"];
  readonly namingKeys: FleetState["namingKeys"];
}

const emptyObjects = emptyPersistentMap<Fact>();

/** At most so many other keys count, the first by name: each is looked for in every workload. */
const mostKeys = 16;

/** Also marks the workloads that a Dependency names, or no longer names, by another key than that of the settings. */
export function namingOf(draft: Draft): NamingState {
  let { named } = draft.before;
  const counts = new Map(draft.before.namingKeys);
  const turned = new Map<string, Set<string>>();
  for (const [pair, change] of draft.touched.named) {
    const old = persistentGet(named, pair) ?? 0;
    const next = old + change;
    if (next === old) continue;
    named = next > 0 ? persistentSet(named, pair, next) : persistentDelete(named, pair);
    if (old > 0 && next > 0) continue;
    const [key, value] = pair.split("\0") as [string, string];
    counts.set(key, (counts.get(key) ?? 0) + (next > 0 ? 1 : -1));
    if (counts.get(key) === 0) counts.delete(key);
    turned.set(key, (turned.get(key) ?? new Set()).add(value));
  }
  const keys = sortedUnique(counts.keys()).slice(0, mostKeys);
  if (turned.size > 0) markNamed(draft, turned);
  const final = named;
  return {
    naming: { keys, names: (key, value) => persistentGet(final, `${key}\0${value}`) !== undefined },
    named,
    namingKeys: counts,
  };
}

function markNamed(draft: Draft, turned: ReadonlyMap<string, ReadonlySet<string>>): void {
  for (const name of new Set([...draft.before.clusters.keys(), ...draft.clusters.keys()])) {
    const cluster = openCluster(draft, name);
    for (const [namespace, space] of cluster.before === undefined ? [] : persistentEntries(cluster.before.namespaces)) {
      const carries = (labels: { readonly [key: string]: string }): boolean => {
        for (const [key, values] of turned) {
          if (Object.hasOwn(labels, key) && values.has(labels[key]!.toLowerCase())) return true;
        }
        return false;
      };
      for (const { fact } of space.workloads) {
        if (carries(fact.labels) || carries(fact.annotations)) workIn(cluster, namespace).workloads.add(fact.name);
      }
      if (space.services.some(({ labels }) => carries(labels))) workIn(cluster, namespace).all = true;
    }
  }
}

/** The snapshot that a draft has come to. */
export function closeDraft(draft: Draft, { named, namingKeys }: NamingState): FleetState {
  const clusters = new Map(draft.before.clusters);
  let { sidecars } = draft.before;
  for (const cluster of draft.clusters.values()) {
    for (const [name, space] of cluster.namespaces.opened) {
      const place = `${cluster.name}/${name}`;
      sidecars = space.sidecars.length > 0 ? persistentSet(sidecars, place, true) : persistentDelete(sidecars, place);
    }
    const state = closeCluster(cluster, draft);
    if (state === undefined) clusters.delete(cluster.name);
    else clusters.set(cluster.name, state);
  }
  const written = draft.written.close();
  return {
    clusters,
    identities: draft.identities.close(),
    routing: draft.routing.close(),
    copies: draft.copies.close(),
    proxied: draft.proxied.close(),
    hosts: draft.hosts.close(),
    written,
    addresses: draft.addresses.close(),
    stores: draft.stores,
    time: draft.time,
    shifting: shiftingOf(draft, written),
    revisions: draft.before.revisions,
    named,
    namingKeys,
    sidecars,
  };
}

/** Follows from the written objects that have changed. */
function shiftingOf({ before, touched }: Draft, written: FleetState["written"]): FleetState["shifting"] {
  let { shifting } = before;
  for (const key of new Set(touched.written.map((fact) => fact.key))) {
    const isOpen = (persistentGet(written, key) ?? []).some(isShifting);
    shifting = isOpen ? persistentSet(shifting, key, true) : persistentDelete(shifting, key);
  }
  return shifting;
}

function closeCluster(cluster: ClusterDraft, { settings }: Draft): ClusterState | undefined {
  const { name, view, before } = cluster;
  if (view === undefined) return undefined;
  let objects = before?.objects ?? emptyObjects;
  for (const [key, fact] of cluster.objects) {
    objects = fact === undefined ? persistentDelete(objects, key) : persistentSet(objects, key, fact);
  }
  const parts = {
    name,
    view,
    namespaces: cluster.namespaces.close(),
    regions: cluster.regions ?? before?.regions ?? new Map<string, ReadonlyMap<string, number>>(),
    meshes: cluster.meshes,
    ambientNamespaces: cluster.ambientNamespaces,
  };
  const facts = clusterFacts(parts, settings);
  return { ...parts, objects, facts: before !== undefined && equal(before.facts, facts) ? before.facts : facts };
}
