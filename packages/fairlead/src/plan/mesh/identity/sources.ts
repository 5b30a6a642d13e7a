import { compareText } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { meshFinding } from "../findings.ts";
import type { WorkloadFact } from "../model/facts.ts";
import type { Fleet, IdentityFacts } from "../model/fleet.ts";
import { envOf } from "./env.ts";
import { workloadRef } from "./refs.ts";

/** What serves an identity in one environment. */
export interface Environment {
  /** As the oldest workload writes it. */
  readonly env: string;
  /** Never empty; oldest first. */
  readonly workloads: readonly WorkloadFact[];
}

/** Sources by environment, sorted by its name. Workloads of namespaces that do not own the name are findings. */
export function environmentsOf(
  identity: IdentityFacts,
  fleet: Fleet,
): { readonly environments: readonly Environment[]; readonly findings: readonly Finding[] } {
  const { discovery } = fleet.settings;
  const byEnv = new Map<string, WorkloadFact[]>();
  for (const workload of identity.workloads) {
    if (workload.ignored || !discovery.sourceKinds.includes(workload.kind)) continue;
    if (discovery.regionRequired && (fleet.cluster(workload.cluster)?.region ?? "") === "") continue;
    // Hosts have no case: `PRD` and `prd` are one environment.
    const key = envOf(workload, discovery).toLowerCase();
    const list = byEnv.get(key);
    if (list === undefined) byEnv.set(key, [workload]);
    else list.push(workload);
  }

  const findings: Finding[] = [];
  const environments: Environment[] = [];
  for (const key of [...byEnv.keys()].sort(compareText)) {
    const workloads = byEnv.get(key)!.sort(olderFirst);
    const env = envOf(workloads[0]!, discovery);
    const owned = withOwners(workloads, identity.name, env);
    environments.push({ env, workloads: owned.serving });
    findings.push(...owned.findings);
  }
  return { environments, findings };
}

/** The oldest first; of the same age by cluster, namespace, name and kind. */
export function olderFirst(a: WorkloadFact, b: WorkloadFact): number {
  return (
    compareText(a.createdAt, b.createdAt) ||
    compareText(a.cluster, b.cluster) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name) ||
    compareText(a.kind, b.kind)
  );
}

/** Within one cluster the namespace of the oldest workload owns the name, and those that it hands the name over to. */
function withOwners(
  workloads: readonly WorkloadFact[],
  name: string,
  env: string,
): { readonly serving: readonly WorkloadFact[]; readonly findings: readonly Finding[] } {
  const owners = new Map<string, WorkloadFact>();
  const handedTo = new Map<string, Set<string>>();
  for (const workload of workloads) {
    const { cluster, namespace } = workload;
    if (!owners.has(cluster)) owners.set(cluster, workload);
    if (owners.get(cluster)!.namespace !== namespace) continue;
    const to = handedTo.get(cluster) ?? new Set();
    for (const one of workload.handOver) to.add(one);
    handedTo.set(cluster, to);
  }
  const findings: Finding[] = [];
  const serving = workloads.filter((workload) => {
    const owner = owners.get(workload.cluster)!;
    const to = handedTo.get(workload.cluster)!;
    if (owner.namespace === workload.namespace || to.has("*") || to.has(workload.namespace)) return true;
    findings.push(
      meshFinding("FL807", {
        message: `${workload.kind} ${workload.namespace}/${workload.name} claims ${name} in ${env}, which belongs to namespace ${owner.namespace} of cluster ${workload.cluster}: it gets no requests`,
        object: workloadRef(workload),
      }),
    );
    return false;
  });
  return { serving, findings };
}
