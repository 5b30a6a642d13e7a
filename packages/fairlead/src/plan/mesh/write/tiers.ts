import type { JsonObject } from "@fairlead/apimachinery";
import type { HostIntent } from "../model/intent.ts";

/**
 * Regions by choice: those with a share first, then the standbys in their order, then everybody else. Only for a host
 * whose traffic goes to one region while that can serve; undefined for others.
 */
export function tiersOf(host: HostIntent): readonly (readonly string[])[] | undefined {
  const { locality } = host.traffic;
  if (locality.kind !== "regions" || locality.targets.filter(({ weight }) => weight > 0).length !== 1) return undefined;
  const served = new Set(host.backends.map(({ region }) => region));
  const ordered = locality.targets.toSorted((a, b) => b.weight - a.weight).map(({ region }) => region);
  const tiers: string[][] = ordered.filter((region) => served.delete(region)).map((region) => [region]);
  if (served.size > 0) tiers.push([...served].sort());
  return tiers;
}

/** Regions, and a zone, that nobody is in. */
const next = "next";
const standby = "standby";
const last = "last-resort";

/**
 * How many tiers the proxies of a cluster try one after the other; those from the last of them on are tried alike. Istio
 * knows five distances, of which the first two need the zones of all proxies to be the same.
 */
export function mostTiers(zones: readonly string[]): number {
  return zones.length === 1 ? 4 : 3;
}

/** Where a rule or an entry is written: the region of the cluster and the zones of its nodes. */
export interface TierPlace {
  readonly region: string;
  readonly zones: readonly string[];
}

/**
 * The locality that an endpoint is given in a cluster, so that its proxies try the tiers in their order: what is called
 * their own region they try first, then the target of `failover`, then everything else. With more tiers, where the
 * cluster has one zone: their own zone, the rest of their region, and then the others. Real regions cannot say it, for a
 * proxy would always begin with its own, and `failoverPriority` cannot either: istiod up to 1.29 ignores it for hosts that
 * are looked up by DNS, and 1.30 ends with a panic there (istio#61857). Where an endpoint really is stands in its label
 * `topology.kubernetes.io/region`. Undefined: there is nothing to choose from.
 */
export function tierLocality(
  tiers: readonly (readonly string[])[] | undefined,
  { region, zones }: TierPlace,
  of: string,
): string | undefined {
  if (tiers === undefined || tiers.length < 2 || region === "") return undefined;
  const at = tiers.findIndex((tier) => tier.includes(of));
  const names =
    tiers.length > 3 && mostTiers(zones) === 4
      ? [`${region}/${zones[0]!}`, `${region}/${next}`, standby, last]
      : [region, standby, last];
  return names[at] ?? last;
}

/** Where callers of `region` go when the first choice is out; absent where there is one other choice only. */
export function tierFailover(tiers: readonly (readonly string[])[] | undefined, region: string): JsonObject {
  return tiers === undefined || tiers.length < 3 || region === "" ? {} : { failover: [{ from: region, to: standby }] };
}
