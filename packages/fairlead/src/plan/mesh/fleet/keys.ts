import { persistentEntries, persistentGet } from "@fairlead/apimachinery";
import type { WrittenFact } from "../model/facts.ts";
import type { MeshKey } from "../model/fleet.ts";
import type { MeshSettings } from "../model/settings.ts";
import { copyKey, identitiesOfHost, type Hosts } from "./attribute.ts";
import { ownerOfWritten } from "./owner-of-written.ts";
import type { FleetState, IdentityState, NamespaceState } from "./state.ts";

/** See `Fleet.keys`. Each once, in no particular order. */
export function* allKeys(state: FleetState, hosts: Hosts): Generator<MeshKey> {
  const seen = new Set<MeshKey>();
  for (const key of someKeys(state, hosts)) {
    if (seen.has(key)) continue;
    seen.add(key);
    yield key;
  }
}

function* someKeys(state: FleetState, hosts: Hosts): Generator<MeshKey> {
  const { settings } = hosts;
  for (const [name, identity] of persistentEntries(state.identities)) {
    if (hasSomething(identity)) yield `identity:${name}`;
  }
  for (const cluster of state.clusters.values()) {
    for (const [name, space] of persistentEntries(cluster.namespaces)) {
      if (isPlanned(space, settings)) yield `namespace:${cluster.name}/${name}`;
    }
  }
  if (settings.copies.enabled) {
    for (const [host, list] of persistentEntries(state.routing)) {
      if (identitiesOfHost(state, host, hosts).length > 0) continue;
      for (const fact of list) if (!fact.ignored) yield copyKey(fact);
    }
  }
  for (const [, list] of persistentEntries(state.written)) {
    for (const fact of list) yield ownerOfWritten(state, fact, hosts);
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

/** Written objects whose key this is. */
export function writtenOf(state: FleetState, key: MeshKey, hosts: Hosts): readonly WrittenFact[] {
  const own = persistentGet(state.written, key) ?? [];
  const others: WrittenFact[] = [];
  for (const host of hostsOfKey(state, key)) {
    for (const fact of persistentGet(state.written, `host:${host}`) ?? []) {
      if (ownerOfWritten(state, fact, hosts) === key) others.push(fact);
    }
  }
  return others.length === 0 ? own : [...own, ...others];
}

const copyParts = /^copy:(.+)\/([^/]+)\/([^/]+)\/([^/]+)$/s;

/** Hosts of objects that may be the key's without saying so. */
function hostsOfKey(state: FleetState, key: MeshKey): readonly string[] {
  if (key.startsWith("identity:")) return persistentGet(state.hosts, key.slice("identity:".length)) ?? [];
  const [, cluster = "", namespace = "", kind = "", name = ""] = copyParts.exec(key) ?? [];
  const objects = state.clusters.get(cluster)?.objects;
  const fact = objects && persistentGet(objects, `networking.istio.io/${kind}\0${namespace}\0${name}`);
  if (fact?.fact === "routing") return fact.hosts.map((host) => host.toLowerCase());
  return fact?.fact === "written" && fact.key.startsWith("host:") ? [fact.key.slice("host:".length)] : [];
}
