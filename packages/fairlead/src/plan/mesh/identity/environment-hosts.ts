import type { Finding } from "@fairlead/krm";
import { meshFinding } from "../findings.ts";
import type { Place, PolicyFact, WorkloadFact } from "../model/facts.ts";
import type { Fleet, IdentityFacts, MeshKey } from "../model/fleet.ts";
import type { HostIntent, HostRole } from "../model/intent.ts";
import { addressesOf } from "./addresses-of.ts";
import { audienceOf, type Callers } from "./audience.ts";
import { backendsOf } from "./backends.ts";
import { isSplitBySubsetsOnly } from "./canary-weights.ts";
import { policiesOf } from "./environment-policies.ts";
import { baseHost, hostProblem } from "./hosts.ts";
import { podsOf } from "./pods.ts";
import type { TrafficRule } from "./policy/traffic-rules.ts";
import { hostPorts } from "./ports.ts";
import { policyRef, workloadRef } from "./refs.ts";
import { regionHosts } from "./region-hosts.ts";
import type { Decision } from "./reports.ts";
import type { Retained } from "./retained.ts";
import { rivalOf } from "./rivals.ts";
import type { Environment } from "./sources.ts";
import { subjectNamesOf } from "./subject-names.ts";
import { earliest } from "./shift/earliest.ts";
import { moveShares } from "./shift/move-shares.ts";
import { notedObjects } from "./shift/shares.ts";
import { shiftFindings } from "./shift/shift-findings.ts";
import { shiftOf } from "./shift/shift-of.ts";
import { servingOf, type Target } from "./targets.ts";
import { trafficOf } from "./traffic.ts";

export interface EnvironmentHosts {
  readonly hosts: readonly HostIntent[];
  readonly decisions: readonly Decision[];
  readonly findings: readonly Finding[];
  /** See `MeshPlan.againAt`. */
  readonly againAt?: number | undefined;
}

/** A name with what serves it, before policies have their say. */
interface Draft {
  readonly host: string;
  readonly role: HostRole;
  readonly prefix: string;
  readonly targets: readonly Target[];
}

/** All names of an identity in one environment. */
export function hostsOf(
  facts: IdentityFacts,
  environment: Environment,
  callers: Callers,
  retained: Retained,
  fleet: Fleet,
): EnvironmentHosts {
  const { settings } = fleet;
  const { env, workloads } = environment;
  const oldest = workloads[0]!;
  const base = baseHost(facts.name, env, oldest, settings);
  const policies = policiesOf(facts, environment, fleet);
  const decide = (hosts: readonly HostIntent[]) =>
    policies.choices.map(({ kind, choice }) => ({ kind, choice, hosts }));
  const problem = hostProblem(base);
  if (problem !== undefined) {
    const message = `${facts.name} in ${env} would be reached as ${base}: ${problem}`;
    const findings = [meshFinding("FL812", { message, object: workloadRef(oldest) })];
    return { hosts: [], decisions: decide([]), findings };
  }

  const { drafts, findings } = draftsOf(facts, workloads, base, fleet);
  findings.push(...policies.findings);
  const hosts: HostIntent[] = [];
  const times: number[] = [];
  const key: MeshKey = `identity:${facts.key}`;
  const written = { key, noted: notedObjects(key, fleet) };
  for (const draft of drafts) {
    if (draft.targets.length === 0) continue;
    const ports = hostPorts(draft.targets, draft.host, settings.discovery);
    const served = backendsOf(draft.targets, ports, draft.host, fleet);
    // What is wrong with a Service is said once, of the name that everybody calls.
    if (draft.role === "base") findings.push(...ports.findings, ...served.findings);
    const add = (host: string, role: HostRole, prefix: string, rule: TrafficRule | undefined): void => {
      const backends = retained.join(host, served.backends, ports.ports);
      if (backends.length === 0) return;
      const { traffic, findings: said } = trafficOf(rule, backends, policies.input, settings);
      if (draft.role === "base") findings.push(...said);
      const unmoved: HostIntent = {
        host,
        role,
        env,
        prefix,
        policy: rule === undefined ? undefined : placeOf(rule.policy),
        addresses: addressesOf(host, fleet),
        ports: ports.ports,
        backends,
        traffic,
        subjectAltNames: retained.subjectNames(host, subjectNamesOf(facts, backends, fleet)),
        audience: audienceOf(facts.key, backends, callers, fleet),
      };
      const { locality, shares, prepared, againAt } = moveShares(unmoved, shiftOf(rule?.policy), written, fleet);
      const whole = { ...unmoved, traffic: { ...traffic, locality }, shares, prepared };
      hosts.push(whole, ...regionHosts(whole, fleet));
      if (againAt !== undefined) times.push(againAt);
      if (rule !== undefined) findings.push(...shiftFindings(whole, rule.policy, fleet));
    };

    const { overriding, further } = rulesFor(draft, env, policies.rules);
    const isAsPredecessor = settings.writing.marks === "predecessor";
    add(draft.host, draft.role, isAsPredecessor ? markOf(draft, overriding) : draft.prefix, overriding);
    for (const rule of further) {
      const host = `${isAsPredecessor ? rule.prefix : rule.prefix.toLowerCase()}.${draft.host}`;
      const wrong = hostProblem(host);
      if (wrong === undefined) {
        const prefix = draft.prefix === "" ? rule.prefix : `${rule.prefix}.${draft.prefix}`;
        add(host, "prefix", isAsPredecessor ? markOf(draft, rule) : prefix, rule);
      } else if (draft.role === "base") {
        const message = `${rule.prefix} makes no host ${host}: ${wrong}`;
        findings.push(meshFinding("FL810", { message, object: policyRef(rule.policy), field: ["spec", "policy"] }));
      }
    }
  }
  const own = hosts.filter(({ host }) => {
    const rival = rivalOf(host, facts.key, oldest, fleet);
    if (rival === undefined) return true;
    const message = `${host} of ${facts.name} is a name of ${rival} too, which was there first`;
    findings.push(meshFinding("FL807", { message, object: workloadRef(oldest) }));
    return false;
  });
  return { hosts: own, decisions: decide(own), findings, againAt: earliest(times) };
}

/** The predecessor notes what a policy says, even of the host itself, and knows `canary` but not `preview`. */
function markOf({ role }: Draft, rule: TrafficRule | undefined): string {
  const said = rule === undefined || rule.prefix === "default" ? "" : rule.prefix;
  if (role !== "canary") return said;
  return said === "" ? "canary" : `${said}.canary`;
}

function draftsOf(
  facts: IdentityFacts,
  workloads: Environment["workloads"],
  base: string,
  fleet: Fleet,
): { readonly drafts: readonly Draft[]; readonly findings: Finding[] } {
  const findings: Finding[] = [];
  const unserved: Finding[] = [];
  const stable: Target[] = [];
  const canary: Target[] = [];
  const preview: Target[] = [];
  const pods = new Map<string, Target[]>();
  const services = new Map<string, Target[]>();
  for (const workload of workloads) {
    const serving = servingOf(workload, facts.key, fleet);
    stable.push(...serving.stable);
    canary.push(...serving.canary);
    preview.push(...serving.preview);
    for (const target of serving.further) services.set(target.name, [...(services.get(target.name) ?? []), target]);
    for (const [pod, target] of podsOf(workload, fleet)) pods.set(pod, [...(pods.get(pod) ?? []), target]);
    if (isSplitBySubsetsOnly(workload) && fleet.settings.writing.marks === "fairlead")
      findings.push(subsets(workload, base));
    if (serving.stable.length > 0) continue;
    const { kind, namespace, name, cluster } = workload;
    const message = `no Service with a TCP port selects ${kind} ${namespace}/${name} of cluster ${cluster}: ${base} does not lead to it`;
    unserved.push(meshFinding("FL809", { message, object: workloadRef(workload) }));
  }
  // What only calls others needs no Service: nobody wants its name.
  if (stable.length > 0 || isWanted(facts.key, fleet)) findings.push(...unserved);
  const drafts: Draft[] = [
    { host: base, role: "base", prefix: "", targets: stable },
    { host: `canary.${base}`, role: "canary", prefix: "canary", targets: canary },
    { host: `preview.${base}`, role: "preview", prefix: "preview", targets: preview },
  ];
  for (const [pod, targets] of pods) {
    const host = `${pod}.${base}`;
    if (hostProblem(host) === undefined) drafts.push({ host, role: "pod", prefix: pod, targets });
  }
  for (const [service, targets] of services) {
    const host = `${service}.${base}`;
    if (hostProblem(host) === undefined) drafts.push({ host, role: "service", prefix: service, targets });
  }
  return { drafts, findings };
}

function subsets(workload: WorkloadFact, host: string): Finding {
  const { namespace, name, cluster } = workload;
  const message = `Rollout ${namespace}/${name} of cluster ${cluster} splits requests between subsets of one Service: ${host} leads to pods of both versions by their number`;
  return meshFinding("FL857", { message, object: workloadRef(workload) });
}

/** The rule that shapes a host itself, the last one if several do; and those that make hosts in front of it. */
function rulesFor(
  { host, role }: Draft,
  env: string,
  rules: readonly TrafficRule[],
): { readonly overriding: TrafficRule | undefined; readonly further: readonly TrafficRule[] } {
  let overriding: TrafficRule | undefined;
  const further = new Map<string, TrafficRule>();
  for (const rule of rules) {
    const names = rule.dns !== "" && rule.dns.toLowerCase() === host.toLowerCase();
    if (rule.prefix === env || rule.prefix === "default" || names) overriding = rule;
    else further.set(rule.prefix.toLowerCase(), rule);
  }
  // Names in front of a Service's own would be more than anybody asked for.
  if (role === "service") return { overriding, further: [] };
  // One pod is in one place: there is nothing to choose.
  return role === "pod" ? { overriding: undefined, further: [] } : { overriding, further: [...further.values()] };
}

function placeOf({ cluster, namespace, name }: PolicyFact): Place {
  return { cluster, namespace, name };
}

function isWanted(identity: string, fleet: Fleet): boolean {
  const clients = fleet.clientsOf(identity);
  return clients.kind === "clients" && clients.identities.length > 0;
}
