import { compareText, type JsonObject } from "@fairlead/apimachinery";
import type { HostIntent } from "../../model/intent.ts";
import { nameFor, networking, objectOf } from "../mark.ts";
import { sortedSet, type IdentityInput, type Output, type Placed } from "../output.ts";
import { localPort, localTargets } from "./local-targets.ts";

export const routingLabels = { "admiral.io/vs-routing": "enabled" };

/**
 * `{host}-routing-vs`: by the name that a caller asks for in TLS, the gateway of a cluster sends connections of other
 * clusters to the right Service of it, by the weights of a canary. One for each environment of an identity.
 */
export function ingressRouting(input: IdentityInput): Output {
  const { fleet, intent } = input;
  const { settings } = fleet;
  const { ingress } = settings.routing;
  if (ingress === undefined || ingress.gateways.length === 0) return {};
  const objects: Placed[] = [];
  for (const base of intent.hosts.filter(({ role }) => role === "base")) {
    const hosts = intent.hosts.filter(
      (host) => host.env === base.env && isRouted(host, settings.routing.previewPrefixes),
    );
    for (const cluster of sourcesOf(base)) {
      if (ingress.disabledClusters.includes(cluster)) continue;
      const routes = hosts.flatMap((host) => routesOf(host, cluster, settings.gateways.port));
      if (routes.length === 0) continue;
      routes.sort((a, b) => compareText(a.name, b.name));
      const spec: JsonObject = {
        gateways: [...ingress.gateways],
        exportTo: [...ingress.exportTo],
        hosts: routes.map(({ name }) => name),
        tls: routes.map(({ route }) => route),
      };
      const description = {
        apiVersion: networking,
        kind: "VirtualService",
        name: nameFor(base.host, "-routing-vs"),
        namespace: settings.gateways.namespace,
        labels: routingLabels,
      };
      objects.push({ cluster, object: objectOf(settings, description, spec) });
    }
  }
  return { objects };
}

/** The clusters in which a host runs. */
export function sourcesOf(host: HostIntent): string[] {
  return sortedSet(host.audience.filter(({ source }) => source).map(({ cluster }) => cluster));
}

function isRouted({ role, prefix }: HostIntent, previewPrefixes: boolean | undefined): boolean {
  return previewPrefixes !== false || role !== "prefix" || !prefix.endsWith(".preview");
}

function routesOf(host: HostIntent, cluster: string, gatewayPort: number): { name: string; route: JsonObject }[] {
  const targets = localTargets(host, cluster);
  return host.ports.flatMap((port) => {
    const route = targets.flatMap((target): JsonObject[] => {
      const number = localPort(target, port);
      if (number === undefined) return [];
      const destination = { host: target.address, port: { number } };
      return [target.weight === undefined ? { destination } : { destination, weight: target.weight }];
    });
    if (route.length === 0) return [];
    const name = `outbound_.${port.number}_._.${host.host}`;
    return [{ name, route: { match: [{ port: gatewayPort, sniHosts: [name] }], route } }];
  });
}
