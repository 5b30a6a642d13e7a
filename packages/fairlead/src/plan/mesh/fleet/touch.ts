import { compareText, equal, persistentEntries, persistentGet } from "@fairlead/apimachinery";
import type { RoutingFact } from "../model/facts.ts";
import type { ClusterFacts, MeshKey } from "../model/fleet.ts";
import type { MeshSettings } from "../model/settings.ts";
import { envOf } from "../identity/env.ts";
import { exportedHost } from "../identity/exports/exported-host.ts";
import { labelAt } from "../observe/read.ts";
import { identitiesOfHost, keysOfRouting } from "./attribute.ts";
import { allKeys, isPlanned } from "./keys.ts";
import {
  audienceText,
  calledBy,
  callNames,
  clientsOf,
  everyIdentity,
  membersCalled,
  planned,
  type Find,
} from "./audience.ts";
import type { Draft } from "./draft.ts";
import { ownerOfWritten } from "./owner-of-written.ts";
import { touchProxied } from "./proxied.ts";
import { namesRouting } from "./selects.ts";
import { identitiesOf } from "./settle.ts";
import { touchCopies } from "./touch-copies.ts";
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
  const keys = new Set<MeshKey>();
  const touch = (identity: string): void => void keys.add(`identity:${identity}`);

  /** Who may call a workload may call it by the name of its exported Service. */
  const touchExports = (identity: string): void => {
    for (const find of finds) {
      for (const fact of find(identity)?.exports ?? []) {
        const host = exportedHost(fact, settings.names);
        if (host !== undefined) touch(host);
      }
    }
  };

  // What is seen of an identity: its hosts, endpoints and policies.
  for (const identity of touched.identities) {
    touch(identity);
    // How its endpoints are dealt with is the same by the name of an export.
    touchExports(identity);
  }
  for (const fact of touched.routing) touchRouting(draft, after, fact, keys);
  for (const host of touched.hosts) {
    for (const state of states) for (const identity of identitiesOfHost(state, host, draft)) touch(identity);
    // An exported Service is planned under its own name.
    if (finds.some((find) => find(host) !== undefined)) touch(host);
    // Copies that say nothing of themselves are of whoever has their host.
    const copies = persistentGet(after.written, `host:${host}`) ?? [];
    for (const state of states) for (const fact of copies) keys.add(ownerOfWritten(state, fact, draft));
  }
  touchCopies(draft, after, keys);
  touchProxied(draft, after, keys);
  const seen = new Set<MeshKey>();
  touchClusters(draft, after, seen);
  for (const key of seen) {
    keys.add(key);
    if (key.startsWith("identity:")) touchExports(key.slice("identity:".length));
  }
  for (const identity of touched.members) {
    touchHosts(draft, after, identity, keys);
    for (const rival of rivalsOf(identity, finds, settings)) touch(rival);
  }

  // Who calls it.
  const audiences = new Set(touched.audiences);
  const touchAudience = (identity: string): void => {
    touch(identity);
    touchExports(identity);
  };
  for (const identity of audiencesOfMembers(draft, after, finds)) touchAudience(identity);
  if (settings.scope.wildcards && audiences.delete("*")) {
    for (const state of states) for (const [name] of persistentEntries(state.identities)) audiences.add(name);
  }
  for (const identity of new Set([...audiences].flatMap((name) => finds.flatMap((find) => planned(find, name))))) {
    const [old, next] = finds.map((find) => audienceText(clientsOf(find, identity, settings.scope)));
    if (old !== next) touchAudience(identity);
  }

  touchShifting(draft, after, keys);
  touchNamespaces(draft, after, finds, keys);
  for (const source of touched.sources) {
    touch(source);
    for (const find of finds) for (const identity of planned(find, source)) touch(identity);
  }
  for (const fact of touched.written) for (const state of states) keys.add(ownerOfWritten(state, fact, draft));
  for (const key of touched.keys) keys.add(key);
  return [...keys].sort(compareText);
}

/** Shares that are being moved go by the time, and by how well the clusters are known. */
function touchShifting(draft: Draft, after: FleetState, keys: Set<MeshKey>): void {
  const { before } = draft;
  if ((before.time === undefined) !== (after.time === undefined)) return touchAll(draft, [before, after], keys);
  const viewIn = (state: FleetState, name: string) => state.clusters.get(name)?.facts.view;
  const isSeenOtherwise = [...draft.clusters.keys()].some((name) => viewIn(before, name) !== viewIn(after, name));
  if (before.time === after.time && !isSeenOtherwise) return;
  for (const [key] of persistentEntries(after.shifting)) if (key.startsWith("identity:")) keys.add(key as MeshKey);
}

function touchRouting(draft: Draft, after: FleetState, fact: RoutingFact, keys: Set<MeshKey>): void {
  for (const state of [draft.before, after]) {
    for (const key of keysOfRouting(state, fact, draft)) keys.add(key);
  }
  const merged = mergedInto(fact, draft.settings);
  if (merged !== undefined) keys.add(`identity:${merged}`);
  for (const identity of rolloutsNaming(after, fact)) keys.add(`identity:${identity}`);
}

/** Routing objects, and written ones, of hosts that an identity may have from now on, or no longer has. */
function touchHosts(draft: Draft, after: FleetState, identity: string, keys: Set<MeshKey>): void {
  for (const host of persistentGet(after.hosts, identity) ?? []) {
    const [old, next] = [draft.before, after].map((state) => identitiesOfHost(state, host, draft));
    if (equal(old, next)) continue;
    for (const state of [draft.before, after]) {
      for (const fact of persistentGet(after.written, `host:${host}`) ?? [])
        keys.add(ownerOfWritten(state, fact, draft));
      for (const fact of persistentGet(after.routing, host) ?? []) {
        for (const key of keysOfRouting(state, fact, draft)) keys.add(key);
      }
    }
  }
}

/** Identities that some host may be of too: those that a name ends in, and those whose names end in its base hosts. */
function rivalsOf(identity: string, finds: readonly Find[], { discovery }: MeshSettings): readonly string[] {
  const names = new Set<string>();
  for (let dot = identity.indexOf("."); dot >= 0; dot = identity.indexOf(".", dot + 1)) {
    names.add(identity.slice(dot + 1));
  }
  for (const find of finds) {
    for (const { fact } of find(identity)?.members ?? []) {
      const inFront = `${envOf(fact, discovery).toLowerCase()}.${identity}`;
      for (const found of finds) for (const name of [inFront, ...(found(inFront)?.longer ?? [])]) names.add(name);
    }
  }
  return [...names].filter((name) => finds.some((find) => (find(name)?.members.length ?? 0) > 0));
}

/** The identity into whose rules a VirtualService is merged, by the labels that say so. */
function mergedInto({ labels }: RoutingFact, { routing }: MeshSettings): string | undefined {
  const creator = routing.inCluster?.mergeCreatedBy;
  return creator !== undefined && labelAt(labels, "createdBy") === creator
    ? labelAt(labels, "createdFor")?.toLowerCase()
    : undefined;
}

/** Identities in a namespace whose rollouts take their weights from a VirtualService, or versions from a rule. */
function rolloutsNaming(state: FleetState, routing: RoutingFact): string[] {
  const spaces = state.clusters.get(routing.cluster)?.namespaces;
  const space = spaces === undefined ? undefined : persistentGet(spaces, routing.namespace);
  const naming = (space?.workloads ?? []).filter(({ fact }) => namesRouting(fact, routing));
  return naming.flatMap(({ member }) => (member === undefined ? [] : [member.identity]));
}

/** What is called by identities that now run elsewhere, or as somebody else: its audience is made of these places. */
function audiencesOfMembers({ touched, settings }: Draft, after: FleetState, finds: readonly Find[]): Set<string> {
  const [old, next] = finds as readonly [Find, Find];
  const labels = labelsOfClients(settings);
  const found = new Set<string>();
  for (const identity of touched.members) {
    const calls = finds.some((find) =>
      callNames(find, identity).some((name) => (find(name)?.dependencies.length ?? 0) > 0),
    );
    if (!calls || footprint(old(identity), labels) === footprint(next(identity), labels)) continue;
    for (const find of finds) {
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
    if (a === undefined || b === undefined || seenDiffers(a, b, settings)) {
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
function seenDiffers(a: ClusterFacts, b: ClusterFacts, { traffic }: MeshSettings): boolean {
  const written = ({ view }: ClusterFacts): string => (view === "stale" ? "current" : view);
  // Tiers are called as where the callers are: by the region of a cluster, and by its zone if it has only one.
  const zone = ({ zones }: ClusterFacts): string | undefined => (zones.length === 1 ? zones[0] : undefined);
  return (
    written(a) !== written(b) ||
    a.trustDomain !== b.trustDomain ||
    a.ambient !== b.ambient ||
    a.region !== b.region ||
    (traffic.failover === "priority" && zone(a) !== zone(b))
  );
}

function withoutView(facts: ClusterFacts): ClusterFacts {
  return { ...facts, view: "current", dnsCapture: undefined };
}

function* runningIn(cluster: ClusterState | undefined): Generator<string> {
  if (cluster === undefined) return;
  for (const [, space] of persistentEntries(cluster.namespaces)) yield* identitiesOf(space);
}

/** What is written into a cluster: what runs there, what that calls, what everybody gets, copies, and what is there. */
function touchSeen(draft: Draft, state: FleetState, cluster: ClusterState, keys: Set<MeshKey>): void {
  const { settings } = draft;
  const find: Find = (name) => persistentGet(state.identities, name);
  let isAllCalled = false;
  for (const identity of new Set(runningIn(cluster))) {
    keys.add(`identity:${identity}`);
    const { names, all } = calledBy(find, identity, settings.scope);
    for (const name of names) keys.add(`identity:${name}`);
    isAllCalled ||= all;
  }
  if (isAllCalled) for (const name of everyIdentity(state.identities)) keys.add(`identity:${name}`);
  for (const [name] of persistentEntries(state.identities)) {
    if (clientsOf(find, name, settings.scope).kind === "everybody") keys.add(`identity:${name}`);
  }
  for (const [, list] of persistentEntries(state.routing)) {
    for (const fact of list) for (const key of keysOfRouting(state, fact, draft)) keys.add(key);
  }
  for (const [name, space] of persistentEntries(cluster.namespaces)) {
    for (const fact of space.exports) {
      const host = exportedHost(fact, settings.names);
      if (host !== undefined) keys.add(`identity:${host}`);
    }
    if (isPlanned(space, settings)) keys.add(`namespace:${cluster.name}/${name}`);
  }
  for (const [, fact] of persistentEntries(cluster.objects)) {
    if (fact.fact === "written") keys.add(ownerOfWritten(state, fact, draft));
  }
}

function touchAll(draft: Draft, states: readonly FleetState[], keys: Set<MeshKey>): void {
  for (const state of states) for (const key of allKeys(state, draft)) keys.add(key);
}

/** What is one per namespace: hosts that its Sidecar lets out, and rules for the services that run in it. */
function touchNamespaces(
  { settings, touched }: Draft,
  after: FleetState,
  finds: readonly Find[],
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
  const identities = [...keys].filter((key) => key.startsWith("identity:")).map((key) => key.slice("identity:".length));
  for (const identity of rules ? identities : []) for (const find of finds) places(find(identity)?.members, false);
  if (!sidecars) return;
  for (const find of finds) {
    for (const source of touched.sources) {
      if (source === "*") for (const [place] of persistentEntries(after.sidecars)) keys.add(`namespace:${place}`);
      else places(membersCalled(find, source), true);
    }
    for (const identity of identities) {
      for (const source of callersOf(find, identity)) {
        if (source === "*") for (const [place] of persistentEntries(after.sidecars)) keys.add(`namespace:${place}`);
        else places(membersCalled(find, source), true);
      }
    }
  }
}

function callersOf(find: Find, identity: string): Set<string> {
  const own = callNames(find, identity).flatMap((name) => find(name)?.callers ?? []);
  const callers = [...own, ...(find("*")?.callers ?? [])];
  return new Set(callers.map(({ source }) => source.toLowerCase()));
}
