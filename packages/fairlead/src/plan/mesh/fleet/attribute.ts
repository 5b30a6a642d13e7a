import { persistentGet } from "@fairlead/apimachinery";
import type { RoutingFact, WrittenFact } from "../model/facts.ts";
import type { MeshKey } from "../model/fleet.ts";
import type { HostReader } from "./hosts.ts";
import type { FleetState } from "./state.ts";

/** The identity that a host is of: the longest that it could be and that is there. */
export function identityOfHost(state: FleetState, host: string, readHost: HostReader): string | undefined {
  return readHost(host).find((identity) => isThere(state, identity));
}

/** All identities that are there and that a host could be of. */
export function identitiesOfHost(state: FleetState, host: string, readHost: HostReader): readonly string[] {
  return readHost(host).filter((identity) => isThere(state, identity));
}

function isThere({ identities }: FleetState, identity: string): boolean {
  const found = persistentGet(identities, identity);
  return found !== undefined && found.members.length + found.policies.length > 0;
}

/**
 * Whose a host of a written object is that does not say so: an identity that is there; else the one that an object of
 * the same host names; else, of those it could be, the one for which nothing stands in front of the env.
 */
export function ownerOfHost(state: FleetState, host: string, readHost: HostReader): MeshKey | undefined {
  const candidates = readHost(host);
  const identity = candidates.find((name) => isThere(state, name)) ?? candidates[0];
  return identity === undefined ? undefined : `identity:${identity}`;
}

/** The keys under which a routing object of a user is planned: those of its hosts' identities, else its own. */
export function keysOfRouting(state: FleetState, fact: RoutingFact, readHost: HostReader): readonly MeshKey[] {
  const keys: MeshKey[] = [];
  for (const host of fact.hosts) {
    const identity = identityOfHost(state, host, readHost);
    if (identity !== undefined) keys.push(`identity:${identity}`);
  }
  return keys.length > 0 ? keys : [copyKey(fact)];
}

export function copyKey({ cluster, namespace, kind, name }: RoutingFact): MeshKey {
  return `copy:${cluster}/${namespace}/${kind}/${name}`;
}

/** Routing objects of the same kind, namespace and name in other clusters, whose host is no identity's either. */
export function twinsOf(state: FleetState, fact: RoutingFact): readonly RoutingFact[] {
  const twins: RoutingFact[] = [];
  for (const { name, namespaces } of state.clusters.values()) {
    if (name === fact.cluster) continue;
    const space = persistentGet(namespaces, fact.namespace);
    const twin = space?.routing.find((one) => one.kind === fact.kind && one.name === fact.name);
    if (twin !== undefined) twins.push(twin);
  }
  return twins;
}

/** Written objects that do not say whose they are, and whose host is no identity's: copies of a user's objects. */
export function copyOf(state: FleetState, fact: WrittenFact): MeshKey {
  const host = fact.key.slice("host:".length);
  const source = persistentGet(state.routing, host)?.find(
    (one) => one.kind === fact.kind && (one.name === fact.name || `${one.namespace}-${one.name}` === fact.name),
  );
  return source === undefined ? `copy:${fact.cluster}/${fact.namespace}/${fact.kind}/${fact.name}` : copyKey(source);
}
