import { persistentGet } from "@fairlead/apimachinery";
import { envOf } from "../identity/env.ts";
import type { RoutingFact, WrittenFact } from "../model/facts.ts";
import type { MeshKey } from "../model/fleet.ts";
import type { MeshSettings } from "../model/settings.ts";
import type { HostReader } from "./hosts.ts";
import type { FleetState } from "./state.ts";

/** What it takes to tell whose a host is. */
export interface Hosts {
  readonly settings: MeshSettings;
  readonly readHost: HostReader;
}

/** All identities that run somewhere in the env of a host that is theirs by the template, the longest first. */
export function identitiesOfHost(state: FleetState, host: string, hosts: Hosts): readonly string[] {
  const found = hosts.readHost(host).filter(({ identity, env }) => {
    const members = persistentGet(state.identities, identity)?.members ?? [];
    return members.some(({ fact }) => env === undefined || envOf(fact, hosts.settings.discovery).toLowerCase() === env);
  });
  return [...new Set(found.map(({ identity }) => identity))];
}

/** The keys under which a routing object of a user is planned: those of its hosts' identities, else its own. */
export function keysOfRouting(state: FleetState, fact: RoutingFact, hosts: Hosts): readonly MeshKey[] {
  const keys = fact.hosts.flatMap((host) =>
    identitiesOfHost(state, host, hosts).map((identity): MeshKey => `identity:${identity}`),
  );
  return keys.length > 0 ? keys : [copyKey(fact)];
}

export function copyKey({
  cluster,
  namespace,
  kind,
  name,
}: Pick<WrittenFact, "cluster" | "namespace" | "kind" | "name">): MeshKey {
  return `copy:${cluster}/${namespace}/${kind}/${name}`;
}

/** Routing objects of the same kind, namespace and name in other clusters: of their copies, one counts. */
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

/** The host of a written object that does not say whose it is. */
export function hostOfWritten({ key }: WrittenFact): string | undefined {
  return key.startsWith("host:") ? key.slice("host:".length) : undefined;
}

/**
 * Whose a written object is: what it says; else an identity that has its host; else the user's object that it is a copy
 * of, by its name; else, though nothing of it is there any more, the identity that its host names.
 */
export function ownerOfWritten(state: FleetState, fact: WrittenFact, hosts: Hosts): MeshKey {
  const host = hostOfWritten(fact);
  if (host === undefined) return fact.key as MeshKey;
  const [there] = identitiesOfHost(state, host, hosts);
  if (there !== undefined) return `identity:${there}`;
  const source = persistentGet(state.routing, host)?.find(
    (one) => one.kind === fact.kind && (one.name === fact.name || `${one.namespace}-${one.name}` === fact.name),
  );
  if (source !== undefined) return copyKey(source);
  const [first] = hosts.readHost(host);
  return first === undefined ? copyKey(fact) : `identity:${first.identity}`;
}
