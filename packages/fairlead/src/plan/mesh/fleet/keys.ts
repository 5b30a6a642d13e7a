import { persistentEntries, persistentGet } from "@fairlead/apimachinery";
import type { MeshKey } from "../model/fleet.ts";
import type { MeshSettings } from "../model/settings.ts";
import { copyKey, copyOf, identityOfHost, ownerOfHost } from "./attribute.ts";
import type { HostReader } from "./hosts.ts";
import type { FleetState, IdentityState, NamespaceState } from "./state.ts";

/** See `Fleet.keys`. Each once, in no particular order. */
export function* allKeys(state: FleetState, settings: MeshSettings, readHost: HostReader): Generator<MeshKey> {
  const seen = new Set<MeshKey>();
  for (const key of someKeys(state, settings, readHost)) {
    if (seen.has(key)) continue;
    seen.add(key);
    yield key;
  }
}

function* someKeys(state: FleetState, settings: MeshSettings, readHost: HostReader): Generator<MeshKey> {
  for (const [name, identity] of persistentEntries(state.identities))
    if (hasSomething(identity)) yield `identity:${name}`;
  for (const cluster of state.clusters.values()) {
    for (const [name, space] of persistentEntries(cluster.namespaces)) {
      if (isPlanned(space, settings)) yield `namespace:${cluster.name}/${name}`;
    }
  }
  if (settings.copies.enabled) {
    for (const [host, list] of persistentEntries(state.routing)) {
      if (identityOfHost(state, host, readHost) !== undefined) continue;
      for (const fact of list) if (!fact.ignored) yield copyKey(fact);
    }
  }
  for (const [key, [first]] of persistentEntries(state.written)) {
    if (!key.startsWith("host:")) yield key as MeshKey;
    else if (first !== undefined) yield ownerOfHost(state, key.slice("host:".length), readHost) ?? copyOf(state, first);
  }
}

/** Whether there is anything to plan, or to report, for an identity: to be named as a destination is not enough. */
export function hasSomething({ members, policies, dependencies, proxies, exports }: IdentityState): boolean {
  return [members, policies, dependencies, proxies, exports].some((list) => list.length > 0);
}

/** Whether a namespace has something that is one per namespace: a Sidecar to edit, or rules for what runs there. */
export function isPlanned(space: NamespaceState, { scope, routing }: MeshSettings): boolean {
  if (!space.workloads.some(({ member }) => member !== undefined)) return false;
  if (routing.inCluster !== undefined || routing.ingress !== undefined) return true;
  return scope.sidecars !== undefined && space.sidecars.length > 0;
}

/** The facts of written objects whose key this is. */
export function writtenOf(state: FleetState, key: MeshKey, readHost: HostReader) {
  const own = persistentGet(state.written, key) ?? [];
  const identity = key.startsWith("identity:") ? key.slice("identity:".length) : undefined;
  const hosts = identity === undefined ? [] : (persistentGet(state.hosts, identity) ?? []);
  const others = hosts.flatMap((host) =>
    ownerOfHost(state, host, readHost) === key ? (persistentGet(state.written, `host:${host}`) ?? []) : [],
  );
  return [...own, ...others];
}
