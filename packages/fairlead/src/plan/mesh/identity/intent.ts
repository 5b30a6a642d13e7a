import type { Finding } from "@fairlead/krm";
import { meshFinding } from "../findings.ts";
import type { Place, PolicyFact } from "../model/facts.ts";
import type { Fleet, IdentityFacts } from "../model/fleet.ts";
import type { HostIntent, HostRole, IdentityIntent, LocalityIntent } from "../model/intent.ts";
import type { PolicyReport } from "../model/plan.ts";
import { audienceOf, type Callers, callersOf } from "./audience.ts";
import { backendsOf } from "./backends.ts";
import { baseHost, hostProblem, regionHost } from "./hosts.ts";
import { choose } from "./policy/choice.ts";
import { connectionsOf } from "./policy/connection.ts";
import { type TrafficRule, trafficRulesOf } from "./policy/traffic-rules.ts";
import { hostPorts } from "./ports.ts";
import { workloadRef } from "./refs.ts";
import { type Environment, environmentsOf } from "./sources.ts";
import { subjectNamesOf } from "./subject-names.ts";
import { servingOf, type Target } from "./targets.ts";
import { trafficOf, type TrafficInput } from "./traffic.ts";

export interface IntentResult {
  /** Hosts that have their address; the others are in `needsAddresses`. */
  readonly intent: IdentityIntent;
  readonly needsAddresses: readonly string[];
  readonly findings: readonly Finding[];
  readonly reports: readonly PolicyReport[];
}

/** What an identity should be in the whole fleet. Pure: of the fleet alone. */
export function intentOf(fleet: Fleet, identity: string): IntentResult {
  const facts = fleet.identity(identity);
  if (facts === undefined)
    return { intent: { identity, name: identity, hosts: [] }, needsAddresses: [], findings: [], reports: [] };
  const findings: Finding[] = [];
  const { environments, findings: conflicts } = environmentsOf(facts, fleet);
  findings.push(...conflicts);
  const callers = callersOf(identity, fleet);

  const hosts: HostIntent[] = [];
  for (const environment of environments) {
    const planned = hostsOf(facts, environment, callers, fleet);
    hosts.push(...planned.hosts);
    findings.push(...planned.findings);
  }
  const unique = withoutTwins(hosts);
  const needsAddresses = missingAddresses(unique, fleet);
  const ready = unique.filter(({ host }) => !needsAddresses.includes(host));
  return { intent: { identity, name: facts.name, hosts: ready }, needsAddresses, findings, reports: [] };
}

/** A host that two parts of the plan ask for is the first one's: base hosts come first. */
function withoutTwins(hosts: readonly HostIntent[]): readonly HostIntent[] {
  const seen = new Set<string>();
  return hosts.filter(({ host }) => {
    const key = host.toLowerCase();
    return seen.has(key) ? false : seen.add(key);
  });
}

function missingAddresses(hosts: readonly HostIntent[], fleet: Fleet): readonly string[] {
  if (fleet.settings.addresses.kind !== "pool") return [];
  return hosts.map(({ host }) => host).filter((host) => fleet.addresses(host) === undefined);
}

interface Draft {
  readonly host: string;
  readonly role: HostRole;
  readonly prefix: string;
  readonly targets: readonly Target[];
}

function hostsOf(
  facts: IdentityFacts,
  environment: Environment,
  callers: Callers,
  fleet: Fleet,
): { readonly hosts: readonly HostIntent[]; readonly findings: readonly Finding[] } {
  const { settings } = fleet;
  const { env, workloads } = environment;
  const oldest = workloads[0]!;
  const base = baseHost(facts.name, env, oldest, settings);
  const problem = hostProblem(base);
  if (problem !== undefined) {
    const message = `${facts.name} in ${env} would be reached as ${base}: ${problem}`;
    return { hosts: [], findings: [meshFinding("FL812", { message, object: workloadRef(oldest) })] };
  }

  const findings: Finding[] = [];
  const stable: Target[] = [];
  const canary: Target[] = [];
  const preview: Target[] = [];
  for (const workload of workloads) {
    const serving = servingOf(workload, facts.key, fleet);
    stable.push(...serving.stable);
    canary.push(...serving.canary);
    preview.push(...serving.preview);
    if (serving.stable.length === 0) {
      findings.push(
        meshFinding("FL809", {
          message: `no Service with a TCP port selects ${workload.kind} ${workload.namespace}/${workload.name} of cluster ${workload.cluster}: ${base} does not lead to it`,
          object: workloadRef(workload),
        }),
      );
    }
  }

  const policies = policiesOf(facts, environment, fleet);
  findings.push(...policies.findings);
  const input: TrafficInput = { ...policies.input, oldestRegion: fleet.cluster(oldest.cluster)?.region ?? "" };

  const drafts: Draft[] = [
    { host: base, role: "base", prefix: "", targets: stable },
    { host: `canary.${base}`, role: "canary", prefix: "canary", targets: canary },
    { host: `preview.${base}`, role: "preview", prefix: "preview", targets: preview },
  ];
  const hosts: HostIntent[] = [];
  for (const draft of drafts) {
    if (draft.targets.length === 0) continue;
    const ports = hostPorts(draft.targets, draft.host, settings.discovery);
    const served = backendsOf(draft.targets, ports, draft.host, fleet);
    findings.push(...ports.findings, ...served.findings);
    if (served.backends.length === 0) continue;
    const { backends } = served;
    const shared = {
      env,
      ports: ports.ports,
      backends,
      subjectAltNames: subjectNamesOf(facts, backends, fleet),
      audience: audienceOf(facts.key, backends, callers, fleet),
    };
    const add = (host: string, role: HostRole, prefix: string, rule: TrafficRule | undefined) => {
      const { traffic, findings: said } = trafficOf(rule, backends, input, settings);
      if (draft.role === "base") findings.push(...said);
      const policy = rule === undefined ? undefined : placeOf(rule.policy);
      const whole = { ...shared, host, role, prefix, policy, traffic, addresses: addressesOf(host, fleet) };
      hosts.push(whole, ...regionHosts(whole, fleet));
    };
    const { overriding, further } = rulesFor(draft.host, env, policies.rules);
    add(draft.host, draft.role, draft.prefix, overriding);
    for (const rule of further) {
      const host = `${rule.prefix.toLowerCase()}.${draft.host}`;
      const wrong = hostProblem(host);
      if (wrong === undefined) {
        add(host, "prefix", draft.prefix === "" ? rule.prefix : `${rule.prefix}.${draft.prefix}`, rule);
      } else if (draft.role === "base") {
        findings.push(
          meshFinding("FL810", {
            message: `${rule.prefix} of policy ${rule.policy.name} makes no host ${host}: ${wrong}`,
          }),
        );
      }
    }
  }
  return { hosts, findings };
}

/** The rule that shapes a host itself, the last one if several do; and those that make hosts in front of it. */
function rulesFor(
  host: string,
  env: string,
  rules: readonly TrafficRule[],
): { readonly overriding: TrafficRule | undefined; readonly further: readonly TrafficRule[] } {
  let overriding: TrafficRule | undefined;
  const further = new Map<string, TrafficRule>();
  for (const rule of rules) {
    const own =
      rule.prefix === env ||
      rule.prefix === "default" ||
      (rule.dns !== "" && rule.dns.toLowerCase() === host.toLowerCase());
    if (own) overriding = rule;
    else further.set(rule.prefix.toLowerCase(), rule);
  }
  return { overriding, further: [...further.values()] };
}

function policiesOf(facts: IdentityFacts, environment: Environment, fleet: Fleet) {
  const { settings } = fleet;
  const findings: Finding[] = [];
  const traffic = choose("GlobalTrafficPolicy", facts, environment, settings);
  const outlier = choose("OutlierDetection", facts, environment, settings);
  const connection = settings.traffic.clientConnections
    ? choose("ClientConnectionConfig", facts, environment, settings).chosen
    : undefined;
  const read = traffic.chosen === undefined ? undefined : trafficRulesOf(traffic.chosen);
  const connections = connectionsOf(connection, settings);
  findings.push(...(read?.findings ?? []), ...connections.findings);
  return {
    rules: read?.rules ?? [],
    input: { outlier: outlier.chosen, connections, slowStartSeconds: undefined },
    findings,
  };
}

/** Weights between regions: a host for each of them, with the others as its standbys. */
function regionHosts(host: HostIntent, fleet: Fleet): readonly HostIntent[] {
  const { locality } = host.traffic;
  if (fleet.settings.traffic.failover !== "priority" || locality.kind !== "regions") return [];
  const weighted = locality.targets.filter(({ weight }) => weight > 0);
  if (weighted.length < 2) return [];
  return weighted.flatMap(({ region }) => {
    const name = regionHost(region, host.host);
    if (name === undefined || hostProblem(name) !== undefined) return [];
    const others = locality.targets
      .filter((target) => target.region !== region)
      .toSorted((a, b) => b.weight - a.weight);
    const own: LocalityIntent = {
      kind: "regions",
      targets: [{ region, weight: 100 }, ...others.map((target) => ({ region: target.region, weight: 0 }))],
    };
    const label = name.slice(0, -host.host.length - 1);
    return [
      {
        ...host,
        host: name,
        role: "region" as const,
        prefix: host.prefix === "" ? label : `${label}.${host.prefix}`,
        addresses: addressesOf(name, fleet),
        traffic: { ...host.traffic, locality: own },
      },
    ];
  });
}

function addressesOf(host: string, fleet: Fleet): readonly string[] {
  const { kind } = fleet.settings.addresses;
  return kind === "pool" || kind === "keep" ? (fleet.addresses(host) ?? []) : [];
}

function placeOf({ cluster, namespace, name }: PolicyFact): Place {
  return { cluster, namespace, name };
}
