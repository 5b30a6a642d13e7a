import { compareText } from "@fairlead/apimachinery";
import type { DependencyFact, PolicyFact, PolicyKind } from "../model/facts.ts";
import type { IdentityFacts } from "../model/fleet.ts";
import type { HostIntent } from "../model/intent.ts";
import type { PolicyReport } from "../model/plan.ts";
import type { MeshSettings } from "../model/settings.ts";
import type { Choice } from "./policy/choice.ts";

/** What was decided about the policies of one environment. */
export interface Decision {
  readonly kind: PolicyKind;
  readonly choice: Choice;
  /** Those that it shapes. */
  readonly hosts: readonly HostIntent[];
}

/** The kinds whose policies shape ServiceEntries and DestinationRules; writers report on the others themselves. */
const kinds: readonly PolicyKind[] = [
  "GlobalTrafficPolicy",
  "OutlierDetection",
  "ClientConnectionConfig",
  "TrafficConfig",
];

/** What became of every policy of an identity, and of the Dependencies whose source it is. */
export function reportsOf(
  identity: IdentityFacts,
  decisions: readonly Decision[],
  settings: MeshSettings,
): readonly PolicyReport[] {
  const reports: PolicyReport[] = [];
  for (const kind of kinds) {
    const own = decisions.filter((decision) => decision.kind === kind);
    for (const policy of identity.policies(kind)) reports.push(policyReport(policy, own, identity, settings));
  }
  for (const dependency of identity.dependencies) reports.push(dependencyReport(dependency, identity));
  return reports;
}

function policyReport(
  policy: PolicyFact,
  decisions: readonly Decision[],
  identity: IdentityFacts,
  settings: MeshSettings,
): PolicyReport {
  const say = (
    accepted: boolean,
    reason: string,
    message: string,
    hosts: readonly HostIntent[] = [],
  ): PolicyReport => ({
    object: { cluster: policy.cluster, namespace: policy.namespace, name: policy.name, kind: policy.kind },
    generation: policy.generation,
    accepted,
    reason,
    message,
    hosts: sorted(hosts.map(({ host }) => host)),
    clusters: sorted(hosts.flatMap(({ audience }) => audience.map(({ cluster }) => cluster))),
  });
  if (
    (policy.kind === "ClientConnectionConfig" && !settings.traffic.clientConnections) ||
    (policy.kind === "TrafficConfig" && !settings.traffic.slowStart)
  ) {
    return say(false, "Disabled", `The mesh is configured to ignore every ${policy.kind}.`);
  }
  const chosen = decisions.filter(({ choice }) => choice.chosen === policy);
  if (chosen.length > 0) {
    const hosts = chosen.flatMap((decision) => decision.hosts);
    const moving = policy.kind === "GlobalTrafficPolicy" ? hosts.flatMap(movingText) : [];
    const shapes = `It shapes ${hosts.length === 1 ? "one host" : `${hosts.length} hosts`}.`;
    return say(true, moving.length > 0 ? "Shifting" : "Applied", [shapes, ...moving].join(" "), hosts);
  }
  const winner = decisions.find(({ choice }) => choice.overruled.includes(policy))?.choice.chosen;
  if (winner !== undefined) {
    const { cluster, namespace, name } = winner;
    return say(false, "Overruled", `${policy.kind} ${namespace}/${name} of cluster ${cluster} counts instead.`);
  }
  const env = policy.env === "" ? "" : ` in environment ${policy.env}`;
  return say(false, "NoMatch", `No workload of namespace ${policy.namespace} is ${identity.name}${env}.`);
}

function movingText({ host, shares }: HostIntent): string[] {
  if (shares?.towards === undefined) return [];
  const { weights, towards, waits } = shares;
  return [`${host} has ${weights} on the way to ${towards}${waits === undefined ? "" : `; it waits: ${waits}`}.`];
}

function dependencyReport(dependency: DependencyFact, identity: IdentityFacts): PolicyReport {
  const { cluster, namespace, name, generation, source, destinations } = dependency;
  const clusters = source === "*" ? [] : sorted(identity.workloads.map((workload) => workload.cluster));
  const accepted = !dependency.ignored && (source === "*" || clusters.length > 0) && destinations.length > 0;
  return {
    object: { cluster, namespace, name, kind: "Dependency" },
    generation,
    accepted,
    reason: dependency.ignored ? "Ignored" : accepted ? "Applied" : "NoMatch",
    message: dependency.ignored
      ? "It is marked to be ignored."
      : destinations.length === 0
        ? "It names no destination."
        : source === "*"
          ? "Every cluster gets its destinations."
          : accepted
            ? `The clusters of ${source} get its destinations.`
            : `Nothing runs as ${source} yet.`,
    hosts: [],
    clusters,
  };
}

function sorted(names: readonly string[]): readonly string[] {
  return [...new Set(names)].sort(compareText);
}
