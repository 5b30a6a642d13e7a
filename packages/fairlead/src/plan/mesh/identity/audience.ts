import { compareText } from "@fairlead/apimachinery";
import type { Fleet } from "../model/fleet.ts";
import type { WorkloadFact } from "../model/facts.ts";
import type { Backend, Seen } from "../model/intent.ts";
import { calledOf } from "./partition.ts";

/** Clusters and namespaces of those who call an identity. */
export interface Callers {
  /** Undefined: everybody. By cluster, the namespaces with clients. */
  readonly namespaces: ReadonlyMap<string, ReadonlySet<string>> | undefined;
}

/** `workloads`: what serves the hosts in question, where their partitions decide who calls them. */
export function callersOf(identity: string, fleet: Fleet, workloads: readonly WorkloadFact[] = []): Callers {
  const { discovery } = fleet.settings;
  const called =
    discovery.partitionKey === undefined || workloads.length === 0
      ? undefined
      : [...new Set(workloads.map((workload) => calledOf(identity, workload, discovery)))].sort(compareText);
  const audience = fleet.clientsOf(identity, called);
  if (audience.kind === "everybody") return { namespaces: undefined };
  const namespaces = new Map<string, Set<string>>();
  for (const client of audience.identities) {
    for (const { cluster, namespace, ignored } of fleet.client(client)?.workloads ?? []) {
      if (ignored) continue;
      const known = namespaces.get(cluster);
      if (known === undefined) namespaces.set(cluster, new Set([namespace]));
      else known.add(namespace);
    }
  }
  return { namespaces };
}

/** The clusters that get a host, with the namespaces that see it there. */
export function audienceOf(
  identity: string,
  backends: readonly Backend[],
  callers: Callers,
  fleet: Fleet,
): readonly Seen[] {
  const sources = new Map<string, Set<string>>();
  for (const { cluster, namespace, retained } of backends) {
    if (retained) continue;
    const known = sources.get(cluster);
    if (known === undefined) sources.set(cluster, new Set([namespace]));
    else known.add(namespace);
  }
  const names =
    callers.namespaces === undefined
      ? fleet.clusters.map(({ name }) => name)
      : [...new Set([...sources.keys(), ...callers.namespaces.keys()])].sort(compareText);
  return names.map((cluster) => ({
    cluster,
    source: sources.has(cluster),
    exportTo: exportTo(identity, cluster, sources.get(cluster), callers, fleet),
  }));
}

function exportTo(
  identity: string,
  cluster: string,
  own: ReadonlySet<string> | undefined,
  callers: Callers,
  fleet: Fleet,
): readonly string[] | undefined {
  const { scope, gateways } = fleet.settings;
  const limits = scope.exportTo;
  if (limits === undefined || callers.namespaces === undefined) return undefined;
  if (callers.namespaces.size === 0 && scope.withoutClients === "everybody") return undefined;
  if (!limits.identities.some((one) => one === "*" || one.toLowerCase() === identity)) return undefined;
  const namespaces = new Set(callers.namespaces.get(cluster));
  if (own !== undefined) {
    for (const one of own) namespaces.add(one);
    // The gateway finds the host there.
    namespaces.add(gateways.namespace);
  }
  if (namespaces.size > limits.most) return ["*"];
  return [...namespaces].sort(compareText);
}
