import type { HostIntent } from "../../model/intent.ts";
import type { Fleet } from "../../model/fleet.ts";
import type { InClusterRouting } from "../../model/settings.ts";
import { isPublic } from "../overridden.ts";

/**
 * Whether callers in a cluster are routed to its Services: where it is enabled, not disabled, callers are known by
 * namespace, and no user routes the identity's hosts on his own.
 */
export function isInClusterActive(
  fleet: Fleet,
  identity: { readonly identity: string; readonly name: string; readonly hosts: readonly HostIntent[] },
  cluster: string,
): boolean {
  const { routing, scope } = fleet.settings;
  if (routing.inCluster === undefined || scope.exportTo === undefined) return false;
  const { enabled, disabled } = routing.inCluster;
  const named = (table: InClusterRouting["enabled"]): boolean =>
    ["*", cluster].some((name) => {
      const list = Object.hasOwn(table, name) ? table[name]! : [];
      return list.some((entry) => entry === "*" || entry.toLowerCase() === identity.identity);
    });
  return named(enabled) && !named(disabled) && !hasOwnRouting(fleet, identity.hosts, routing.inCluster.mergeCreatedBy);
}

function hasOwnRouting(fleet: Fleet, hosts: readonly HostIntent[], mergeCreatedBy: string | undefined): boolean {
  return hosts.some((host) =>
    fleet
      .routing(host.host)
      .some(
        (fact) =>
          fact.kind === "VirtualService" &&
          isPublic(fact) &&
          (mergeCreatedBy === undefined || fact.labels["createdBy"] !== mergeCreatedBy),
      ),
  );
}

/** The namespaces of callers, without that of the gateways, which routes by other rules. */
export function callersOf(host: HostIntent, cluster: string, gatewayNamespace: string): readonly string[] | undefined {
  const seen = host.audience.find((other) => other.cluster === cluster);
  return seen?.exportTo?.filter((namespace) => namespace !== gatewayNamespace);
}
