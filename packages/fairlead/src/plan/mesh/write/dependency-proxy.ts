import { dns1123SubdomainProblem, get, textOf } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { fields, filled } from "../../shared/fields.ts";
import { meshFinding } from "../findings.ts";
import type { ProxyFact } from "../model/facts.ts";
import type { HostIntent } from "../model/intent.ts";
import type { PolicyReport } from "../model/plan.ts";
import { nameFor, networking, objectOf } from "./mark.ts";
import { sortedSet, type IdentityInput, type Output, type Placed } from "./output.ts";
import { httpPorts } from "./protocol.ts";
import { reachable, regionTargets, routeTo } from "./targets.ts";

/**
 * DependencyProxies: names of one identity that lead to another, which stands in front of it. The VirtualService
 * belongs to the proxy and is where the proxy's own host is seen, among those the clusters of the destination's callers.
 */
export function dependencyProxies(input: IdentityInput): Output {
  const { fleet, intent } = input;
  const objects: Placed[] = [];
  const findings: Finding[] = [];
  const reports: PolicyReport[] = [];
  for (const fact of fleet.identity(intent.identity)?.proxies ?? []) {
    if (fact.ignored || textOf(get(fact.spec["proxy"], "identity")).toLowerCase() !== intent.identity) continue;
    const read = readProxy(fact);
    const host =
      typeof read === "string" ? undefined : intent.hosts.find(({ role, env }) => role === "base" && env === fact.env);
    const problem =
      typeof read === "string"
        ? read
        : host === undefined
          ? `${intent.name} does not run in env ${fact.env}`
          : undefined;
    if (problem !== undefined || host === undefined || typeof read === "string") {
      findings.push(meshFinding("FL819", { message: problem ?? "", object: refOf(fact) }));
      reports.push(reportOf(fact, "Invalid", problem ?? "", [], []));
      continue;
    }
    const holder = fleet.proxied(read.hosts[0])[0] ?? fact;
    if (holder.cluster !== fact.cluster || holder.namespace !== fact.namespace || holder.name !== fact.name) {
      const message = `${read.hosts[0]} leads to another proxy by DependencyProxy ${holder.namespace}/${holder.name}, which is older`;
      findings.push(meshFinding("FL819", { message, object: refOf(fact) }));
      reports.push(reportOf(fact, "Overruled", message, [], []));
      continue;
    }
    const placed = objectsOf(input, read, host);
    objects.push(...placed);
    reports.push(
      reportOf(
        fact,
        "Applied",
        `leads to ${host.host}`,
        read.hosts,
        placed.map(({ cluster }) => cluster),
      ),
    );
  }
  return { objects, findings, reports };
}

interface Proxy {
  readonly destination: string;
  /** The default one first. */
  readonly hosts: readonly [string, ...string[]];
}

function objectsOf({ fleet, intent }: IdentityInput, { destination, hosts }: Proxy, host: HostIntent): Placed[] {
  const { settings } = fleet;
  const clients = fleet.clientsOf(destination);
  const calls = (cluster: string): boolean =>
    clients.kind === "everybody" ||
    clients.identities.length === 0 ||
    clients.identities.some((client) =>
      fleet.client(client)?.workloads.some((workload) => workload.cluster === cluster),
    );
  const port = httpPorts(host).find(({ number }) => number === 80) ?? httpPorts(host)[0];
  if (port === undefined) return [];
  return reachable(host)
    .filter(({ cluster }) => calls(cluster))
    .map(({ cluster, exportTo }) => {
      const targets = regionTargets(settings, intent, host, cluster) ?? [{ host: host.host }];
      const description = {
        apiVersion: networking,
        kind: "VirtualService",
        name: nameFor(hosts[0], "-vs"),
        namespace: settings.scope.syncNamespace,
        // The host is the destination's: without this the object would be taken for that identity's.
        annotations: { [settings.discovery.identityKey]: intent.name },
      };
      const spec = fields({
        hosts: [...hosts],
        exportTo: filled([...(exportTo ?? [])]),
        http: [{ route: routeTo(targets, port.number) }],
      });
      return { cluster, object: objectOf(settings, description, spec) };
    });
}

function readProxy({ env, spec }: ProxyFact): Proxy | string {
  const identity = textOf(get(spec["destination"], "identity"));
  const suffix = textOf(get(spec["destination"], "dns_suffix") ?? get(spec["destination"], "dnsSuffix"));
  if (env === "") return "it names no environment";
  if (identity === "") return "spec.destination.identity is empty";
  if (suffix === "") return "spec.destination.dns_suffix is empty";
  // The API's names; those of the protocol's JSON mapping; and that of the predecessor's own example.
  const prefixes = ["dns_prefixes", "dnsPrefixes", "dns_prefix"]
    .map((field) => get(spec["destination"], field))
    .find((value) => value !== undefined);
  const further = (Array.isArray(prefixes) ? prefixes : []).map(textOf).filter((prefix) => prefix !== "");
  const main = `${env}.${identity}.${suffix}`.toLowerCase();
  const hosts = [...new Set(further.slice(0, 64).map((prefix) => `${prefix}.${identity}.${suffix}`))].filter(
    (host) => host !== main,
  );
  const wrong = [main, ...hosts].find((host) => dns1123SubdomainProblem(host.toLowerCase()) !== undefined);
  if (wrong !== undefined) return `${wrong} is no host name`;
  return { destination: identity.toLowerCase(), hosts: [main, ...hosts] };
}

function refOf({ namespace, name }: ProxyFact) {
  return { apiVersion: "admiral.io/v1alpha1", kind: "DependencyProxy", namespace, name };
}

function reportOf(
  { cluster, namespace, name, generation }: ProxyFact,
  reason: string,
  message: string,
  hosts: readonly string[],
  clusters: readonly string[],
): PolicyReport {
  return {
    object: { cluster, namespace, name, kind: "DependencyProxy" },
    generation,
    accepted: reason === "Applied",
    reason,
    message,
    hosts: sortedSet(hosts),
    clusters: sortedSet(clusters),
  };
}
