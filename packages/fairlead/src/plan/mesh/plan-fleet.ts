import { canonicalJson, compareText, get, type JsonObject } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { allocateAddresses, readStores } from "./addresses/allocate.ts";
import type { AddressStore } from "./addresses/store.ts";
import type { FleetSnapshot } from "./fleet/create-fleet.ts";
import type { Fleet, MeshKey } from "./model/fleet.ts";
import type { MeshPlan } from "./model/plan.ts";
import { planKey } from "./plan-key.ts";

/** The plan of a whole fleet. */
export interface FleetPlan {
  /** The fleet with the addresses that were allocated for it. */
  readonly fleet: FleetSnapshot;
  /** Of every key, sorted. */
  readonly plans: readonly MeshPlan[];
  /** All stores of addresses as they should be. They belong to the home cluster, and are written before all else. */
  readonly stores: readonly AddressStore[];
  /** Those of them that change. */
  readonly changedStores: readonly AddressStore[];
  readonly findings: readonly Finding[];
}

/** Allocating addresses makes new hosts known, which need none again: two rounds are enough, more would be a mistake. */
const mostRounds = 3;

/**
 * Plans everything, and allocates addresses on the way. `now` (milliseconds since the epoch) is looked at for the
 * quarantine of freed addresses only.
 */
export function planFleet(start: FleetSnapshot, stores: readonly AddressStore[], now: number): FleetPlan {
  const findings: Finding[] = [];
  const known = readStores(stores, start.settings.addresses);
  findings.push(...known.findings);
  const current = new Map(stores.map((store) => [store.name, store]));
  const changed = new Set<string>();
  let fleet = start.with([{ kind: "addresses", store: allStores, hosts: known.addresses }]).fleet;
  const written = writtenAddresses(fleet);
  const plans = new Map<string, MeshPlan>();
  let keys: Iterable<MeshPlan["key"]> = fleet.keys();
  for (let round = 0; round < mostRounds; round++) {
    for (const key of keys) plans.set(key, planKey(fleet, key));
    const needs = [...plans.values()].flatMap(({ needsAddresses }) => needsAddresses);
    if (needs.length === 0) break;
    const allocation = allocateAddresses([...current.values()], needs, fleet.settings.addresses, now, written);
    for (const finding of allocation.findings) findings.push(finding);
    if (allocation.addresses.size === 0) break;
    for (const store of allocation.changed) {
      current.set(store.name, store);
      changed.add(store.name);
    }
    const { addresses } = readStores([...current.values()], fleet.settings.addresses);
    const next = fleet.with([{ kind: "addresses", store: allStores, hosts: addresses }]);
    fleet = next.fleet;
    keys = new Set([
      ...next.keys,
      ...[...plans.values()].filter((one) => one.needsAddresses.length > 0).map(({ key }) => key),
    ]);
  }
  const sorted = [...plans.values()].sort((a, b) => compareText(a.key, b.key));
  return {
    fleet,
    plans: sorted,
    stores: [...current.values()].sort((a, b) => compareText(a.name, b.name)),
    changedStores: [...current.values()].filter(({ name }) => changed.has(name)),
    findings: distinct([
      ...findings,
      ...fleet.clusters.flatMap(({ name }) => fleet.clusterFindings(name)),
      ...sorted.flatMap((one) => one.findings),
    ]),
  };
}

/** A store that cannot be read is met whenever it is read: that is said once. */
function distinct(findings: readonly Finding[]): readonly Finding[] {
  const seen = new Set<string>();
  return findings.filter((finding) => {
    const text = canonicalJson({ ...finding } as unknown as JsonObject);
    return seen.has(text) ? false : seen.add(text);
  });
}

/** The fleet keeps the content of all shards under one name here: nobody else writes meanwhile. */
const allStores = "all";

/**
 * What stands in written ServiceEntries of some keys, of all unless told: a lost store gives hosts no other addresses.
 * Only those in the namespace of the mesh count: what others put elsewhere is no host's address.
 */
export function writtenAddresses(
  fleet: Fleet,
  keys: Iterable<MeshKey> = fleet.keys(),
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const key of keys) {
    for (const { kind, namespace, object } of fleet.written(key)) {
      if (kind !== "ServiceEntry" || namespace !== fleet.settings.scope.syncNamespace) continue;
      const spec = object["spec"];
      const addresses = texts(get(spec, "addresses"));
      if (addresses.length === 0) continue;
      for (const host of texts(get(spec, "hosts"))) {
        const name = host.toLowerCase();
        if (!found.has(name)) found.set(name, addresses);
      }
    }
  }
  return found;
}

function texts(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
}
