import { compareText } from "@fairlead/apimachinery";
import type { Finding } from "@fairlead/krm";
import { meshFinding } from "../findings.ts";
import type { WorkloadFact } from "../model/facts.ts";
import type { Claim, Fleet, IdentityFacts } from "../model/fleet.ts";
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
  const byEnv = new Map<string, Claim[]>();
  for (const claim of identity.claims) {
    if (discovery.regionRequired && (fleet.cluster(claim.cluster)?.region ?? "") === "") continue;
    // Hosts have no case: `PRD` and `prd` are one environment.
    const key = claim.env.toLowerCase();
    const list = byEnv.get(key);
    if (list === undefined) byEnv.set(key, [claim]);
    else list.push(claim);
  }

  const findings: Finding[] = [];
  const environments: Environment[] = [];
  for (const key of [...byEnv.keys()].sort(compareText)) {
    const workloads: WorkloadFact[] = [];
    for (const claim of oneOfACluster(byEnv.get(key)!)) {
      workloads.push(...claim.serving);
      findings.push(...claim.refused.map((workload) => refusal(workload, identity, claim)));
    }
    workloads.sort(olderFirst);
    if (workloads.length > 0) environments.push({ env: envOf(workloads[0]!, discovery), workloads });
  }
  return { environments, findings };
}

/** Claims of one cluster that differ in the case of the environment only: the oldest counts for all. */
function oneOfACluster(claims: readonly Claim[]): readonly Claim[] {
  const byCluster = new Map<string, Claim>();
  for (const claim of claims.toSorted((a, b) => olderFirst(a.serving[0]!, b.serving[0]!))) {
    const first = byCluster.get(claim.cluster);
    if (first === undefined) {
      byCluster.set(claim.cluster, claim);
      continue;
    }
    const serves = ({ namespace }: WorkloadFact) => first.namespaces.includes(namespace);
    byCluster.set(claim.cluster, {
      ...first,
      serving: [...first.serving, ...claim.serving.filter(serves)],
      refused: [...first.refused, ...claim.refused, ...claim.serving.filter((workload) => !serves(workload))],
    });
  }
  return [...byCluster.values()];
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

function refusal(workload: WorkloadFact, { name }: IdentityFacts, { env, owner, cluster }: Claim): Finding {
  const { kind, namespace, name: own } = workload;
  return meshFinding("FL807", {
    message: `${kind} ${namespace}/${own} claims ${name} in ${env}, which belongs to namespace ${owner} of cluster ${cluster}: it gets no requests`,
    object: workloadRef(workload),
  });
}
