import { compareText, type JsonObject } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { fields, filled } from "../../../shared/fields.ts";
import { meshFinding } from "../../findings.ts";
import type { RoutingFact } from "../../model/facts.ts";
import type { HostIntent, MeshPort } from "../../model/intent.ts";
import { nameFor, networking, objectOf } from "../mark.ts";
import type { IdentityInput, Output, Placed } from "../output.ts";
import { httpPorts } from "../protocol.ts";
import { ruleRoutes } from "../rules/istio-rules.ts";
import { rulesOf, type HostRules } from "../rules/rules-of.ts";
import { regionOf, regionTargets, type Target } from "../targets.ts";
import { equalShares } from "../weights.ts";
import { authorityMatches } from "./authority.ts";
import { callersOf, inClusterObstacle, isInClusterActive } from "./in-cluster-active.ts";
import { routingLabels, sourcesOf } from "./ingress-routing.ts";
import { localShare } from "./local-share.ts";
import { localPort, localTargets } from "./local-targets.ts";
import { merged } from "./merge.ts";

export const inClusterLabels = { ...routingLabels, "admiral.io/vs-routing-type": "incluster" };

/**
 * `{host}-incluster-vs`: callers in a cluster where a service runs go to its Services there, as far as the weights of
 * regions leave it to them, and by the service's name elsewhere. Where it is not enabled, the object is seen by the
 * sync namespace alone.
 */
export function inClusterRouting(input: IdentityInput): Output {
  const { fleet, intent } = input;
  const { settings } = fleet;
  if (settings.routing.inCluster === undefined) return {};
  const rules = rulesOf(input);
  const objects: Placed[] = [];
  const findings: Finding[] = [];
  for (const base of intent.hosts.filter(({ role }) => role === "base")) {
    const hosts = intent.hosts.filter(
      (host) => host.env === base.env && isRouted(host, settings.routing.previewPrefixes),
    );
    for (const cluster of sourcesOf(base)) {
      const routes = hosts.flatMap((host) => routesOf(input, host, cluster, rules.of(host)));
      if (routes.length === 0) continue;
      routes.sort((a, b) => compareText(a.order, b.order));
      const active = isInClusterActive(fleet, intent, cluster);
      const obstacle = inClusterObstacle(fleet, intent, cluster);
      if (obstacle !== undefined) findings.push(inTheWay(obstacle, base, cluster));
      const callers = callersOf(base, cluster, settings.gateways.namespace);
      const spec = fields({
        exportTo: filled(active ? [...(callers ?? ["*"])] : [settings.scope.syncNamespace]),
        hosts: [...new Set(routes.map(({ host }) => host))].sort(compareText),
        http: routes.flatMap(({ http }) => http),
      });
      const description = {
        apiVersion: networking,
        kind: "VirtualService",
        name: nameFor(base.host, "-incluster-vs"),
        namespace: settings.gateways.namespace,
        labels: inClusterLabels,
      };
      objects.push({ cluster, object: objectOf(settings, description, merged(input, base, cluster, spec)) });
    }
  }
  return { objects, findings };
}

function inTheWay(fact: RoutingFact, { host }: HostIntent, cluster: string): Finding {
  const { kind, namespace, name } = fact;
  const message = `${kind} ${namespace}/${name} of cluster ${fact.cluster} routes a name of the service: callers of ${host} in cluster ${cluster} are not routed to its Services`;
  return meshFinding("FL815", { message, object: { apiVersion: networking, kind, namespace, name } });
}

function isRouted({ role, prefix }: HostIntent, previewPrefixes: boolean | undefined): boolean {
  if (role === "region" || role === "pod") return false;
  return previewPrefixes !== false || role !== "prefix" || !prefix.endsWith(".preview");
}

interface HostRoutes {
  readonly host: string;
  /** By which the routes of hosts are sorted: what is compared first of their first match. */
  readonly order: string;
  readonly http: readonly JsonObject[];
}

function routesOf(input: IdentityInput, host: HostIntent, cluster: string, rules: HostRules): HostRoutes[] {
  const { fleet, intent } = input;
  const authorities = authorityMatches(host.host, intent.name);
  const ports = httpPorts(host);
  const plain = ports.flatMap((port): JsonObject[] => {
    const route = destinations(input, host, cluster, port);
    if (route.length === 0) return [];
    const match = authorities.map((prefix) => ({
      authority: { prefix },
      ...(ports.length === 1 ? {} : { port: port.number }),
    }));
    return [{ name: ports.length === 1 ? host.host : `${host.host}-${port.number}`, match, route }];
  });
  if (plain.length === 0) return [];
  const also = authorities.map((prefix) => ({ authority: { prefix } }));
  const byRule = ruleRoutes(fleet.settings, rules, intent, host, cluster, also);
  return [{ host: host.host, order: authorities[0]!, http: [...byRule, ...plain] }];
}

function destinations(input: IdentityInput, host: HostIntent, cluster: string, port: MeshPort): JsonObject[] {
  const locals = localTargets(host, cluster).flatMap((target) => {
    const number = localPort(target, port);
    return number === undefined ? [] : [{ host: target.address, number, weight: target.weight }];
  });
  if (locals.length === 0) return [];
  const share = localShare(input, host, cluster);
  if (share === undefined) return locals.map((local) => destination(local.host, local.number, local.weight));
  const canary = host.backends.some(({ cluster: other, weight }) => other === cluster && weight !== undefined);
  const even = equalShares(locals.length, share);
  const parts = locals.map(({ weight }, at) =>
    canary && weight !== undefined ? Math.trunc((weight * share) / 100) : even[at]!,
  );
  return [
    ...locals.map((local, at) => destination(local.host, local.number, parts[at] || undefined)),
    ...elsewhere(input, host, cluster).map((target) =>
      destination(target.host, port.number, Math.round(((100 - share) * (target.weight ?? 100)) / 100)),
    ),
  ];
}

/** The service's own name, or the hosts of its other regions where those have shares. */
export function elsewhere({ fleet, intent }: IdentityInput, host: HostIntent, cluster: string): readonly Target[] {
  const own = [{ host: host.host }];
  const here = regionOf(intent.hosts, fleet.cluster(cluster)?.region ?? "", host)?.host;
  const regions = regionTargets(fleet.settings, intent, host, cluster)?.filter((target) => target.host !== here);
  if (regions === undefined || regions.length === 0) return own;
  const all = regions.reduce((sum, { weight = 100 }) => sum + weight, 0);
  return regions.map(({ host: name, weight = 100 }) => ({ host: name, weight: (weight * 100) / all }));
}

/** Without a weight of 0: it is what a missing one means among several. */
function destination(host: string, number: number, weight: number | undefined): JsonObject {
  return { destination: { host, port: { number } }, ...(weight === undefined ? {} : { weight }) };
}
