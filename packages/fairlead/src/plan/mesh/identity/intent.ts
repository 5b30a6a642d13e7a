import type { Finding } from "@fairlead/krm";
import type { Fleet } from "../model/fleet.ts";
import type { HostIntent, IdentityIntent } from "../model/intent.ts";
import type { PolicyReport } from "../model/plan.ts";
import { addressesOf, needsAddress } from "./addresses-of.ts";
import { callersOf } from "./audience.ts";
import { exportHosts } from "./exports/export-hosts.ts";
import { hostsOf } from "./environment-hosts.ts";
import { type Decision, reportsOf } from "./reports.ts";
import { retainedOf } from "./retained.ts";
import { earliest } from "./shift/earliest.ts";
import { environmentsOf } from "./sources.ts";

export interface IntentResult {
  /** Hosts that have an address, or need none. */
  readonly intent: IdentityIntent;
  /** Lower case, in the order of the hosts. */
  readonly needsAddresses: readonly string[];
  /** Whether hosts are missing in `intent` because they have no address yet. */
  readonly waits: boolean;
  /** Hosts in lower case whose DestinationRules stay as they are written, because what shaped them cannot be seen. */
  readonly held: ReadonlySet<string>;
  /** Hosts in lower case that a cluster yet unread serves: it may have policies for them. */
  readonly shaped: ReadonlySet<string>;
  /** Hosts in lower case that nothing known makes, and that stay as they are written because of clusters yet unread. */
  readonly kept: ReadonlySet<string>;
  /** See `MeshPlan.againAt`. */
  readonly againAt: number | undefined;
  readonly findings: readonly Finding[];
  readonly reports: readonly PolicyReport[];
}

/** What an identity should be in the whole fleet. Pure: of the fleet alone. */
export function intentOf(fleet: Fleet, identity: string): IntentResult {
  const facts = fleet.identity(identity);
  const retained = retainedOf(facts, identity, fleet);
  const findings: Finding[] = [...(facts?.findings ?? []), ...retained.findings];
  const decisions: Decision[] = [];
  const hosts: HostIntent[] = [];
  const times: (number | undefined)[] = [];
  const exported = facts === undefined ? undefined : exportHosts(facts, retained, fleet);
  if (facts !== undefined) {
    const { environments, findings: refused } = environmentsOf(facts, fleet);
    findings.push(...refused);
    for (const environment of environments) {
      const callers = callersOf(identity, fleet, environment.workloads);
      const planned = hostsOf(facts, environment, callers, retained, fleet);
      hosts.push(...planned.hosts);
      decisions.push(...planned.decisions);
      findings.push(...planned.findings);
      times.push(planned.againAt);
    }
  }
  hosts.push(...(exported?.hosts ?? []));
  findings.push(...(exported?.findings ?? []));
  const kept = new Set(retained.hosts);
  for (const { host } of hosts) kept.delete(host.toLowerCase());

  const unique = withoutTwins(hosts);
  const needs = unique.filter(({ host }) => needsAddress(host, fleet));
  const ready = unique.filter(
    ({ host }) => !needs.some((one) => one.host === host) || addressesOf(host, fleet).length > 0,
  );
  return {
    intent: { identity, name: facts?.name ?? identity, hosts: ready },
    needsAddresses: needs.map(({ host }) => host.toLowerCase()),
    waits: ready.length < unique.length,
    held: retained.held,
    shaped: retained.shaped,
    kept,
    againAt: earliest(times),
    findings,
    reports: facts === undefined ? [] : [...reportsOf(facts, decisions, fleet.settings), ...(exported?.reports ?? [])],
  };
}

/** A host that two parts of the plan ask for is a workload's own before it is one that something adds in front. */
function withoutTwins(hosts: readonly HostIntent[]): readonly HostIntent[] {
  const seen = new Set<string>();
  const isBase = ({ role }: HostIntent): boolean => role === "base";
  return [...hosts.filter(isBase), ...hosts.filter((host) => !isBase(host))].filter(({ host }) => {
    const key = host.toLowerCase();
    return seen.has(key) ? false : seen.add(key);
  });
}
