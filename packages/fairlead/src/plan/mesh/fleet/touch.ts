import { compareText, equal, persistentEntries, persistentGet } from "@fairlead/apimachinery";
import type { RoutingFact } from "../model/facts.ts";
import type { ClusterFacts, MeshKey } from "../model/fleet.ts";
import type { MeshSettings } from "../model/settings.ts";
import { labelAt } from "../observe/read.ts";
import { identitiesOfHost, keysOfRouting, ownerOfHost, twinsOf } from "./attribute.ts";
import { allKeys } from "./keys.ts";
import { audienceText, calledBy, clientsOf, type Find } from "./audience.ts";
import type { Draft } from "./draft.ts";
import { identitiesOf } from "./settle.ts";
import type { ClusterState, FleetState, IdentityState, Member } from "./state.ts";

/** The keys whose plans may differ between two snapshots, sorted. */
export function touchedKeys(draft: Draft, after: FleetState): readonly MeshKey[] {
  const { before, touched, settings } = draft;
  const states = [before, after] as const;
  const finds = states.map(
    ({ identities }): Find =>
      (name) =>
        persistentGet(identities, name),
  );
  const named = new Set(touched.identities);
  const keys = new Set(touched.keys);
  const touch = (identity: string): void => void keys.add(`identity:${identity}`);

  // What is seen of an identity: its hosts, endpoints and policies.
  for (const identity of touched.identities) touch(identity);
  for (const identity of touched.sources) touch(identity);
  for (const fact of touched.routing) {
    for (const state of states) {
      for (const key of keysOfRouting(state, fact, draft.readHost)) keys.add(key);
      // Of copies with one name, the oldest counts.
      for (const twin of twinsOf(state, fact)) {
        for (const key of keysOfRouting(state, twin, draft.readHost)) if (key.startsWith("copy:")) keys.add(key);
      }
    }
    const merged = mergedInto(fact, settings);
    if (merged !== undefined) named.add(merged);
    for (const host of fact.hosts) {
      for (const state of states) for (const name of identitiesOfHost(state, host, draft.readHost)) named.add(name);
    }
    for (const identity of rolloutsNaming(after, fact.cluster, fact.namespace, fact.name)) named.add(identity);
  }
  for (const host of touched.hosts) {
    for (const state of states) {
      const owner = ownerOfHost(state, host, draft.readHost);
      for (const identity of identitiesOfHost(state, host, draft.readHost)) touch(identity);
      if (owner !== undefined && persistentGet(state.written, `host:${host}`) !== undefined) keys.add(owner);
    }
  }
  for (const identity of named) {
    touch(identity);
    if (isThere(before, identity) !== isThere(after, identity)) claimHosts(draft, after, identity, keys);
  }

  // Who calls it.
  const audiences = new Set(touched.audiences);
  for (const identity of audiencesOfMembers(draft, after, finds)) touch(identity);
  if (settings.scope.wildcards && audiences.delete("*")) {
    for (const state of states) for (const [name] of persistentEntries(state.identities)) audiences.add(name);
  }
  for (const identity of audiences) {
    if (identity === "*") continue;
    const [old, next] = finds.map((find) => audienceText(clientsOf(find, identity, settings.scope)));
    if (old !== next) touch(identity);
  }

  touchClusters(draft, after, keys);
  touchNamespaces(draft, after, finds, named, keys);
  return [...keys].sort(compareText);
}

function isThere({ identities }: FleetState, identity: string): boolean {
  return (persistentGet(identities, identity)?.members.length ?? 0) > 0;
}

/** Routing objects and written ones of hosts that are another identity's from now on. */
function claimHosts({ before, readHost }: Draft, after: FleetState, identity: string, keys: Set<MeshKey>): void {
  for (const state of [before, after]) {
    for (const host of persistentGet(after.hosts, identity) ?? []) {
      const owner = ownerOfHost(state, host, readHost);
      if (owner !== undefined && persistentGet(after.written, `host:${host}`) !== undefined) keys.add(owner);
      for (const fact of persistentGet(after.routing, host) ?? []) {
        for (const key of keysOfRouting(state, fact, readHost)) keys.add(key);
      }
    }
  }
}

/** The identity into whose rules a VirtualService is merged, by the labels that say so. */
function mergedInto({ labels }: RoutingFact, { routing }: MeshSettings): string | undefined {
  const creator = routing.inCluster?.mergeCreatedBy;
  return creator !== undefined && labelAt(labels, "createdBy") === creator
    ? labelAt(labels, "createdFor")?.toLowerCase()
    : undefined;
}

/** Identities in a namespace whose rollouts take their weights from a VirtualService, or versions from a rule. */
function rolloutsNaming(state: FleetState, cluster: string, namespace: string, name: string): string[] {
  const found: string[] = [];
  const spaces = state.clusters.get(cluster)?.namespaces;
  const space = spaces === undefined ? undefined : persistentGet(spaces, namespace);
  for (const { fact, member } of space?.workloads ?? []) {
    if (member === undefined || fact.rollout?.strategy !== "canary") continue;
    const { virtualServices, destinationRule } = fact.rollout;
    // The name of a VirtualService may have its namespace behind a dot.
    const isNamed = virtualServices.some((one) => one.name === name || one.name === `${name}.${namespace}`);
    if (isNamed || destinationRule?.name === name) found.push(member.identity);
  }
  return found;
}

/** What is called by identities that now run elsewhere, or as somebody else: its audience is made of these places. */
function audiencesOfMembers({ touched, settings }: Draft, after: FleetState, finds: readonly Find[]): Set<string> {
  const [old, next] = finds as readonly [Find, Find];
  const labels = labelsOfClients(settings);
  const found = new Set<string>();
  for (const identity of touched.members) {
    if (footprint(old(identity), labels) === footprint(next(identity), labels)) continue;
    for (const find of finds) {
      const own = find(identity)?.dependencies ?? [];
      if (own.length === 0) continue;
      const { names, all } = calledBy((name) => (name === "*" ? undefined : find(name)), identity, settings.scope);
      for (const name of names) found.add(name);
      if (all) for (const [name] of persistentEntries(after.identities)) found.add(name);
    }
  }
  for (const name of found) {
    if (clientsOf(next, name, settings.scope).kind === "everybody") found.delete(name);
  }
  return found;
}

/** Labels of clients that count for what they call. */
function labelsOfClients({ names, filters, discovery }: MeshSettings): readonly string[] {
  const keys = [...names.additional.labels, filters.clientLabel];
  return discovery.partitionKey === undefined ? keys : [...keys, discovery.partitionKey];
}

/** Where an identity runs and as whom: what those that it calls are planned with. */
function footprint(state: IdentityState | undefined, labels: readonly string[]): string {
  const places = new Set<string>();
  for (const { fact, name } of state?.members ?? []) {
    const marks = labels.map((key) => labelAt(fact.labels, key) ?? labelAt(fact.annotations, key) ?? "");
    places.add([fact.cluster, fact.namespace, fact.serviceAccount, name, ...marks].join("\0"));
  }
  return [...places].sort().join("\n");
}

function touchClusters(draft: Draft, after: FleetState, keys: Set<MeshKey>): void {
  const { before, settings } = draft;
  const unread = (state: FleetState): boolean =>
    [...state.clusters.values()].some(({ facts }) => facts.view === "unread");
  // Nothing may be deleted anywhere while one is unread: all plans say so.
  if (unread(before) !== unread(after)) return touchAll(draft, [before, after], keys);
  for (const name of draft.clusters.keys()) {
    const [old, next] = [before.clusters.get(name), after.clusters.get(name)];
    const a = old?.facts;
    const b = next?.facts;
    if (a === b) continue;
    if (a === undefined || b === undefined || seenDiffers(a, b, settings.traffic.failover === "distribute")) {
      for (const [state, cluster] of [
        [before, old],
        [after, next],
      ] as const) {
        if (cluster !== undefined) touchSeen(draft, state, cluster, keys);
      }
    } else if (!equal(withoutView(a), withoutView(b))) {
      for (const cluster of [old, next]) for (const identity of runningIn(cluster)) keys.add(`identity:${identity}`);
    }
  }
}

/** Whether what is written into a cluster may differ, and not only what others write of it. */
function seenDiffers(a: ClusterFacts, b: ClusterFacts, byRegion: boolean): boolean {
  const written = ({ view }: ClusterFacts): string => (view === "stale" ? "current" : view);
  return (
    written(a) !== written(b) ||
    a.trustDomain !== b.trustDomain ||
    a.ambient !== b.ambient ||
    ((byRegion || a.region === "" || b.region === "") && a.region !== b.region)
  );
}

function withoutView(facts: ClusterFacts): ClusterFacts {
  return { ...facts, view: "current", dnsCapture: undefined };
}

function* runningIn(cluster: ClusterState | undefined): Generator<string> {
  if (cluster === undefined) return;
  for (const [, space] of persistentEntries(cluster.namespaces)) yield* identitiesOf(space);
}

/** What is written into a cluster: what runs there, what that calls, what everybody gets, and copies. */
function touchSeen({ settings, readHost }: Draft, state: FleetState, cluster: ClusterState, keys: Set<MeshKey>): void {
  const find: Find = (name) => persistentGet(state.identities, name);
  for (const identity of new Set(runningIn(cluster))) {
    keys.add(`identity:${identity}`);
    for (const name of calledBy(find, identity, settings.scope).names) keys.add(`identity:${name}`);
  }
  for (const [name] of persistentEntries(state.identities)) {
    if (clientsOf(find, name, settings.scope).kind === "everybody") keys.add(`identity:${name}`);
  }
  for (const [, list] of persistentEntries(state.routing)) {
    for (const fact of list) for (const key of keysOfRouting(state, fact, readHost)) keys.add(key);
  }
  for (const [name] of persistentEntries(cluster.namespaces)) keys.add(`namespace:${cluster.name}/${name}`);
}

function touchAll(draft: Draft, states: readonly FleetState[], keys: Set<MeshKey>): void {
  for (const state of states) for (const key of allKeys(state, draft.settings, draft.readHost)) keys.add(key);
}

/** What is one per namespace: hosts that its Sidecar lets out, and rules for the services that run in it. */
function touchNamespaces(
  { settings, touched }: Draft,
  after: FleetState,
  finds: readonly Find[],
  named: ReadonlySet<string>,
  keys: Set<MeshKey>,
): void {
  const sidecars = settings.scope.sidecars !== undefined && after.sidecars.size > 0;
  const rules = settings.routing.inCluster !== undefined || settings.routing.ingress !== undefined;
  const places = (members: readonly Member[] | undefined, only: boolean): void => {
    for (const { fact } of members ?? []) {
      const place = `${fact.cluster}/${fact.namespace}`;
      if (!only || persistentGet(after.sidecars, place) === true) keys.add(`namespace:${place}`);
    }
  };
  for (const key of rules ? [...keys] : []) {
    if (!key.startsWith("identity:")) continue;
    for (const find of finds) places(find(key.slice("identity:".length))?.members, false);
  }
  if (!sidecars) return;
  for (const find of finds) {
    for (const source of touched.sources) {
      if (source === "*") for (const [place] of persistentEntries(after.sidecars)) keys.add(`namespace:${place}`);
      else places(find(source)?.members, true);
    }
    for (const identity of named) {
      for (const source of callersOf(find, identity)) {
        if (source === "*") for (const [place] of persistentEntries(after.sidecars)) keys.add(`namespace:${place}`);
        else places(find(source)?.members, true);
      }
    }
  }
}

function callersOf(find: Find, identity: string): Set<string> {
  const callers = [...(find(identity)?.callers ?? []), ...(find("*")?.callers ?? [])];
  return new Set(callers.map(({ source }) => source.toLowerCase()));
}
