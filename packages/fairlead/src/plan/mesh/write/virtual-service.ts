import type { JsonObject } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { meshFinding } from "../findings.ts";
import type { RoutingFact } from "../model/facts.ts";
import { sharesAnnotation } from "../identity/shift/shares.ts";
import type { HostIntent, Seen } from "../model/intent.ts";
import { fields, filled } from "../../shared/fields.ts";
import { nameFor, networking, objectOf } from "./mark.ts";
import type { IdentityInput, Output, Placed } from "./output.ts";
import { layerOf } from "./protocol.ts";
import { ruleRoutes } from "./rules/istio-rules.ts";
import type { HostRules } from "./rules/rules-of.ts";
import { rulesOf } from "./rules/rules-of.ts";
import { overridden } from "./overridden.ts";
import { isInClusterActive } from "./routing/in-cluster-active.ts";
import { hasShares, reachable, regionTargets, routeTo, type Target } from "./targets.ts";

/**
 * `{host}-vs`: where a host's requests go when not simply to its backends: by weights to the hosts of regions, and by
 * rules of path and header to other names of the service. A proxy takes one VirtualService for a host: nothing is
 * written where a user's own one is seen, or where routing in the cluster already says all of it.
 */
export function virtualServices(input: IdentityInput): Output {
  const { fleet, intent } = input;
  const { settings } = fleet;
  const rules = rulesOf(input);
  const objects: Placed[] = [];
  const findings = [...rules.findings];
  for (const host of intent.hosts) {
    if (host.role === "region" || host.role === "pod") continue;
    if (rules.of(host).length === 0 && !hasShares(settings, host)) continue;
    for (const seen of reachable(host)) {
      const spec = virtualServiceSpec(input, host, seen, rules.of(host));
      if (spec === undefined || (seen.source && isInClusterActive(fleet, intent, seen.cluster))) continue;
      // The name leads to a proxy: that one's VirtualService has it.
      if (fleet.proxied(host.host).length > 0) continue;
      const other = overridden(input, host, seen.cluster);
      if (other !== undefined) {
        findings.push(overrides(other, host));
        continue;
      }
      const description = {
        apiVersion: networking,
        kind: "VirtualService",
        name: nameFor(host.host, "-vs"),
        namespace: settings.scope.syncNamespace,
        labels: { [settings.discovery.envKey]: host.env },
        annotations: {
          [settings.discovery.identityKey]: intent.name,
          ...(host.shares === undefined ? {} : { [sharesAnnotation]: host.shares.weights }),
        },
      };
      objects.push({ cluster: seen.cluster, object: objectOf(settings, description, spec) });
    }
  }
  return { objects, findings, reports: rules.reports };
}

function overrides({ cluster, namespace, name }: RoutingFact, { host }: HostIntent): Finding {
  const message = `VirtualService ${namespace}/${name} of cluster ${cluster} is for ${host} too: callers there follow it, and not the policies`;
  return meshFinding("FL815", { message, object: { apiVersion: networking, kind: "VirtualService", namespace, name } });
}

function virtualServiceSpec(
  { fleet, intent }: IdentityInput,
  host: HostIntent,
  { cluster, exportTo }: Seen,
  rules: HostRules,
): JsonObject | undefined {
  const weighted = regionTargets(fleet.settings, intent, host, cluster);
  const targets: readonly Target[] = weighted ?? [{ host: host.host }];
  const byPath = ruleRoutes(fleet.settings, rules, intent, host, cluster);
  if (weighted === undefined && byPath.length === 0) return undefined;
  const http: JsonObject[] = [...byPath];
  const tls: JsonObject[] = [];
  const tcp: JsonObject[] = [];
  for (const port of host.ports) {
    const route = routeTo(targets, port.number);
    const layer = layerOf(port);
    if (layer === "http") http.push({ match: [{ port: port.number }], route });
    else if (weighted === undefined) continue;
    else if (layer === "tls") tls.push({ match: [{ port: port.number, sniHosts: [host.host] }], route });
    else tcp.push({ match: [{ port: port.number }], route });
  }
  return fields({
    hosts: [host.host],
    exportTo: filled([...(exportTo ?? [])]),
    http: filled(http),
    tls: filled(tls),
    tcp: filled(tcp),
  });
}
