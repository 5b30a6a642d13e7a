import { compareText } from "@fairlead/apimachinery";
import { formatRef, type Finding, type ObjectRef } from "@fairlead/krm";
import { meshFinding } from "../findings.ts";
import type { Place, PolicyFact, PolicyKind, WorkloadFact } from "../model/facts.ts";
import type { Claim, IdentityFacts } from "../model/fleet.ts";
import type { MeshSettings } from "../model/settings.ts";
import { envOf } from "../identity/env.ts";
import { byAge, sortedUnique } from "./order.ts";
import type { IdentityState, Member } from "./state.ts";

/** The lookups of one identity, made once for each version of it. */
export function identityFacts(state: IdentityState, settings: MeshSettings): IdentityFacts {
  const known = made.get(state);
  if (known !== undefined) return known;
  const facts = makeFacts(state, settings);
  made.set(state, facts);
  return facts;
}

const made = new WeakMap<IdentityState, IdentityFacts>();

function makeFacts(state: IdentityState, settings: MeshSettings): IdentityFacts {
  const { key, members, policies, dependencies, proxies, exports } = state;
  const policiesOf = new Map<PolicyKind, PolicyFact[]>();
  for (const fact of policies) {
    if (fact.ignored) continue;
    const list = policiesOf.get(fact.kind);
    if (list === undefined) policiesOf.set(fact.kind, [fact]);
    else list.push(fact);
  }
  // An identity may have a workload in each of a hundred clusters: what nobody asks for is not made.
  let claims: readonly Claim[] | undefined;
  let findings: readonly Finding[] | undefined;
  return {
    key,
    name: nameOf(state, settings),
    workloads: members.map(({ fact }) => fact),
    get claims() {
      return (claims ??= claimsOf(members, settings));
    },
    policies: (kind) => policiesOf.get(kind) ?? [],
    dependencies: dependencies.filter(({ ignored }) => !ignored),
    proxies: proxies.filter(({ ignored }) => !ignored),
    exports,
    get findings() {
      return (findings ??= [
        ...members.flatMap(findingsOf),
        ...policies.flatMap((fact) => unread(fact, { ...admiralKind(fact.kind), ...placeIn(fact) })),
        ...dependencies.flatMap((fact) => unread(fact, { ...admiralKind("Dependency"), ...placeIn(fact) })),
      ]);
    },
  };
}

function nameOf({ key, members, policies }: IdentityState, { discovery }: MeshSettings): string {
  let oldest: Member | undefined;
  for (const member of members) if (oldest === undefined || byAge(member.fact, oldest.fact) < 0) oldest = member;
  if (oldest !== undefined) return oldest.name;
  const label = policies[0]?.labels[discovery.policyIdentityKey];
  return label?.toLowerCase() === key ? label : key;
}

/**
 * Whose a name is in each cluster: the oldest source's namespace, and those it handed the name over to. Clients claim
 * nothing.
 */
function claimsOf(members: readonly Member[], { discovery }: MeshSettings): readonly Claim[] {
  const groups = new Map<string, Member[]>();
  for (const member of members) {
    if (!discovery.sourceKinds.includes(member.fact.kind)) continue;
    const key = `${member.fact.cluster}\0${envOf(member.fact, discovery)}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [member]);
    else group.push(member);
  }
  const claims: Claim[] = [];
  for (const group of groups.values()) {
    group.sort((a, b) => byAge(a.fact, b.fact));
    const { fact } = group[0]!;
    const owner = fact.namespace;
    const handed = new Set(group.filter((one) => one.fact.namespace === owner).flatMap((one) => one.fact.handOver));
    const serves = ({ namespace }: WorkloadFact): boolean =>
      namespace === owner || handed.has("*") || handed.has(namespace);
    const facts = group.map((one) => one.fact);
    claims.push({
      cluster: fact.cluster,
      env: envOf(fact, discovery),
      owner,
      namespaces: sortedUnique(facts.filter(serves).map(({ namespace }) => namespace)),
      serving: facts.filter(serves),
      refused: facts.filter((one) => !serves(one)),
    });
  }
  return claims.sort((a, b) => compareText(a.cluster, b.cluster) || compareText(a.env, b.env));
}

function findingsOf({ fact, name, others }: Member): Finding[] {
  const object = { apiVersion: apiVersions[fact.kind], kind: fact.kind, ...placeIn(fact) };
  const findings = unread(fact, object);
  if (others.length > 0) {
    const message = `${formatRef(object)} in cluster ${fact.cluster} is ${name} to the mesh, and ${others.join(", ")} by other keys`;
    findings.push(meshFinding("FL801", { object, message }));
  }
  return findings;
}

function unread({ cluster, omitted }: { cluster: string; omitted?: readonly string[] }, object: ObjectRef): Finding[] {
  if (omitted === undefined) return [];
  const message = `${formatRef(object)} in cluster ${cluster}: ${omitted.join(", ")} ${omitted.length === 1 ? "is" : "are"} not read whole`;
  return [meshFinding("FL800", { object, message })];
}

function placeIn({ namespace, name }: Place): { namespace: string; name: string } {
  return { namespace, name };
}

function admiralKind(kind: string): { apiVersion: string; kind: string } {
  return { apiVersion: "admiral.io/v1alpha1", kind };
}

const apiVersions: { readonly [Kind in WorkloadFact["kind"]]: string } = {
  Deployment: "apps/v1",
  StatefulSet: "apps/v1",
  DaemonSet: "apps/v1",
  Job: "batch/v1",
  Rollout: "argoproj.io/v1alpha1",
  Vertex: "numaflow.numaproj.io/v1alpha1",
  MonoVertex: "numaflow.numaproj.io/v1alpha1",
  WorkloadEntry: "networking.istio.io/v1",
  ServiceEntry: "networking.istio.io/v1",
};
