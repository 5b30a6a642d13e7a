import { compareText, equal, persistentEntries, persistentGet } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import type { Fact } from "../model/facts.ts";
import type { Fleet, MeshKey } from "../model/fleet.ts";
import type { MeshSettings } from "../model/settings.ts";
import { factOf } from "../observe/facts-of.ts";
import { placeOf } from "../observe/read.ts";
import { groupKindOf } from "../observe/written.ts";
import { identitiesOfHost } from "./attribute.ts";
import { copiedAs } from "./copies.ts";
import { clientsOf, destinationsOf, membersCalled } from "./audience.ts";
import type { FleetChange } from "./change.ts";
import { clusterFindings } from "./cluster-findings.ts";
import { closeDraft, namingOf } from "./close.ts";
import { objectIn, openCluster, openDraft, type Draft } from "./draft.ts";
import { file } from "./file.ts";
import { hostReader, type HostReader } from "./hosts.ts";
import { identityFacts } from "./identity-facts.ts";
import { allKeys, hasSomething, writtenOf } from "./keys.ts";
import { proxiesOf } from "./proxied.ts";
import { sortedUnique } from "./order.ts";
import { revised } from "./revisions.ts";
import { identitiesOf, settle } from "./settle.ts";
import { emptyState, type FleetState, type NamespaceState } from "./state.ts";
import { touchedKeys } from "./touch.ts";

/** A snapshot of the fleet that can be followed by the next one. */
export interface FleetSnapshot extends Fleet {
  /**
   * The snapshot after some changes, and the keys whose plans may be different in it, sorted. This snapshot stays as it
   * is. Changes of different objects may come in any order, in one call or in many. Costs what the changes and what they
   * touch cost, whatever the size of the fleet. Never throws for what an object says.
   */
  with(changes: Iterable<FleetChange>): { readonly fleet: FleetSnapshot; readonly keys: readonly MeshKey[] };
  /** What is wrong with a cluster for everything that runs there. Looks at all of its namespaces. */
  clusterFindings(cluster: string): readonly Finding[];
}

/** A fleet of which nothing is known yet. */
export function createFleet(settings: MeshSettings): FleetSnapshot {
  return snapshot(emptyState, settings, hostReader(settings.names));
}

function snapshot(state: FleetState, settings: MeshSettings, readHost: HostReader): FleetSnapshot {
  const { scope } = settings;
  const hosts = { settings, readHost };
  const find = (identity: string) => persistentGet(state.identities, identity);
  const space = (cluster: string, namespace: string): NamespaceState | undefined => {
    const found = state.clusters.get(cluster);
    return found === undefined ? undefined : persistentGet(found.namespaces, namespace);
  };
  return {
    settings,
    time: state.time,
    clusters: [...state.clusters.values()].map(({ facts }) => facts).sort((a, b) => compareText(a.name, b.name)),
    cluster: (name) => state.clusters.get(name)?.facts,
    keys: () => allKeys(state, hosts),
    identity(identity) {
      const found = find(identity);
      return found === undefined || !hasSomething(found) ? undefined : identityFacts(found, settings);
    },
    revision: (identity) => persistentGet(state.revisions, identity),
    clientsOf: (identity, called) => clientsOf(find, identity, scope, called),
    client(name) {
      const members = membersCalled(find, name);
      const [first] = members;
      return first && { key: first.identity, name: first.name, workloads: members.map(({ fact }) => fact) };
    },
    destinationsOf: (identity) => destinationsOf(state.identities, identity, scope),
    identitiesIn(cluster, namespace) {
      const found = space(cluster, namespace);
      return found === undefined ? [] : sortedUnique(identitiesOf(found));
    },
    services: (cluster, namespace) => space(cluster, namespace)?.services ?? [],
    namespace: (cluster, name) => space(cluster, name)?.fact,
    routing: (host) => persistentGet(state.routing, host.toLowerCase()) ?? [],
    routingIn: (cluster, namespace) => space(cluster, namespace)?.routing ?? [],
    proxied: (host) => proxiesOf(state, host, settings),
    copied: (kind, name) => copiedAs(state, kind, name, hosts),
    sidecars: (cluster, namespace) => space(cluster, namespace)?.sidecars ?? [],
    identitiesOf: (host) => identitiesOfHost(state, host, hosts),
    addresses: (host) => persistentGet(state.addresses, host.toLowerCase()),
    written: (key) => writtenOf(state, key, hosts),
    clusterFindings(name) {
      const cluster = state.clusters.get(name);
      return cluster === undefined ? [] : clusterFindings(cluster, settings);
    },
    with(changes) {
      const draft = openDraft(state, settings, readHost);
      for (const change of changes) take(draft, change);
      const naming = namingOf(draft);
      settle(draft, naming.naming);
      const after = closeDraft(draft, naming);
      const keys = touchedKeys(draft, after);
      return { fleet: snapshot(revised(after, keys), settings, readHost), keys };
    },
  };
}

function take(draft: Draft, change: FleetChange): void {
  switch (change.kind) {
    case "put":
    case "delete": {
      const place = placeOf(change.object, change.cluster);
      if (place === undefined) return;
      const key = `${groupKindOf(change.object)}\0${place.namespace}\0${place.name}`;
      replace(
        draft,
        change.cluster,
        key,
        change.kind === "put" ? factOf(change.object, change.cluster, draft.settings) : undefined,
      );
      return;
    }
    case "cluster":
      openCluster(draft, change.cluster).view = change.view;
      return;
    case "forget": {
      const cluster = openCluster(draft, change.cluster);
      const keys = new Set(cluster.objects.keys());
      if (cluster.before !== undefined) for (const [key] of persistentEntries(cluster.before.objects)) keys.add(key);
      for (const key of keys) replace(draft, change.cluster, key, undefined);
      cluster.view = undefined;
      return;
    }
    case "time":
      draft.time = change.at;
      return;
    case "addresses":
      takeAddresses(draft, change.store, change.hosts);
  }
}

function replace(draft: Draft, name: string, key: string, next: Fact | undefined): void {
  const cluster = openCluster(draft, name);
  const old = objectIn(cluster, key);
  if (old === next || (old !== undefined && next !== undefined && equal(old, next))) return;
  if (old !== undefined) file(draft, old, false);
  if (next !== undefined) {
    file(draft, next, true);
    cluster.view ??= "current";
  }
  cluster.objects.set(key, next);
}

/** Of stores that have the same host, the first by name counts. */
function takeAddresses(draft: Draft, store: string, hosts: ReadonlyMap<string, readonly string[]>): void {
  const old = draft.stores.get(store);
  draft.stores.set(store, hosts);
  for (const host of new Set([...(old?.keys() ?? []), ...hosts.keys()])) {
    if (equal(old?.get(host), hosts.get(host))) continue;
    const first = [...draft.stores.keys()].sort(compareText).find((name) => draft.stores.get(name)!.has(host));
    const addresses = first === undefined ? [] : draft.stores.get(first)!.get(host)!;
    const list = draft.addresses.open(host);
    list.splice(0, list.length, ...addresses);
    draft.touched.hosts.add(host);
  }
}
