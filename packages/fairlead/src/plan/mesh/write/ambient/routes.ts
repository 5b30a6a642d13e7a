import type { JsonObject } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { fields, filled } from "../../../shared/fields.ts";
import { meshFinding } from "../../findings.ts";
import type { HostIntent, MeshPort } from "../../model/intent.ts";
import { nameFor, objectOf } from "../mark.ts";
import type { IdentityInput, Output, Placed } from "../output.ts";
import { httpPorts } from "../protocol.ts";
import { elsewhere } from "../routing/in-cluster.ts";
import { localShare } from "../routing/local-share.ts";
import { localPort, localTargets } from "../routing/local-targets.ts";
import { expanded } from "../rules/istio-rules.ts";
import { rulesOf, type HostRules } from "../rules/rules-of.ts";
import { reachable, regionTargets } from "../targets.ts";
import { shares } from "../weights.ts";
import { gatewayDuration, gatewayMatches } from "./gateway-matches.ts";
import { gatewayApi, hostname } from "./names.ts";

/** What one HTTPRoute may have: https://gateway-api.sigs.k8s.io/reference/spec/#httproutespec */
const most = { rules: 16, matches: 64, allMatches: 128 };

/**
 * HTTPRoutes of the ServiceEntries, followed by the waypoint: rules by path, shares of regions, and in clusters where a
 * service runs its own Services first. One for each HTTP port, because a backend is named with its port.
 */
export function ambientRoutes(input: IdentityInput): Output {
  const { fleet, intent } = input;
  const { settings } = fleet;
  const rules = rulesOf(input);
  const findings: Finding[] = [...rules.findings];
  const objects: Placed[] = [];
  for (const host of intent.hosts) {
    if (host.role === "pod") continue;
    for (const { cluster } of reachable(host)) {
      for (const port of httpPorts(host)) {
        const byPath = ruleEntries(input, rules.of(host), cluster, port);
        const backends = plainBackends(input, host, cluster, port);
        if (byPath.length === 0 && backends === undefined) continue;
        if (byPath.length >= most.rules) findings.push(tooMany(host));
        const plain = { backendRefs: backends ?? [hostname(host.host, port.number)] };
        const description = {
          apiVersion: gatewayApi,
          kind: "HTTPRoute",
          name: nameFor(host.host, `-${port.number}`),
          namespace: settings.scope.syncNamespace,
          labels: { [settings.discovery.envKey]: host.env },
          annotations: { [settings.discovery.identityKey]: intent.name },
        };
        const parent = {
          group: "networking.istio.io",
          kind: "ServiceEntry",
          name: nameFor(host.host, "-se"),
          port: port.number,
        };
        const spec = { parentRefs: [parent], rules: [...byPath.slice(0, most.rules - 1), plain] };
        objects.push({ cluster, object: objectOf(settings, description, spec) });
      }
    }
  }
  return { objects, findings, reports: rules.reports };
}

function ruleEntries(input: IdentityInput, rules: HostRules, cluster: string, port: MeshPort): JsonObject[] {
  let left = most.allMatches;
  return rules.flatMap((rule) => {
    const matches = rule.conditions.flatMap(gatewayMatches).slice(0, most.matches);
    left -= Math.max(matches.length, 1);
    if (left < 1) return [];
    const timeout = rule.timeout === undefined ? undefined : gatewayDuration(rule.timeout);
    const targets = expanded(input.fleet.settings, rule, input.intent, cluster);
    return [
      fields({
        matches: filled(matches),
        timeouts: timeout === undefined ? undefined : { request: timeout },
        backendRefs: targets.map(({ host, weight }) => hostname(host, port.number, weight)),
      }),
    ];
  });
}

/** Where requests go that no rule is for; undefined: to the host's endpoints as they are. */
function plainBackends(
  input: IdentityInput,
  host: HostIntent,
  cluster: string,
  port: MeshPort,
): JsonObject[] | undefined {
  const { fleet, intent } = input;
  const regions = regionTargets(fleet.settings, intent, host, cluster);
  const locals = localTargets(host, cluster).flatMap((target) => {
    const number = localPort(target, port);
    return number === undefined ? [] : [{ address: target.address, number, weight: target.weight ?? 1 }];
  });
  if (locals.length === 0) return regions?.map((target) => hostname(target.host, port.number, target.weight));
  const share = localShare(input, host, cluster) ?? 100;
  if (share === 0) return undefined;
  const parts = shares(
    locals.map(({ weight }) => weight),
    share,
  );
  const own = locals.map(({ address, number }, at) => hostname(address, number, parts[at]!));
  const others = share === 100 ? [] : elsewhere(input, host, cluster);
  const rest = shares(
    others.map(({ weight = 100 }) => weight),
    100 - share,
  );
  return [...own, ...others.map((target, at) => hostname(target.host, port.number, rest[at]!))];
}

function tooMany({ host }: HostIntent): Finding {
  const message = `an HTTPRoute has at most ${most.rules} rules: those of ${host} after the first ${most.rules - 1} are left out`;
  return meshFinding("FL814", { message });
}
