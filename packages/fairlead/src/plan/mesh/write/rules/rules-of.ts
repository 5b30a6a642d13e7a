import { get, textOf } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import type { PolicyFact } from "../../model/facts.ts";
import type { HostIntent } from "../../model/intent.ts";
import type { PolicyReport } from "../../model/plan.ts";
import { meshFinding } from "../../findings.ts";
import { isForHost } from "../policy-hosts.ts";
import { sortedSet, type IdentityInput } from "../output.ts";
import { isReachable, reachable, regionOf, type Target } from "../targets.ts";
import { readRules } from "./read-rules.ts";
import type { Condition, RouteRule, RuleTarget } from "./route-rule.ts";

/** A rule whose names are hosts. */
export interface HostRule {
  /** Unique among the rules of a host. */
  readonly name: string;
  readonly conditions: readonly Condition[];
  readonly targets: readonly Target[];
  readonly timeout: string | undefined;
  readonly retries: number | undefined;
}

/** In the order in which they are tried. */
export type HostRules = readonly HostRule[];

export interface RulesByHost {
  of(host: HostIntent): HostRules;
  readonly findings: readonly Finding[];
  readonly reports: readonly PolicyReport[];
}

const none: RulesByHost = { of: () => [], findings: [], reports: [] };

/**
 * The rules by path and header of an identity's hosts: those of its RoutingPolicies with the built-in plug-in. All that
 * match a host hold, by priority, then the newest first: the first rule that matches a request decides.
 */
export function rulesOf({ fleet, intent }: IdentityInput): RulesByHost {
  const { settings } = fleet;
  const plugin = settings.routing.rulesPlugin;
  const policies = fleet.identity(intent.identity)?.policies("RoutingPolicy") ?? [];
  const chosen = plugin === undefined ? [] : policies.filter((policy) => pluginOf(policy) === plugin).sort(byPriority);
  if (chosen.length === 0) return none;
  const byHost = new Map<string, HostRule[]>();
  const findings: Finding[] = [];
  const reports: PolicyReport[] = [];
  for (const policy of chosen) {
    const { rules, problems } = readRules(textOf(get(policy.spec["config"], "rules")));
    const all = [...problems];
    const hosts = intent.hosts.filter((host) => isForHost(policy, host));
    for (const host of hosts) {
      const found = rules.flatMap((rule, at) => {
        const resolved = resolve(rule, `${policy.name}-${at}`, host, intent.hosts);
        if (typeof resolved === "string") all.push(`rules[${at}]: ${resolved}`);
        return typeof resolved === "string" ? [] : [resolved];
      });
      byHost.set(host.host, [...(byHost.get(host.host) ?? []), ...found]);
    }
    for (const message of new Set(all)) findings.push(meshFinding("FL814", { message, object: policyRef(policy) }));
    reports.push(report(policy, hosts, rules.length, [...new Set(all)]));
  }
  return { of: (host) => byHost.get(host.host) ?? [], findings, reports };
}

export function pluginOf(policy: PolicyFact): string {
  return textOf(policy.spec["plugin"]);
}

export function policyRef({ kind, namespace, name }: PolicyFact) {
  return { apiVersion: "admiral.io/v1alpha1", kind, namespace, name };
}

function resolve(rule: RouteRule, name: string, host: HostIntent, hosts: readonly HostIntent[]): HostRule | string {
  const targets: Target[] = [];
  for (const target of rule.to) {
    const found = hostOf(target, host, hosts);
    if (found === undefined) return `${host.host} has no ${target.kind} ${target.name}`;
    targets.push({ host: found.host, ...(target.weight === undefined ? {} : { weight: target.weight }) });
  }
  const several = targets.length > 1;
  if (several && targets.every(({ weight = 1 }) => weight === 0)) return "all weights are 0";
  const shares = targets.map(({ host: to, weight = 1 }) => (several ? { host: to, weight } : { host: to }));
  return { name, conditions: rule.conditions, targets: shares, timeout: rule.timeout, retries: rule.retries };
}

function hostOf(target: RuleTarget, host: HostIntent, hosts: readonly HostIntent[]): HostIntent | undefined {
  const visible = (other: HostIntent): boolean => reachable(host).every(({ cluster }) => isReachable(other, cluster));
  if (target.kind === "region") {
    const found = regionOf(hosts, target.name, host);
    return found !== undefined && visible(found) ? found : undefined;
  }
  if (target.name === "default") return host;
  const prefix = host.prefix === "" ? target.name : `${target.name}.${host.prefix}`;
  return hosts.find(
    (other) =>
      other.role !== "region" && other.env === host.env && other.prefix.toLowerCase() === prefix && visible(other),
  );
}

function byPriority(a: PolicyFact, b: PolicyFact): number {
  const later = (left: string, right: string): number => (left < right ? 1 : left > right ? -1 : 0);
  return (
    b.priority - a.priority ||
    later(a.lastUpdatedAt, b.lastUpdatedAt) ||
    later(a.createdAt, b.createdAt) ||
    -later(`${a.cluster}/${a.namespace}/${a.name}`, `${b.cluster}/${b.namespace}/${b.name}`)
  );
}

function report(
  policy: PolicyFact,
  hosts: readonly HostIntent[],
  rules: number,
  problems: readonly string[],
): PolicyReport {
  const reason = problems.length > 0 ? "Invalid" : hosts.length === 0 ? "NoMatch" : "Applied";
  const { cluster, namespace, name, kind, generation } = policy;
  const [first] = problems;
  return {
    object: { cluster, namespace, name, kind },
    generation,
    accepted: hosts.length > 0 && rules > 0 && problems.length === 0,
    reason,
    message: first ?? (hosts.length === 0 ? "no host of the identity matches" : `${rules} rules`),
    hosts: sortedSet(hosts.map(({ host }) => host)),
    clusters: sortedSet(hosts.flatMap(({ audience }) => audience.map((seen) => seen.cluster))),
  };
}
