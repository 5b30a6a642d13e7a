import type { JsonObject } from "@fairlead/apimachinery";
import type { HostIntent, IdentityIntent, Seen } from "../model/intent.ts";
import type { MeshSettings } from "../model/settings.ts";
import { regionHost } from "../identity/hosts.ts";
import { percentages } from "./weights.ts";

/** A host that requests go to, with its share in percent if there are several. */
export interface Target {
  readonly host: string;
  readonly weight?: number;
}

/** The host of the backends of one region of a host. */
export function regionOf(hosts: readonly HostIntent[], region: string, { host }: HostIntent): HostIntent | undefined {
  const name = regionHost(region, host)?.toLowerCase();
  return hosts.find((other) => other.role === "region" && other.host.toLowerCase() === name);
}

/** Where a host is seen and can be reached: where it has its ServiceEntry. */
export function reachable(host: HostIntent): readonly Seen[] {
  return host.audience.filter(({ cluster }) => hasEndpoint(host, cluster));
}

/** Whether a cluster has the ServiceEntry of a host. */
export function isReachable(host: HostIntent, cluster: string): boolean {
  return host.audience.some((seen) => seen.cluster === cluster) && hasEndpoint(host, cluster);
}

/** Whether `endpointsOf` finds any. */
function hasEndpoint({ backends }: HostIntent, cluster: string): boolean {
  return backends.some((backend) => (backend.cluster === cluster && !backend.retained) || backend.remote !== undefined);
}

/** Whether several regions have a share of a host, each with failover. */
export function hasShares(settings: MeshSettings, { role, traffic }: HostIntent): boolean {
  const { locality } = traffic;
  if (settings.traffic.failover !== "priority" || locality.kind !== "regions" || role === "region") return false;
  return locality.targets.filter(({ weight }) => weight > 0).length > 1;
}

/**
 * By weights to the hosts of its regions, each with its own failover, or undefined: to the host as it is. A region
 * without backends has no host; its share goes to the others in proportion.
 */
export function regionTargets(
  settings: MeshSettings,
  intent: IdentityIntent,
  host: HostIntent,
  cluster: string,
): readonly Target[] | undefined {
  const { locality } = host.traffic;
  if (!hasShares(settings, host) || locality.kind !== "regions") return undefined;
  const weighted = locality.targets.filter(({ weight }) => weight > 0);
  const found = weighted.flatMap(({ region, weight }) => {
    const known = regionOf(intent.hosts, region, host);
    return known !== undefined && isReachable(known, cluster) ? [{ host: known.host, weight }] : [];
  });
  if (found.length === 0) return undefined;
  const shares = percentages(found.map(({ weight }) => weight));
  return found.length === 1
    ? [{ host: found[0]!.host }]
    : found.map(({ host: name }, at) => ({ host: name, weight: shares[at]! }));
}

/** The `route` of a VirtualService to a port of the targets. */
export function routeTo(targets: readonly Target[], port: number): JsonObject[] {
  return targets.map(({ host, weight }) => ({
    destination: { host, port: { number: port } },
    ...(weight === undefined ? {} : { weight }),
  }));
}
