/** A Fleet of a list of facts, without an index: for small worlds. */
import { compareText } from "@fairlead/apimachinery";
import type {
  DependencyFact,
  Fact,
  PolicyFact,
  RoutingFact,
  ServiceFact,
  WorkloadFact,
  WrittenFact,
} from "../../src/plan/mesh/model/facts.ts";
import { envOf } from "../../src/plan/mesh/identity/env.ts";
import type { Audience, Claim, ClusterFacts, Fleet, IdentityFacts, MeshKey } from "../../src/plan/mesh/model/fleet.ts";
import { byAge } from "../../src/plan/mesh/fleet/copies.ts";
import { byAge as proxiesByAge } from "../../src/plan/mesh/fleet/proxied.ts";
import { proxiedHost } from "../../src/plan/mesh/write/proxied-host.ts";
import { copyName } from "../../src/plan/mesh/write/copies/copy-object.ts";
import { isCopyable } from "../../src/plan/mesh/write/copies/eligible.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";

export interface SmallFleet {
  readonly settings: MeshSettings;
  readonly clusters: readonly (Partial<ClusterFacts> & { readonly name: string })[];
  readonly facts: readonly Fact[];
  /** `0`, `1`, … of the range in the order of the hosts asked for, unless listed. */
  readonly addresses?: { readonly [host: string]: readonly string[] } | "none";
}

export function cluster(name: string, region: string, more: Partial<ClusterFacts> = {}): ClusterFacts {
  return {
    name,
    region,
    zones: [],
    network: "",
    trustDomain: "cluster.local",
    clusterDomain: "cluster.local",
    gateway: { address: `lb-${name.replace(/^c-/, "")}.acme.example.`, port: 15443 },
    dnsCapture: true,
    ambient: false,
    view: "current",
    ...more,
  };
}

/** As if nobody ever disputed a name. */
function claimsOf(workloads: readonly WorkloadFact[], { discovery }: MeshSettings): readonly Claim[] {
  const groups = new Map<string, WorkloadFact[]>();
  for (const one of workloads) {
    if (!discovery.sourceKinds.includes(one.kind)) continue;
    const key = `${one.cluster}\n${envOf(one, discovery)}`;
    groups.set(key, [...(groups.get(key) ?? []), one]);
  }
  return [...groups.values()].map((group) => {
    const serving = group.toSorted((a, b) => compareText(a.createdAt, b.createdAt));
    const { cluster: name, namespace: owner } = serving[0]!;
    const namespaces = [...new Set(serving.map(({ namespace }) => namespace))].sort(compareText);
    return { cluster: name, env: envOf(serving[0]!, discovery), owner, namespaces, serving, refused: [] };
  });
}

function byPlace(a: { cluster: string; namespace: string; name: string }, b: typeof a): number {
  return compareText(a.cluster, b.cluster) || compareText(a.namespace, b.namespace) || compareText(a.name, b.name);
}

export function smallFleet({ settings, clusters: given, facts: unsorted, addresses = {} }: SmallFleet): Fleet {
  const facts = unsorted.toSorted(byPlace);
  const clusters = given
    .map((one) => cluster(one.name, one.region ?? "", one))
    .sort((a, b) => compareText(a.name, b.name));
  const of = <Name extends Fact["fact"]>(name: Name) =>
    facts.filter((fact): fact is Extract<Fact, { fact: Name }> => fact.fact === name);
  const identityOf = ({ labels, annotations }: WorkloadFact | PolicyFact) => {
    const key = settings.discovery.identityKey;
    return labels[key] ?? annotations[key] ?? (settings.discovery.withoutIdentity === "default" ? "default" : "");
  };
  const workloads = new Map<string, WorkloadFact[]>();
  for (const one of of("workload")) {
    const key = identityOf(one).toLowerCase();
    workloads.set(key, [...(workloads.get(key) ?? []), one]);
  }
  const dependencies = of("dependency") as readonly DependencyFact[];
  const policies = of("policy") as readonly PolicyFact[];

  const clientsOf = (identity: string): Audience => {
    const naming = dependencies.filter(({ destinations }) =>
      destinations.some((one) => one.toLowerCase() === identity),
    );
    if (naming.length === 0 && settings.scope.withoutDependency === "everywhere") return { kind: "everybody" };
    return {
      kind: "clients",
      identities: [...new Set(naming.map(({ source }) => source.toLowerCase()))].sort(compareText),
    };
  };
  const identity = (key: string): IdentityFacts | undefined => {
    const own = workloads.get(key) ?? [];
    const matching = policies.filter((one) => one.identity === key);
    if (own.length === 0 && matching.length === 0) return undefined;
    const oldest = own.toSorted((a, b) => compareText(a.createdAt, b.createdAt))[0];
    return {
      key,
      name: oldest === undefined ? key : identityOf(oldest),
      workloads: own,
      policies: ((kind) => matching.filter((one) => one.kind === kind)) as IdentityFacts["policies"],
      dependencies: dependencies.filter(({ source }) => source.toLowerCase() === key),
      proxies: of("proxy"),
      exports: [],
      claims: claimsOf(own, settings),
      findings: [],
    };
  };
  let count = 0;
  const allocated = new Map<string, readonly string[]>();
  return {
    settings,
    clusters,
    cluster: (name) => clusters.find((one) => one.name === name),
    keys: () => [...workloads.keys()].sort(compareText).map((key): MeshKey => `identity:${key}`),
    identity,
    revision: () => undefined,
    clientsOf,
    client: identity,
    destinationsOf: (key) =>
      dependencies.filter(({ source }) => source.toLowerCase() === key).flatMap(({ destinations }) => destinations),
    identitiesIn: (name, namespace) =>
      [...workloads]
        .filter(([, list]) => list.some((one) => one.cluster === name && one.namespace === namespace))
        .map(([key]) => key),
    services: (name, namespace) =>
      of("service").filter((one: ServiceFact) => one.cluster === name && one.namespace === namespace),
    namespace: (name, namespace) => of("namespace").find((one) => one.cluster === name && one.name === namespace),
    routing: (host) => of("routing").filter((one: RoutingFact) => one.hosts.includes(host)),
    routingIn: (name, namespace) =>
      of("routing").filter((one: RoutingFact) => one.cluster === name && one.namespace === namespace),
    sidecars: () => [],
    proxied: (host) =>
      of("proxy")
        .filter((one) => proxiedHost(one) === host.toLowerCase())
        .sort(proxiesByAge),
    copied: (kind, name) =>
      of("routing")
        .filter((one) => one.kind === kind && isCopyable(one, settings) && copyName(settings, one) === name)
        .sort(byAge),
    identitiesOf: () => [],
    addresses: (host) => {
      if (addresses === "none") return undefined;
      if (Object.hasOwn(addresses, host)) return addresses[host];
      if (!allocated.has(host)) allocated.set(host, [`240.0.0.${++count}`]);
      return allocated.get(host);
    },
    written: (key) => of("written").filter((one: WrittenFact) => one.key === key),
  };
}
