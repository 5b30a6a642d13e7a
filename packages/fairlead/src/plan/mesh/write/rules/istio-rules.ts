import type { JsonObject } from "@fairlead/apimachinery";
import type { HostIntent, IdentityIntent } from "../../model/intent.ts";
import { fields, filled } from "../../../shared/fields.ts";
import { httpPorts } from "../protocol.ts";
import { regionTargets, routeTo, type Target } from "../targets.ts";
import { percentages } from "../weights.ts";
import type { MeshSettings } from "../../model/settings.ts";
import type { Condition, TextMatch } from "./route-rule.ts";
import type { HostRule, HostRules } from "./rules-of.ts";

/**
 * The rules as `http` routes of a VirtualService, in the order in which they are tried; `also` is what every match must
 * hold besides.
 */
export function ruleRoutes(
  settings: MeshSettings,
  rules: HostRules,
  intent: IdentityIntent,
  host: HostIntent,
  cluster: string,
  also: readonly JsonObject[] = [{}],
): JsonObject[] {
  const ports = httpPorts(host);
  return rules.flatMap((rule) =>
    ports.map((port) => {
      const targets = expanded(settings, rule, intent, cluster);
      const conditions = rule.conditions.length === 0 ? [{}] : rule.conditions.flatMap(istioMatches);
      return fields({
        name: ports.length > 1 ? `${rule.name}-${port.number}` : rule.name,
        match: also.flatMap((extra) => conditions.map((match) => ({ ...extra, ...match, port: port.number }))),
        route: routeTo(targets, port.number),
        timeout: rule.timeout,
        retries: rule.retries === undefined ? undefined : { attempts: rule.retries },
      });
    }),
  );
}

/** A route does not follow another VirtualService: a target that is split by region is split here. */
export function expanded(
  settings: MeshSettings,
  { targets }: HostRule,
  intent: IdentityIntent,
  cluster: string,
): readonly Target[] {
  const split = targets.flatMap(({ host, weight = 1 }) => {
    const known = intent.hosts.find((other) => other.host === host);
    const regions = known === undefined ? undefined : regionTargets(settings, intent, known, cluster);
    return (regions ?? [{ host }]).map((target) => ({
      host: target.host,
      weight: (weight * (target.weight ?? 100)) / 100,
    }));
  });
  const byHost = new Map<string, number>();
  for (const { host, weight } of split) byHost.set(host, (byHost.get(host) ?? 0) + weight);
  const hosts = [...byHost.keys()];
  if (hosts.length < 2) return hosts.map((host) => ({ host }));
  const shares = percentages([...byHost.values()]);
  return hosts.map((host, at) => ({ host, weight: shares[at]! }));
}

/** Alternatives, because a path prefix by segments is two of Istio's. */
function istioMatches({ path, headers, query, methods }: Condition): JsonObject[] {
  const rest = fields({
    headers: filled(Object.fromEntries(headers.map(([name, text]) => [name, stringMatch(text)]))),
    queryParams: filled(Object.fromEntries(query.map(([name, text]) => [name, stringMatch(text)]))),
    method:
      methods.length === 0 ? undefined : methods.length === 1 ? { exact: methods[0]! } : { regex: methods.join("|") },
  });
  if (path === undefined) return [rest];
  const bare = path.kind === "prefix" ? path.text.replace(/\/+$/, "") : path.text;
  if (path.kind !== "prefix") return [{ uri: stringMatch(path), ...rest }];
  if (bare === "") return [{ uri: { prefix: "/" }, ...rest }];
  return [
    { uri: { exact: bare }, ...rest },
    { uri: { prefix: `${bare}/` }, ...rest },
  ];
}

function stringMatch({ kind, text }: TextMatch): JsonObject {
  return { [kind]: text };
}
