import { compareText } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { meshFinding } from "../../findings.ts";
import type { WorkloadFact } from "../../model/facts.ts";
import type { Fleet, IdentityFacts } from "../../model/fleet.ts";
import type { Backend, HostIntent } from "../../model/intent.ts";
import type { PolicyReport } from "../../model/plan.ts";
import { addressesOf } from "../addresses-of.ts";
import { backendsOf } from "../backends.ts";
import { envOf } from "../env.ts";
import { hostProblem } from "../hosts.ts";
import { policiesOf } from "../environment-policies.ts";
import { connectionsOf } from "../policy/connection.ts";
import type { Retained } from "../retained.ts";
import { olderFirst } from "../sources.ts";
import { subjectNamesOf } from "../subject-names.ts";
import { type TrafficInput, trafficOf } from "../traffic.ts";
import { exportAudience } from "./export-audience.ts";
import { exportPorts } from "./export-ports.ts";
import { conflictText, exportReports, exportRef } from "./export-reports.ts";
import { type Exporter, type Servers, exportersOf, importersOf } from "./exporters.ts";

export interface ExportHosts {
  /** One, or none. */
  readonly hosts: readonly HostIntent[];
  readonly findings: readonly Finding[];
  readonly reports: readonly PolicyReport[];
}

/**
 * The name of a Service that clusters export, where an identity stands for one (`exportedHost`). Its backends are the
 * Service of that namespace and name in the clusters that export it.
 * https://github.com/kubernetes/enhancements/tree/master/keps/sig-multicluster/1645-multi-cluster-services-api
 */
export function exportHosts(facts: IdentityFacts, retained: Retained, fleet: Fleet): ExportHosts {
  const exporters = exportersOf(facts, fleet);
  const oldest = exporters[0];
  if (oldest === undefined) return { hosts: [], findings: [], reports: [] };
  const host = facts.key;
  const problem = problemOf(host, fleet);
  if (problem !== undefined) {
    const message = `${host} cannot be a name of Service ${oldest.fact.namespace}/${oldest.fact.name}: ${problem}`;
    const findings = [meshFinding("FL806", { message, object: exportRef(oldest.fact) })];
    return {
      hosts: [],
      findings,
      reports: exportReports(exporters, { problem: message, conflicts: [], host: undefined }),
    };
  }
  const { ports, conflicts } = exportPorts(exporters);
  const served = backendsOf(
    exporters.flatMap(({ targets }) => targets),
    ports,
    host,
    fleet,
  );
  const backends = retained.join(host, served.backends, ports.ports);
  const planned = backends.length === 0 ? undefined : hostOf(facts, exporters, { ports, backends, retained }, fleet);
  const findings = exporters.flatMap(({ fact, targets, service }): Finding[] => {
    if (targets.length > 0) return [];
    const place = `${fact.namespace}/${fact.name} of cluster ${fact.cluster}`;
    const message =
      service === undefined
        ? `there is no Service ${place} to export`
        : `Service ${place} is exported, but no workload of the mesh with a TCP port is behind it`;
    return [meshFinding("FL806", { message, object: exportRef(fact) })];
  });
  if (conflicts.length > 0) {
    const message = `exports of ${host} differ: ${conflictText(conflicts)}`;
    findings.push(meshFinding("FL806", { message, object: exportRef(oldest.fact) }));
  }
  return {
    hosts: planned === undefined ? [] : [planned],
    findings,
    reports: exportReports(exporters, { problem: undefined, conflicts, host: planned }),
  };
}

interface Served {
  readonly ports: ReturnType<typeof exportPorts>["ports"];
  readonly backends: readonly Backend[];
  readonly retained: Retained;
}

function hostOf(
  facts: IdentityFacts,
  exporters: readonly Exporter[],
  { ports, backends, retained }: Served,
  fleet: Fleet,
): HostIntent {
  const { settings } = fleet;
  const host = facts.key;
  const workload = exporters.find(({ workloads }) => workloads.length > 0)?.workloads[0];
  const servers = exporters
    .flatMap((one) => one.servers)
    .sort((a, b) => compareText(a.identity, b.identity) || olderFirst(a.workloads[0]!, b.workloads[0]!));
  const named = servers.flatMap(({ identity }) => fleet.identity(identity) ?? []);
  const names = new Set((named.length > 0 ? named : [facts]).flatMap((one) => subjectNamesOf(one, backends, fleet)));
  return {
    host,
    role: "export",
    env: workload === undefined ? "default" : envOf(workload, settings.discovery),
    prefix: "",
    policy: undefined,
    addresses: addressesOf(host, fleet),
    ports: ports.ports,
    backends,
    traffic: trafficOf(undefined, backends, inputOf(servers, workload, fleet), settings).traffic,
    subjectAltNames: retained.subjectNames(host, [...names].sort(compareText)),
    audience: exportAudience(backends, servers, importersOf(facts, fleet), fleet),
  };
}

/**
 * What callers do with endpoints follows from the policies of the identity that they are of, whatever name is called:
 * outlier detection, connections, slow starts. Where requests go does not: a GlobalTrafficPolicy is about names of the
 * identity, and an exported Service is wherever it is exported, the nearest first. Workloads of several identities, or
 * environments, behind one Service have no policy in common.
 */
function inputOf(servers: readonly Servers[], oldest: WorkloadFact | undefined, fleet: Fleet): TrafficInput {
  const { settings } = fleet;
  const workloads = servers.flatMap((one) => one.workloads).sort(olderFirst);
  const envs = new Set(workloads.map((one) => envOf(one, settings.discovery)));
  const identities = new Set(servers.map(({ identity }) => identity));
  const [env] = envs;
  const facts = identities.size === 1 ? fleet.identity(servers[0]!.identity) : undefined;
  if (facts === undefined || env === undefined || envs.size > 1) {
    return {
      outlier: undefined,
      connections: connectionsOf(undefined, settings),
      slowStartSeconds: undefined,
      oldestRegion: oldest === undefined ? "" : (fleet.cluster(oldest.cluster)?.region ?? ""),
    };
  }
  return policiesOf(facts, { env, workloads }, fleet).input;
}

/** What identities are called ends with other words: nobody gets a name of theirs by an export. */
function problemOf(host: string, { settings }: Fleet): string | undefined {
  const { suffix, additional } = settings.names;
  const taken = [suffix, ...additional.suffixes].find((one) => host.endsWith(`.${one.toLowerCase()}`));
  return taken === undefined ? hostProblem(host) : `names of identities end with .${taken}`;
}
