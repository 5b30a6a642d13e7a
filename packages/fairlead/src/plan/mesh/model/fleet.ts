import type { Finding } from "@fairlead/krm";
import type {
  DependencyFact,
  ExportFact,
  NamespaceFact,
  PolicyFact,
  PolicyKind,
  ProxyFact,
  RoutingFact,
  ServiceFact,
  SidecarFact,
  WorkloadFact,
  WrittenFact,
} from "./facts.ts";
import type { MeshSettings } from "./settings.ts";

/**
 * Everything that is known of all clusters at one moment: immutable, and sharing its parts with the snapshot before it.
 * A lookup costs the same however large the fleet is. Lists are sorted by cluster, namespace and name, so that a plan
 * does not depend on the order in which objects were seen.
 */
export interface Fleet {
  readonly settings: MeshSettings;
  /** Milliseconds since the epoch; undefined where there is no time, as in files. What is under way goes by it. */
  readonly time?: number | undefined;
  /** By name. */
  readonly clusters: readonly ClusterFacts[];
  cluster(name: string): ClusterFacts | undefined;
  /** What there is to plan: every key that has sources, clients, policies or written objects. */
  keys(): Iterable<MeshKey>;
  /** What has this identity (lower case); undefined if nothing has. */
  identity(identity: string): IdentityFacts | undefined;
  /**
   * The same object in all snapshots between which nothing has changed that the plan of `identity:…` depends on, for what
   * is derived from it to be kept by; undefined if that is not followed.
   */
  revision(identity: string): object | undefined;
  /** Whom Dependencies let call an identity; or the parts of it that they call by these names. */
  clientsOf(identity: string, called?: readonly string[]): Audience;
  /** Who calls others by a name of a Dependency, lower case: an identity, or one partition of it. */
  client(name: string): Client | undefined;
  /** What an identity calls by Dependencies: identities in lower case, sorted; wildcards are followed. */
  destinationsOf(identity: string): readonly string[];
  /** Identities with workloads in a namespace, lower case, sorted. */
  identitiesIn(cluster: string, namespace: string): readonly string[];
  services(cluster: string, namespace: string): readonly ServiceFact[];
  namespace(cluster: string, name: string): NamespaceFact | undefined;
  /** Routing objects of users for a host. */
  routing(host: string): readonly RoutingFact[];
  /** Routing objects of a namespace, for rollouts that name them. */
  routingIn(cluster: string, namespace: string): readonly RoutingFact[];
  /** Users' routing objects that other clusters get under this name, the oldest first: it has the name. */
  copied(kind: RoutingFact["kind"], name: string): readonly RoutingFact[];
  /** DependencyProxies that run and that a host leads to, the oldest first: it has the host. */
  proxied(host: string): readonly ProxyFact[];
  sidecars(cluster: string, namespace: string): readonly SidecarFact[];
  /**
   * Identities that a host is of by the template of names and that run in its env, the longest first: several where
   * prefixes leave a doubt. With none, a routing object for the host is planned by its own key.
   */
  identitiesOf(host: string): readonly string[];
  /** Virtual addresses of a host, one for each family; undefined: none was allocated yet. */
  addresses(host: string): readonly string[] | undefined;
  /** The objects in all clusters that a key owns, as they are now. */
  written(key: MeshKey): readonly WrittenFact[];
}

/**
 * What is planned in one go: `identity:orders`; `namespace:CLUSTER/NAMESPACE` for what is one per namespace; and
 * `copy:CLUSTER/NAMESPACE/KIND/NAME` for a routing object of a user whose host is no identity's.
 */
export type MeshKey = `identity:${string}` | `namespace:${string}` | `copy:${string}`;

export interface ClusterFacts {
  readonly name: string;
  /** Empty if no node says. */
  readonly region: string;
  readonly zones: readonly string[];
  readonly network: string;
  readonly trustDomain: string;
  /** `cluster.local` unless told. */
  readonly clusterDomain: string;
  /** Where other clusters reach it; undefined: nobody can. */
  readonly gateway: Gateway | undefined;
  readonly dnsCapture: boolean | undefined;
  /** In ambient mode. */
  readonly ambient: boolean;
  readonly view: ClusterView;
}

export interface Gateway {
  /** A host name (with a dot at its end if settings say so) or an address. */
  readonly address: string;
  readonly port: number;
}

/**
 * How well a cluster is known. `current`; `stale`: it was read, and has not answered since; `unread`: nothing was ever
 * read of it, but it is registered: its endpoints stay where they are written; `paused`: a person said so, nothing is
 * written to it.
 */
export type ClusterView = "current" | "stale" | "unread" | "paused";

export interface IdentityFacts {
  /** Lower case: names of hosts have no case. */
  readonly key: string;
  /** As the oldest workload, or the first policy, writes it. */
  readonly name: string;
  /** In the mesh and not ignored: sources and clients. */
  readonly workloads: readonly WorkloadFact[];
  /** Whose the name is where it runs, by cluster and env. */
  readonly claims: readonly Claim[];
  policies(kind: PolicyKind): readonly PolicyFact[];
  /** Of which it is the source; those of `*` are at the identity `*`. */
  readonly dependencies: readonly DependencyFact[];
  /** That lead to it. */
  readonly proxies: readonly ProxyFact[];
  readonly exports: readonly ExportFact[];
  /** What is wrong with how its workloads are marked. */
  readonly findings: readonly Finding[];
}

/**
 * Who has a name in one cluster: the namespace of the oldest source, and those to which it handed the name over. The
 * sources of every other namespace are refused.
 */
export interface Claim {
  readonly cluster: string;
  readonly env: string;
  readonly owner: string;
  /** That serve it, sorted. */
  readonly namespaces: readonly string[];
  /** Sources by age, the oldest first. */
  readonly serving: readonly WorkloadFact[];
  readonly refused: readonly WorkloadFact[];
}

/** The workloads of a client, and the identity that they are of: `name` as users write it, `key` in lower case. */
export interface Client {
  readonly key: string;
  readonly name: string;
  readonly workloads: readonly WorkloadFact[];
}

/** Who gets the name of an identity. */
export type Audience =
  | { readonly kind: "everybody" }
  /** Clients as Dependencies call them (see `Fleet.client`), lower case, sorted; empty: nobody but the clusters where it runs. */
  | { readonly kind: "clients"; readonly identities: readonly string[] };
