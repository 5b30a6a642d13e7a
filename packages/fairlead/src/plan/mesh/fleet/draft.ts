import { emptyPersistentMap, persistentGet } from "@fairlead/apimachinery";
import type { Fact, MeshFact, ProxyFact, RoutingFact, ServiceFact, WrittenFact } from "../model/facts.ts";
import type { ClusterView, MeshKey } from "../model/fleet.ts";
import type { MeshSettings } from "../model/settings.ts";
import type { HostReader } from "./hosts.ts";
import { listOverlay, overlay, type Mutable, type Overlay } from "./overlay.ts";
import {
  emptyIdentity,
  emptyNamespace,
  type ClusterState,
  type FleetState,
  type IdentityState,
  type NamespaceState,
} from "./state.ts";

export type IdentityDraft = Mutable<IdentityState>;
export type NamespaceDraft = Mutable<NamespaceState>;

/** What has changed in a namespace, so that its workloads are looked at again. */
export interface NamespaceWork {
  /** What the namespace says of all of them. */
  all: boolean;
  /** Names of workloads. */
  readonly workloads: Set<string>;
  /** Services as they were, and as they are. */
  readonly services: ServiceFact[];
}

export interface ClusterDraft {
  readonly name: string;
  readonly before: ClusterState | undefined;
  /** Undefined: it is registered no longer. */
  view: ClusterView | undefined;
  readonly objects: Map<string, Fact | undefined>;
  readonly namespaces: Overlay<NamespaceState, NamespaceDraft>;
  readonly work: Map<string, NamespaceWork>;
  regions: Map<string, Map<string, number>> | undefined;
  meshes: readonly MeshFact[];
  ambientNamespaces: number;
}

/** Whose plans may come out differently. */
export interface Touched {
  /** Identities of which something has changed: their names, endpoints or policies. */
  readonly identities: Set<string>;
  /** Identities with other members: where they run, and as whom, concerns what they call. */
  readonly members: Set<string>;
  /** Identities of which Dependencies say something else; `*`: of all. */
  readonly audiences: Set<string>;
  /** Hosts of which routing objects, or addresses, have changed. */
  readonly hosts: Set<string>;
  /** Names that lead to DependencyProxies, of which one has changed. */
  readonly proxied: Set<string>;
  readonly routing: RoutingFact[];
  readonly written: WrittenFact[];
  /** Sources of Dependencies that have changed. */
  readonly sources: Set<string>;
  readonly keys: Set<MeshKey>;
  /** The keys of identities by which Dependencies name them have changed: `KEY\0value`. */
  readonly named: Map<string, number>;
}

/** A snapshot that is being made from another. */
export interface Draft {
  readonly settings: MeshSettings;
  readonly before: FleetState;
  readonly readHost: HostReader;
  readonly clusters: Map<string, ClusterDraft>;
  readonly identities: Overlay<IdentityState, IdentityDraft>;
  readonly routing: Overlay<readonly RoutingFact[], RoutingFact[]>;
  readonly copies: Overlay<readonly RoutingFact[], RoutingFact[]>;
  readonly proxied: Overlay<readonly ProxyFact[], ProxyFact[]>;
  readonly hosts: Overlay<readonly string[], string[]>;
  readonly written: Overlay<readonly WrittenFact[], WrittenFact[]>;
  readonly addresses: Overlay<readonly string[], string[]>;
  readonly stores: Map<string, ReadonlyMap<string, readonly string[]>>;
  readonly touched: Touched;
  time: number | undefined;
}

export function openDraft(before: FleetState, settings: MeshSettings, readHost: HostReader): Draft {
  return {
    settings,
    before,
    readHost,
    clusters: new Map(),
    identities: overlay<IdentityState, IdentityDraft>(before.identities, copyIdentity, isEmptyIdentity),
    routing: listOverlay(before.routing),
    copies: listOverlay(before.copies),
    proxied: listOverlay(before.proxied),
    hosts: listOverlay(before.hosts),
    written: listOverlay(before.written),
    addresses: listOverlay(before.addresses),
    stores: new Map(before.stores),
    time: before.time,
    touched: {
      identities: new Set(),
      members: new Set(),
      audiences: new Set(),
      hosts: new Set(),
      proxied: new Set(),
      routing: [],
      written: [],
      sources: new Set(),
      keys: new Set(),
      named: new Map(),
    },
  };
}

/** Our own copy of a cluster; one that nobody registered is known as soon as something of it is seen. */
export function openCluster(draft: Draft, name: string): ClusterDraft {
  const known = draft.clusters.get(name);
  if (known !== undefined) return known;
  const before = draft.before.clusters.get(name);
  const made: ClusterDraft = {
    name,
    before,
    view: before?.view,
    objects: new Map(),
    namespaces: overlay<NamespaceState, NamespaceDraft>(
      before?.namespaces ?? emptyPersistentMap(),
      (state, key) => copyNamespace(state ?? emptyNamespace(name, key)),
      isEmptyNamespace,
    ),
    work: new Map(),
    regions: undefined,
    meshes: before?.meshes ?? [],
    ambientNamespaces: before?.ambientNamespaces ?? 0,
  };
  draft.clusters.set(name, made);
  return made;
}

export function objectIn(cluster: ClusterDraft, key: string): Fact | undefined {
  if (cluster.objects.has(key)) return cluster.objects.get(key);
  return cluster.before === undefined ? undefined : persistentGet(cluster.before.objects, key);
}

export function workIn(cluster: ClusterDraft, namespace: string): NamespaceWork {
  let work = cluster.work.get(namespace);
  if (work === undefined) {
    work = { all: false, workloads: new Set(), services: [] };
    cluster.work.set(namespace, work);
  }
  return work;
}

function copyIdentity(state: IdentityState | undefined, key: string): IdentityDraft {
  const { members, longer, partition, policies, dependencies, callers, proxies, exports } = state ?? emptyIdentity(key);
  return {
    key,
    members: [...members],
    longer: [...longer],
    partition: [...partition],
    policies: [...policies],
    dependencies: [...dependencies],
    callers: [...callers],
    proxies: [...proxies],
    exports: [...exports],
  };
}

function isEmptyIdentity(state: IdentityState): boolean {
  const { members, longer, partition, policies, dependencies, callers, proxies, exports } = state;
  return [members, longer, partition, policies, dependencies, callers, proxies, exports].every(
    (list) => list.length === 0,
  );
}

function copyNamespace(state: NamespaceState): NamespaceDraft {
  const { workloads, services, routing, sidecars, exports } = state;
  return {
    ...state,
    workloads: [...workloads],
    services: [...services],
    routing: [...routing],
    sidecars: [...sidecars],
    exports: [...exports],
  };
}

function isEmptyNamespace(state: NamespaceState): boolean {
  const { fact, workloads, services, routing, sidecars, exports } = state;
  return fact === undefined && [workloads, services, routing, sidecars, exports].every((list) => list.length === 0);
}
