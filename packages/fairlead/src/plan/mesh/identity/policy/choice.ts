import { compareText } from "@fairlead/apimachinery";
import type { PolicyFact, PolicyKind, WorkloadFact } from "../../model/facts.ts";
import type { IdentityFacts } from "../../model/fleet.ts";
import type { MeshSettings } from "../../model/settings.ts";
import type { Environment } from "../sources.ts";

/** The policy of a kind that counts for an environment, and those that would if it were not there. */
export interface Choice {
  readonly chosen: PolicyFact | undefined;
  readonly overruled: readonly PolicyFact[];
}

export function choose(
  kind: PolicyKind,
  identity: IdentityFacts,
  environment: Environment,
  settings: MeshSettings,
): Choice {
  const candidates = identity
    .policies(kind)
    .filter((policy) => !policy.ignored && policy.identity !== undefined && isFor(policy, environment, settings));
  const byPriority = kind === "GlobalTrafficPolicy" || settings.discovery.policyOrder === "priority";
  const [chosen, ...overruled] = candidates.toSorted(byPriority ? first : newestFirst);
  return { chosen, overruled };
}

/** A policy is for the workloads of its own namespace; one that names an environment is for this one only. */
function isFor(policy: PolicyFact, { env, workloads }: Environment, { discovery }: MeshSettings): boolean {
  if (policy.env !== "" && policy.env.toLowerCase() !== env.toLowerCase()) return false;
  const beside = ({ cluster, namespace }: WorkloadFact) =>
    namespace === policy.namespace && (discovery.policyReach === "namespace" || cluster === policy.cluster);
  return workloads.some(beside);
}

/** Priority, then what was updated last by its own word (if both say), then the newest. */
function first(a: PolicyFact, b: PolicyFact): number {
  if (a.priority !== b.priority) return b.priority - a.priority;
  if (a.lastUpdatedAt !== "" && b.lastUpdatedAt !== "" && a.lastUpdatedAt !== b.lastUpdatedAt) {
    return compareText(b.lastUpdatedAt, a.lastUpdatedAt);
  }
  return newestFirst(a, b);
}

export function newestFirst(a: PolicyFact, b: PolicyFact): number {
  return (
    compareText(b.createdAt, a.createdAt) ||
    compareText(a.cluster, b.cluster) ||
    compareText(a.namespace, b.namespace) ||
    compareText(a.name, b.name)
  );
}
