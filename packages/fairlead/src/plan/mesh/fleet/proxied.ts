import { compareText, persistentEntries, persistentGet } from "@fairlead/apimachinery";
import { envOf } from "../identity/env.ts";
import type { ProxyFact } from "../model/facts.ts";
import type { MeshKey } from "../model/fleet.ts";
import type { MeshSettings, ScopeSettings } from "../model/settings.ts";
import { proxiedHost, proxiedIdentity, proxyIdentity } from "../write/proxied-host.ts";
import { identitiesOfHost } from "./attribute.ts";
import { clientsOf, membersCalled } from "./audience.ts";
import type { Draft } from "./draft.ts";
import type { FleetState } from "./state.ts";

/** See `Fleet.proxied`. */
export function proxiesOf(state: FleetState, host: string, { discovery }: MeshSettings): readonly ProxyFact[] {
  const found = persistentGet(state.proxied, host.toLowerCase());
  if (found === undefined) return [];
  const runs = (fact: ProxyFact): boolean =>
    persistentGet(state.identities, proxyIdentity(fact))?.members.some(
      (member) => envOf(member.fact, discovery) === fact.env,
    ) === true;
  return found.filter((fact) => !fact.ignored && runs(fact)).sort(byAge);
}

export function byAge(a: ProxyFact, b: ProxyFact): number {
  return (
    compareText(a.createdAt, b.createdAt) ||
    compareText(a.cluster, b.cluster) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name)
  );
}

/** Whose names lead to a proxy may be decided anew: by a proxy that comes or goes, or by where one runs. */
export function touchProxied(draft: Draft, after: FleetState, keys: Set<MeshKey>): void {
  const hosts = new Set(draft.touched.proxied);
  const states = [draft.before, after];
  for (const state of states) {
    for (const identity of draft.touched.members) {
      for (const fact of persistentGet(state.identities, identity)?.proxies ?? []) {
        const host = proxiedHost(fact);
        if (host !== undefined) hosts.add(host);
      }
    }
  }
  for (const state of states) {
    for (const host of hosts) {
      for (const fact of persistentGet(state.proxied, host) ?? []) keys.add(`identity:${proxyIdentity(fact)}`);
      for (const identity of identitiesOfHost(state, host, draft)) keys.add(`identity:${identity}`);
    }
  }
  const { audiences, members } = draft.touched;
  if (audiences.size + members.size === 0) return;
  // Callers of its destination decide where a proxy's names are known, whether the destination itself runs or not.
  for (const [, facts] of persistentEntries(after.proxied)) {
    for (const fact of facts) {
      const [old, next] = states.map((state) => callingClusters(state, fact, draft.settings.scope));
      if (old !== next) keys.add(`identity:${proxyIdentity(fact)}`);
    }
  }
}

/** Where the callers of a proxy's destination run. */
function callingClusters(state: FleetState, fact: ProxyFact, scope: ScopeSettings): string {
  const find = (name: string) => persistentGet(state.identities, name);
  const clients = clientsOf(find, proxiedIdentity(fact), scope);
  if (clients.kind === "everybody" || clients.identities.length === 0) return "everywhere";
  const clusters = clients.identities.flatMap((client) => membersCalled(find, client).map((one) => one.fact.cluster));
  return [...new Set(clusters)]
    .map((cluster) => `in ${cluster}\0`)
    .sort()
    .join("");
}
