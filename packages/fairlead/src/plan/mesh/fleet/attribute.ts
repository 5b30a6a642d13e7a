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
