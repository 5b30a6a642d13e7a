import { get, isObject, type JsonObject } from "@fairlead/apimachinery";
import { levelsOf, withTopology, type CallerPlace, type Level } from "./locality.ts";
import { hostMatches, isVisible, type DestinationRule, type MeshService, type MeshTable } from "./mesh-table.ts";
import type { RouteDestination } from "./match-route.ts";

/** What a proxy would do for a destination. */
export interface Resolved {
  readonly service: MeshService;
  readonly port: { readonly number: number; readonly name: string; readonly protocol: string };
  readonly levels: readonly Level[];
  /** `trafficPolicy` of the rule, of its subset and port; empty without rule. */
  readonly policy: JsonObject;
  readonly rule: string | undefined;
}

/** Finds what serves a destination for a caller; undefined if its cluster knows no such host and port. */
export function resolve(
  table: MeshTable,
  namespace: string,
  caller: CallerPlace,
  { host, port: number, subset }: Pick<RouteDestination, "host" | "port" | "subset">,
): Resolved | undefined {
  const candidates = table.services.get(host) ?? [];
  for (const service of candidates) {
    const port = service.ports.find((one) => one.number === number);
    if (port === undefined || !isVisible(service, namespace)) continue;
    const rule = ruleFor(table, namespace, host);
    const policy = policyOf(rule, subset, number);
    const labels = rule?.subsets.get(subset)?.labels ?? {};
    const endpoints = service.endpoints.filter((one) =>
      Object.entries(labels).every(([key, value]) => one.labels[key] === value),
    );
    return {
      service,
      port,
      policy,
      rule: rule?.object,
      levels: levelsOf(endpoints, withTopology(caller, table.cluster), policy),
    };
  }
  return undefined;
}

/** The rule of the caller's namespace counts first, then the rest; a longer host before a shorter. */
export function ruleFor(table: MeshTable, namespace: string, host: string): DestinationRule | undefined {
  const found = table.rules.filter((one) => hostMatches(one.host, host) && isVisible(one, namespace));
  return found.find((one) => one.namespace === namespace) ?? found[0];
}

/** Port-level settings replace the policy as a whole: https://istio.io/latest/docs/reference/config/networking/destination-rule/ */
function policyOf(rule: DestinationRule | undefined, _subset: string, port: number): JsonObject {
  if (rule === undefined) return {};
  const levels = rule.policy["portLevelSettings"];
  const own = Array.isArray(levels) ? levels.find((one) => get(get(one, "port"), "number") === port) : undefined;
  return isObject(own) ? own : rule.policy;
}
