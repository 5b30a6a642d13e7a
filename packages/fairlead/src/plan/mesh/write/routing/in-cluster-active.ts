import type { HostIntent, IdentityIntent } from "../../model/intent.ts";
import type { RoutingFact } from "../../model/facts.ts";
import type { Fleet } from "../../model/fleet.ts";
import type { InClusterRouting } from "../../model/settings.ts";
import { isPublic } from "../overridden.ts";

/** An identity with its hosts, as in an intent. */
interface Routed extends Pick<IdentityIntent, "identity"> {
  readonly hosts: readonly Pick<HostIntent, "host">[];
}

/**
 * Whether callers in a cluster are routed to its Services: where it is enabled, not disabled, callers are known by
 * namespace, and no user routes the identity's hosts on his own.
 */
export function isInClusterActive(fleet: Fleet, intent: Routed, cluster: string): boolean {
  return isEnabled(fleet, intent, cluster) && usersRouting(fleet, intent) === undefined;
}

/** Where it is enabled, what of a user keeps it from being active. */
export function inClusterObstacle(fleet: Fleet, intent: Routed, cluster: string): RoutingFact | undefined {
  return isEnabled(fleet, intent, cluster) ? usersRouting(fleet, intent) : undefined;
}

function isEnabled({ settings }: Fleet, { identity }: Routed, cluster: string): boolean {
  const { routing, scope } = settings;
  if (routing.inCluster === undefined || scope.exportTo === undefined) return false;
  const { enabled, disabled } = routing.inCluster;
  const named = (table: InClusterRouting["enabled"]): boolean =>
    ["*", cluster].some((name) => {
      const list = Object.hasOwn(table, name) ? table[name]! : [];
      return list.some((entry) => entry === "*" || entry.toLowerCase() === identity);
    });
  return named(enabled) && !named(disabled);
}

function usersRouting(fleet: Fleet, { hosts }: Routed): RoutingFact | undefined {
  const mergeCreatedBy = fleet.settings.routing.inCluster?.mergeCreatedBy;
  for (const host of hosts) {
    const found = fleet
      .routing(host.host)
      .find(
        (fact) =>
          fact.kind === "VirtualService" &&
          isPublic(fact) &&
          (mergeCreatedBy === undefined || fact.labels["createdBy"] !== mergeCreatedBy),
      );
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The namespaces of callers, without that of the gateways, which routes by other rules. */
export function callersOf(host: HostIntent, cluster: string, gatewayNamespace: string): readonly string[] | undefined {
  const seen = host.audience.find((other) => other.cluster === cluster);
  return seen?.exportTo?.filter((namespace) => namespace !== gatewayNamespace);
}
