import type { RoutingFact } from "../model/facts.ts";
import type { HostIntent } from "../model/intent.ts";
import type { IdentityInput } from "./output.ts";

/** A user's own VirtualService for a host in a cluster, if proxies of other namespaces see it. */
export function overridden({ fleet }: IdentityInput, host: HostIntent, cluster: string): RoutingFact | undefined {
  return fleet
    .routing(host.host)
    .find((fact) => fact.kind === "VirtualService" && fact.cluster === cluster && isForMesh(fact) && isPublic(fact));
}

/** Exported to everybody: nothing said, or `*`. */
export function isPublic({ exportTo }: RoutingFact): boolean {
  return exportTo.length === 0 || exportTo.includes("*");
}

/** For sidecars, and not for gateways only. */
export function isForMesh({ spec }: RoutingFact): boolean {
  const { gateways } = spec;
  return !Array.isArray(gateways) || gateways.length === 0 || gateways.includes("mesh");
}
