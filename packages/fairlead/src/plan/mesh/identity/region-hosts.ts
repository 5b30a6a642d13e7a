import type { Fleet } from "../model/fleet.ts";
import type { HostIntent, LocalityIntent } from "../model/intent.ts";
import { addressesOf } from "./addresses-of.ts";
import { hostProblem, regionHost } from "./hosts.ts";

/**
 * Where several regions have a share, or are going to: a host for each of them. Its choices are the region, then the
 * others with a share, then the standbys; so a region that is lost loses its share to the others at once.
 */
export function regionHosts(host: HostIntent, fleet: Fleet): readonly HostIntent[] {
  const { locality } = host.traffic;
  if (fleet.settings.traffic.failover !== "priority") return [];
  const targets = locality.kind === "regions" ? locality.targets : [];
  const weighted = targets.filter(({ weight }) => weight > 0).map(({ region }) => region);
  const regions = [...new Set([...weighted, ...(host.prepared ?? [])])];
  if (regions.length < 2) return [];
  return regions.flatMap((region): HostIntent[] => {
    const name = regionHost(region, host.host);
    if (name === undefined || hostProblem(name) !== undefined) return [];
    const others = targets
      .filter((target) => target.region !== region)
      .toSorted((a, b) => b.weight - a.weight)
      .map((target) => ({ region: target.region, weight: 0 }));
    const own: LocalityIntent = { kind: "regions", targets: [{ region, weight: 100 }, ...others] };
    const label = name.slice(0, -host.host.length - 1);
    return [
      {
        ...host,
        host: name,
        role: "region",
        prefix: host.prefix === "" ? label : `${label}.${host.prefix}`,
        addresses: addressesOf(name, fleet),
        traffic: { ...host.traffic, locality: own },
        shares: undefined,
      },
    ];
  });
}
