import { emptyPersistentMap, type PersistentMap } from "@fairlead/apimachinery";
import type {
  DependencyFact,
  ExportFact,
  Fact,
  MeshFact,
  NamespaceFact,
  PolicyFact,
  ProxyFact,
  RoutingFact,
  ServiceFact,
  SidecarFact,
  WorkloadFact,
  WrittenFact,
} from "../model/facts.ts";
import type { ClusterFacts, ClusterView } from "../model/fleet.ts";

/** A workload of an identity, as the mesh sees it. */
export interface Member {
  /** With the pod template that counts (a Rollout may use a Deployment's), and what its namespace hands over. */
  readonly fact: WorkloadFact;
  /** Lower case. */
  readonly identity: string;
  /** As written. */
  readonly name: string;
  /** As Dependencies call it: `PARTITION.IDENTITY` for a member of a partition, else the identity. Lower case. */
  readonly called: string;
  /** Other identities that other keys give it, lower case, sorted. */
  readonly others: readonly string[];
}

/** A workload, and what it is to the mesh: nothing, or a member. */
export interface Item {
  readonly fact: WorkloadFact;
  readonly member: Member | undefined;
}

/** One namespace of one cluster. Lists are sorted by name. */
export interface NamespaceState {
  readonly cluster: string;
  readonly name: string;
  readonly fact: NamespaceFact | undefined;
  readonly workloads: readonly Item[];
  readonly services: readonly ServiceFact[];
  readonly routing: readonly RoutingFact[];
  readonly sidecars: readonly SidecarFact[];
  readonly exports: readonly ExportFact[];
}

export interface ClusterState {
  readonly name: string;
  readonly view: ClusterView;
  /** By kind, namespace and name. */
  readonly objects: PersistentMap<Fact>;
  /** By name. */
  readonly namespaces: PersistentMap<NamespaceState>;
  /** Nodes by region, and by zone within it: how many there are of each. */
  readonly regions: ReadonlyMap<string, ReadonlyMap<string, number>>;
  /** Sorted by name. */
  readonly meshes: readonly MeshFact[];
  readonly ambientNamespaces: number;
  readonly facts: ClusterFacts;
}

/** What belongs to one identity. `*` has the wildcards of Dependencies. Lists are sorted by place. */
export interface IdentityState {
  readonly key: string;
  readonly members: readonly Member[];
  /** Identities with members whose names end in this one after a dot: names of theirs may be names of it. Sorted. */
  readonly longer: readonly string[];
  /** Members of other identities that Dependencies call by this name, as one of their partitions. */
  readonly partition: readonly Member[];
  readonly policies: readonly PolicyFact[];
  /** Of which it is the source. */
  readonly dependencies: readonly DependencyFact[];
  /** That name it as a destination. */
  readonly callers: readonly DependencyFact[];
  readonly proxies: readonly ProxyFact[];
  readonly exports: readonly ExportFact[];
}

export interface FleetState {
  readonly clusters: ReadonlyMap<string, ClusterState>;
  /** By identity, lower case. */
  readonly identities: PersistentMap<IdentityState>;
  /** Routing objects of users, by host in lower case. */
  readonly routing: PersistentMap<readonly RoutingFact[]>;
  /** Those of them that would be one object if they were copied: see `copyPlace`. */
  readonly copies: PersistentMap<readonly RoutingFact[]>;
  /** DependencyProxies by the name that leads to them: see `proxiedHost`. */
  readonly proxied: PersistentMap<readonly ProxyFact[]>;
  /** Hosts of routing and written objects, by each identity that they could be of: see `hosts.ts`. */
  readonly hosts: PersistentMap<readonly string[]>;
  /** Written objects by their key; `host:HOST` where an object does not say whose it is. */
  readonly written: PersistentMap<readonly WrittenFact[]>;
  /** By host in lower case. */
  readonly addresses: PersistentMap<readonly string[]>;
  /** Where they come from, by store. */
  readonly stores: ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;
  /** Names that Dependencies give to identities by another key than the settings': `KEY\0value` → how many. */
  readonly named: PersistentMap<number>;
  /** Those other keys, with the number of Dependencies that use them. */
  readonly namingKeys: ReadonlyMap<string, number>;
  /** `CLUSTER/NAMESPACE` of namespaces that have a Sidecar. */
  readonly sidecars: PersistentMap<true>;
  readonly time: number | undefined;
  /** Keys, as written objects name them, whose plans depend on the time. */
  readonly shifting: PersistentMap<true>;
  /** See `Fleet.revision`; of identities of which anything is known. */
  readonly revisions: PersistentMap<object>;
}

export const emptyState: FleetState = {
  clusters: new Map(),
  identities: emptyPersistentMap(),
  routing: emptyPersistentMap(),
  copies: emptyPersistentMap(),
  proxied: emptyPersistentMap(),
  hosts: emptyPersistentMap(),
  written: emptyPersistentMap(),
  addresses: emptyPersistentMap(),
  stores: new Map(),
  named: emptyPersistentMap(),
  namingKeys: new Map(),
  sidecars: emptyPersistentMap(),
  time: undefined,
  shifting: emptyPersistentMap(),
  revisions: emptyPersistentMap(),
};

export function emptyIdentity(key: string): IdentityState {
  return {
    key,
    members: [],
    longer: [],
    partition: [],
    policies: [],
    dependencies: [],
    callers: [],
    proxies: [],
    exports: [],
  };
}

export function emptyNamespace(cluster: string, name: string): NamespaceState {
  return { cluster, name, fact: undefined, workloads: [], services: [], routing: [], sidecars: [], exports: [] };
}
