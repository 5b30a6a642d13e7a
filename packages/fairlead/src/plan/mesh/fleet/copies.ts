import { compareText, persistentGet } from "@fairlead/apimachinery";
import type { RoutingFact } from "../model/facts.ts";
import type { MeshKey } from "../model/fleet.ts";
import { isCopyable } from "../write/copies/eligible.ts";
import { identitiesOfHost, type Hosts } from "./attribute.ts";
import { namesRouting } from "./selects.ts";
import type { FleetState } from "./state.ts";

/** Under which users' routing objects are found whose copies would be one object. */
export function copyPlace(kind: string, name: string): string {
  return `${kind} ${name}`;
}

/** See `Fleet.copied`. */
export function copiedAs(state: FleetState, kind: string, name: string, hosts: Hosts): readonly RoutingFact[] {
  const found = persistentGet(state.copies, copyPlace(kind, name));
  return found === undefined ? [] : found.filter((fact) => isCopiedIn(state, fact, hosts)).sort(byAge);
}

/** The oldest first: who was there keeps a name. */
export function byAge(a: RoutingFact, b: RoutingFact): number {
  return (
    compareText(a.createdAt, b.createdAt) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name) ||
    compareText(a.cluster, b.cluster)
  );
}

function isCopiedIn(state: FleetState, fact: RoutingFact, hosts: Hosts): boolean {
  if (!isCopyable(fact, hosts.settings) || isOfRollout(state, fact)) return false;
  return hosts.settings.copies.withoutDependents === "everywhere" || identityKeys(state, fact, hosts).length > 0;
}

function isOfRollout(state: FleetState, fact: RoutingFact): boolean {
  const spaces = state.clusters.get(fact.cluster)?.namespaces;
  const space = spaces === undefined ? undefined : persistentGet(spaces, fact.namespace);
  return space?.workloads.some((item) => item.member !== undefined && namesRouting(item.fact, fact)) === true;
}

/** The identities, exported Services among them, whose names a routing object is for. */
export function identityKeys(state: FleetState, fact: RoutingFact, hosts: Hosts): MeshKey[] {
  return fact.hosts.flatMap((host): MeshKey[] => {
    const name = host.toLowerCase();
    const exported = (persistentGet(state.identities, name)?.exports.length ?? 0) > 0;
    return [...identitiesOfHost(state, host, hosts), ...(exported ? [name] : [])].map(
      (one): MeshKey => `identity:${one}`,
    );
  });
}
