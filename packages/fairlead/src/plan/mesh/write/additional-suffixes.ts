import type { JsonObject } from "@fairlead/apimachinery";
import { fields, filled } from "../../shared/fields.ts";
import type { Client } from "../model/fleet.ts";
import type { HostIntent, IdentityIntent, Seen } from "../model/intent.ts";
import { nameFor, networking, objectOf } from "./mark.ts";
import { writtenObject, type IdentityInput, type Output, type Placed } from "./output.ts";
import { httpPorts } from "./protocol.ts";
import { ruleRoutes } from "./rules/istio-rules.ts";
import { rulesOf, type HostRules } from "./rules/rules-of.ts";
import { reachable, regionTargets, routeTo } from "./targets.ts";

/** The predecessor trims this from an env. */
const airSuffix = "-air";

/**
 * VirtualServices by which a service answers under further suffixes, where one of its workloads, or of its clients',
 * carries a label that asks for it.
 */
export function additionalSuffixes(input: IdentityInput): Output {
  const { fleet, intent } = input;
  const { settings } = fleet;
  if (!hasFurtherHosts(input)) return {};
  const rules = rulesOf(input);
  const objects: Placed[] = [];
  const taken = new Set<string>();
  for (const host of intent.hosts) {
    if (host.role === "region" || host.role === "pod" || host.role === "export") continue;
    const hosts = furtherHosts(input, host);
    for (const seen of reachable(host)) {
      // The predecessor has the same names for a preview as for what it is a preview of: who calls them wants the latter.
      const place = `${seen.cluster}/${hosts[0]}`;
      if (taken.has(place) || fleet.proxied(hosts[0]!).length > 0) continue;
      taken.add(place);
      const description = {
        apiVersion: networking,
        kind: "VirtualService",
        name: nameFor(hosts[0]!, "-vs"),
        namespace: settings.scope.syncNamespace,
        labels: { [settings.discovery.envKey]: host.env, "dns-prefix": host.prefix === "" ? "default" : host.prefix },
        annotations: { [settings.discovery.identityKey]: intent.name },
      };
      const spec = virtualService(input, host, hosts, seen, rules.of(host));
      if (spec === undefined) continue;
      const object = objectOf(settings, description, spec);
      const kept = isFrozen(input, host, seen.cluster) ? writtenObject(input, seen.cluster, object) : undefined;
      objects.push({ cluster: seen.cluster, object: kept ?? object });
    }
  }
  return { objects };
}

function virtualService(
  { fleet, intent }: IdentityInput,
  host: HostIntent,
  hosts: readonly string[],
  { cluster, exportTo }: Seen,
  rules: HostRules,
): JsonObject | undefined {
  const targets = regionTargets(fleet.settings, intent, host, cluster) ?? [{ host: host.host }];
  const ports = httpPorts(host);
  if (ports.length === 0) return undefined;
  const plain = ports.map(({ number }) => {
    const route = routeTo(targets, number);
    return ports.length === 1 ? { route } : { match: [{ port: number }], route };
  });
  return fields({
    hosts: [...hosts],
    exportTo: filled([...(exportTo ?? [])]),
    http: [...ruleRoutes(fleet.settings, rules, intent, host, cluster), ...plain],
  });
}

interface Named extends Pick<IdentityInput, "fleet"> {
  readonly intent: Pick<IdentityIntent, "identity" | "name">;
}

/** A workload of the identity or of one of its clients carries one of the labels; `*` stands for any. */
export function hasFurtherHosts({ fleet, intent }: Named): boolean {
  const { labels: wanted, suffixes } = fleet.settings.names.additional;
  if (suffixes.length === 0) return false;
  if (wanted.includes("*")) return true;
  const carries = (client: Pick<Client, "workloads"> | undefined): boolean =>
    client?.workloads.some(({ labels, annotations }) =>
      wanted.some((key) => Object.hasOwn(labels, key) || Object.hasOwn(annotations, key)),
    ) ?? false;
  const clients = fleet.clientsOf(intent.identity);
  return (
    carries(fleet.identity(intent.identity)) ||
    (clients.kind === "clients" && clients.identities.some((name) => carries(fleet.client(name))))
  );
}

/** The names of a host under the additional suffixes, in their order. */
export function furtherHosts({ fleet, intent }: Named, { env, prefix }: Pick<HostIntent, "env" | "prefix">): string[] {
  const { names, writing } = fleet.settings;
  const shown = writing.marks === "predecessor" && env.endsWith(airSuffix) ? env.slice(0, -airSuffix.length) : env;
  return names.additional.suffixes.map((suffix) => {
    const values: { readonly [name: string]: string } = { env: shown, identity: intent.name, suffix };
    const host = names.template.replaceAll(/\{(env|identity|suffix)\}/g, (_, name: string) => values[name] ?? "");
    return (prefix === "" ? host : `${prefix}.${host}`).toLowerCase();
  });
}

/** The predecessor writes it once, except for Rollouts of an env `…-air` where a gateway asset runs. */
function isFrozen({ fleet }: IdentityInput, host: HostIntent, cluster: string): boolean {
  const { scope, writing } = fleet.settings;
  if (writing.marks !== "predecessor") return false;
  const isAir = host.env.endsWith(airSuffix) && host.backends.some(({ type }) => type === "rollout");
  const runs = (identity: string): boolean =>
    fleet.identity(identity)?.workloads.some((workload) => workload.cluster === cluster) ?? false;
  return !(isAir && scope.gatewayIdentities.some(runs));
}
