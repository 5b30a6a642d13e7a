import { compareText, equal } from "@fairlead/apimachinery";
import { templatesAnnotation } from "../observe/keys.ts";
import { labelAt } from "../observe/read.ts";
import type { Labels, ServiceFact, WorkloadFact } from "../model/facts.ts";
import type { DiscoverySettings, MeshSettings } from "../model/settings.ts";
import { handOverOf } from "../observe/workload.ts";
import { isInMesh } from "./injection.ts";
import { calledOf } from "../identity/partition.ts";
import { byAge, sortedUnique } from "./order.ts";
import { serviceSelects, servicesByPair } from "./selects.ts";
import type { Member, NamespaceState } from "./state.ts";

/** What Dependencies say of keys: those they use besides that of the settings, and whom they name by each. */
export interface Naming {
  readonly keys: readonly string[];
  names(key: string, value: string): boolean;
}

/** What a workload is to the mesh: undefined if it is ignored, not in the mesh, or without identity where that counts. */
export function memberOf(
  fact: WorkloadFact,
  namespace: NamespaceState,
  naming: Naming,
  settings: MeshSettings,
): Member | undefined {
  if (fact.ignored || namespace.fact?.ignored === true || !isInMesh(fact, namespace.fact, settings.discovery)) {
    return undefined;
  }
  const named = namesOf(fact, namespace, naming, settings);
  const name = named[0] ?? nameless(fact, settings);
  if (name === undefined) return undefined;
  const identity = name.toLowerCase();
  const others = sortedUnique(named.map((other) => other.toLowerCase())).filter((other) => other !== identity);
  return {
    fact: withHandOver(fact, namespace),
    identity,
    name,
    called: calledOf(identity, fact, settings.discovery),
    others,
  };
}

/** A namespace hands over for all of its workloads. */
function withHandOver(fact: WorkloadFact, namespace: NamespaceState): WorkloadFact {
  const handOver = namespace.fact === undefined ? [] : handOverOf(namespace.fact.annotations);
  return handOver.length === 0 ? fact : { ...fact, handOver: sortedUnique([...fact.handOver, ...handOver]) };
}

/** The key of the settings first, then those of Dependencies by name, as far as a Dependency names the value. */
function namesOf(fact: WorkloadFact, namespace: NamespaceState, naming: Naming, settings: MeshSettings): string[] {
  const { identityKey } = settings.discovery;
  const own = valueOf(fact, namespace, identityKey, settings);
  const names = own === undefined ? [] : [own];
  for (const key of naming.keys) {
    if (key === identityKey) continue;
    const value = valueOf(fact, namespace, key, settings);
    if (value !== undefined && naming.names(key, value.toLowerCase())) names.push(value);
  }
  return names;
}

/** The label of the pod template, then its annotation, then the label of a Service that selects it. */
function valueOf(
  fact: WorkloadFact,
  namespace: NamespaceState,
  key: string,
  { discovery }: MeshSettings,
): string | undefined {
  const own = word(fact.labels, key) ?? word(fact.annotations, key);
  if (own !== undefined || !discovery.identityOnServices) return own;
  let oldest: ServiceFact | undefined;
  for (const service of candidates(namespace, key, fact, discovery)) {
    if (oldest !== undefined && byAge(oldest, service) < 0) continue;
    if (serviceSelects(service, fact, discovery)) oldest = service;
  }
  return oldest === undefined ? undefined : word(oldest.labels, key);
}

type ServicesByPair = ReadonlyMap<string, readonly ServiceFact[]>;

/** By the list of a namespace, which is complete when workloads are looked at, and the label that Services carry. */
const filed = new WeakMap<readonly ServiceFact[], Map<string, ServicesByPair>>();

/** Services that carry a label and may select a workload: a pair of their selector is a label of it. */
function* candidates(
  { services }: NamespaceState,
  key: string,
  fact: WorkloadFact,
  discovery: DiscoverySettings,
): Generator<ServiceFact> {
  let byKey = filed.get(services);
  if (byKey === undefined) filed.set(services, (byKey = new Map()));
  let byPair = byKey.get(key);
  if (byPair === undefined) {
    byPair = servicesByPair(services.filter((one) => !one.ignored && word(one.labels, key) !== undefined));
    byKey.set(key, byPair);
  }
  if (byPair.size === 0) return;
  const labels = discovery.serviceMatch === "selector" ? fact.selector : fact.labels;
  for (const name of Object.keys(labels)) yield* byPair.get(`${name}\0${labels[name]}`) ?? [];
}

/** What stands for an identity must be fit for a host's part; a value that is too long is none. */
function word(labels: Labels, key: string): string | undefined {
  const value = labelAt(labels, key);
  return value === undefined || value.length > 253 ? undefined : value;
}

/**
 * The identity of a workload that names none. Gateways, Istio's own parts and external services are nobody's default:
 * they must name theirs.
 */
function nameless(fact: WorkloadFact, { discovery, gateways }: MeshSettings): string | undefined {
  if (discovery.withoutIdentity === "ignored" || fact.kind === "ServiceEntry") return undefined;
  if (fact.namespace === gateways.namespace) return undefined;
  return labelAt(fact.annotations, templatesAnnotation)?.includes("gateway") === true ? undefined : "default";
}

export function sameMember(a: Member | undefined, b: Member | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  return (
    a.name === b.name &&
    a.called === b.called &&
    (a.fact === b.fact || equal(a.fact, b.fact)) &&
    equal(a.others, b.others)
  );
}

/** Order of members: that of their workloads. */
export function compareItems(a: { readonly fact: WorkloadFact }, b: { readonly fact: WorkloadFact }): number {
  return (
    compareText(a.fact.cluster, b.fact.cluster) ||
    compareText(a.fact.namespace, b.fact.namespace) ||
    compareText(a.fact.name, b.fact.name) ||
    compareText(a.fact.kind, b.fact.kind)
  );
}
