import { compareText, equal, persistentGet } from "@fairlead/apimachinery";
import type { ExportFact, ServiceFact, WorkloadFact } from "../model/facts.ts";
import type { MeshSettings } from "../model/settings.ts";
import { exportedHost } from "../identity/exports/exported-host.ts";
import type { ClusterDraft, Draft, NamespaceDraft, NamespaceWork } from "./draft.ts";
import { isPlanned } from "./keys.ts";
import { compareItems, memberOf, sameMember, type Naming } from "./member.ts";
import { byPlace, putSorted, removeSorted, search } from "./order.ts";
import { namesRouting, namesService, servicesByPair, serviceSelects } from "./selects.ts";
import { emptyNamespace, type Item, type Member, type NamespaceState } from "./state.ts";

/** Looks again at every workload that something new is known of, and moves it to the identity that it has now. */
export function settle(draft: Draft, naming: Naming): void {
  for (const cluster of draft.clusters.values()) {
    for (const [name, work] of cluster.work) settleNamespace(draft, cluster, name, work, naming);
  }
}

function settleNamespace(draft: Draft, cluster: ClusterDraft, name: string, work: NamespaceWork, naming: Naming): void {
  const { settings, touched } = draft;
  const before =
    (cluster.before === undefined ? undefined : persistentGet(cluster.before.namespaces, name)) ??
    emptyNamespace(cluster.name, name);
  const now = cluster.namespaces.open(name);
  const concerned = concernedBy(work.services, settings);
  const referred = new Set(now.workloads.map(({ fact }) => fact.templateOf));
  for (const [at, item] of now.workloads.entries()) {
    const served = work.services.length > 0 && concerned(item.fact);
    if (!work.all && !served && !isDirty(item.fact, work)) continue;
    const old = memberIn(before, item);
    // A Deployment whose pod template is a Rollout's is run by that Rollout.
    const isReferred = item.fact.kind === "Deployment" && referred.has(item.fact.name);
    const fact = isReferred ? undefined : withTemplate(item.fact, now);
    const member = fact === undefined ? undefined : memberOf(fact, now, naming, settings);
    if (sameMember(old, member)) now.workloads[at] = { fact: item.fact, member: old };
    else {
      now.workloads[at] = { fact: item.fact, member };
      move(draft, old, member);
      touchRollout(draft, now, old, member);
    }
    if (served) for (const one of [old, member]) if (one !== undefined) touched.identities.add(one.identity);
  }
  for (const item of before.workloads) {
    if (!work.workloads.has(item.fact.name) || search(now.workloads, item, compareItems) >= 0) continue;
    move(draft, item.member, undefined);
    touchRollout(draft, now, item.member, undefined);
  }
  if (before.exports.length + now.exports.length > 0) {
    settleExports(draft, before, now);
    touchExports(draft, [...before.exports, ...now.exports]);
  }
  if ((isPlanned(before, settings) || isPlanned(now, settings)) && !sameIdentities(before, now)) {
    touched.keys.add(`namespace:${cluster.name}/${name}`);
  }
}

function isDirty({ name, templateOf }: WorkloadFact, { workloads }: NamespaceWork): boolean {
  return workloads.has(name) || (templateOf !== undefined && workloads.has(templateOf));
}

function memberIn({ workloads }: NamespaceState, item: Item): Member | undefined {
  const at = search(workloads, item, compareItems);
  return at < 0 ? undefined : workloads[at]!.member;
}

/** A Rollout that refers to a Deployment has its pod template; while there is no such Deployment, it has no pods. */
function withTemplate(fact: WorkloadFact, { workloads }: NamespaceState): WorkloadFact | undefined {
  if (fact.templateOf === undefined) return fact;
  const other = { ...fact, kind: "Deployment" as const, name: fact.templateOf };
  const at = search<Item>(workloads, { fact: other, member: undefined }, compareItems);
  if (at < 0) return undefined;
  const { labels, annotations, serviceAccount, containerPorts, hostNetwork } = workloads[at]!.fact;
  return {
    ...fact,
    labels,
    annotations,
    serviceAccount,
    containerPorts,
    ...(hostNetwork === undefined ? {} : { hostNetwork }),
  };
}

function move({ identities, touched }: Draft, old: Member | undefined, member: Member | undefined): void {
  if (old !== undefined && old.identity !== member?.identity) {
    removeSorted(identities.open(old.identity).members, old, compareItems);
  }
  if (old !== undefined && old.called !== old.identity && old.called !== member?.called) {
    removeSorted(identities.open(old.called).partition, old, compareItems);
  }
  if (member !== undefined && member.called !== member.identity) {
    putSorted(identities.open(member.called).partition, member, compareItems);
  }
  if (member !== undefined) putSorted(identities.open(member.identity).members, member, compareItems);
  for (const one of [old, member]) {
    if (one === undefined) continue;
    fileName(identities, one.identity);
    touched.identities.add(one.identity);
    touched.members.add(one.identity);
  }
}

/** Makes an identity with dots known to those that its name ends in, as long as it has members. */
function fileName(identities: Draft["identities"], identity: string): void {
  for (let dot = identity.indexOf("."); dot >= 0; dot = identity.indexOf(".", dot + 1)) {
    const { longer } = identities.open(identity.slice(dot + 1));
    if (identities.open(identity).members.length > 0) putSorted(longer, identity, compareText);
    else removeSorted(longer, identity, compareText);
  }
}

/** Routing objects that a rollout names are its own: what it names, or no longer names, is planned otherwise. */
function touchRollout(
  { touched }: Draft,
  { routing }: NamespaceState,
  ...members: readonly (Member | undefined)[]
): void {
  for (const member of members) {
    if (member === undefined || routing.length === 0) continue;
    for (const fact of routing) if (namesRouting(member.fact, fact)) touched.routing.push(fact);
  }
}

/** So many Services are compared one by one; an index of more pays. */
const few = 4;

/** Which workloads Services concern: those they select, and those that name them. */
function concernedBy(services: readonly ServiceFact[], { discovery }: MeshSettings): (fact: WorkloadFact) => boolean {
  if (services.length <= few) {
    return (fact) => services.some((one) => serviceSelects(one, fact, discovery) || namesService(fact, one.name));
  }
  const names = new Set(services.map(({ name }) => name));
  const byPair = servicesByPair(services);
  return (fact) => {
    const labels = discovery.serviceMatch === "selector" ? fact.selector : fact.labels;
    for (const key of Object.keys(labels)) {
      const candidates = byPair.get(`${key}\0${labels[key]}`);
      if (candidates?.some((service) => serviceSelects(service, fact, discovery)) === true) return true;
    }
    if (fact.rollout === undefined && fact.stateful === undefined) return false;
    for (const name of names) if (namesService(fact, name)) return true;
    return false;
  };
}

/** An export belongs to the identities of the workloads that its Service selects. */
function settleExports({ settings, identities, touched }: Draft, before: NamespaceState, now: NamespaceDraft): void {
  const old = exportsOf(before, settings);
  const next = exportsOf(now, settings);
  for (const identity of new Set([...old.keys(), ...next.keys()])) {
    if (equal(old.get(identity), next.get(identity))) continue;
    const { exports } = identities.open(identity);
    for (const fact of old.get(identity) ?? []) removeSorted(exports, fact, byPlace);
    for (const fact of next.get(identity) ?? []) putSorted(exports, fact, byPlace);
    touched.identities.add(identity);
  }
}

/** Something of the namespace is new: its Services, or what is behind them. */
function touchExports({ settings, touched }: Draft, exports: readonly ExportFact[]): void {
  for (const fact of exports) {
    const host = exportedHost(fact, settings.names);
    if (host !== undefined) touched.identities.add(host);
  }
}

/** Exports of one namespace that count, the first by name: each is compared with its workloads. */
const mostExports = 1000;

function exportsOf(state: NamespaceState, { discovery, names: rules }: MeshSettings): Map<string, ExportFact[]> {
  const found = new Map<string, ExportFact[]>();
  const exports = state.exports.filter((fact) => !fact.ignored).slice(0, mostExports);
  if (exports.length === 0) return found;
  const names = new Set(exports.map(({ name }) => name));
  const byPair = servicesByPair(state.services.filter(({ name }) => names.has(name)));
  const identities = new Map<string, Set<string>>();
  for (const { fact, member } of state.workloads) {
    const labels = discovery.serviceMatch === "selector" ? fact.selector : fact.labels;
    for (const key of member === undefined ? [] : Object.keys(labels)) {
      for (const service of byPair.get(`${key}\0${labels[key]}`) ?? []) {
        if (!serviceSelects(service, fact, discovery)) continue;
        identities.set(service.name, (identities.get(service.name) ?? new Set()).add(member!.identity));
      }
    }
  }
  for (const fact of exports) {
    for (const identity of identities.get(fact.name) ?? []) {
      // A workload that calls itself as its Service is called by all: the export is filed there already.
      if (identity === exportedHost(fact, rules)) continue;
      const list = found.get(identity);
      if (list === undefined) found.set(identity, [fact]);
      else list.push(fact);
    }
  }
  return found;
}

function sameIdentities(a: NamespaceState, b: NamespaceState): boolean {
  return equal([...identitiesOf(a)].sort(), [...identitiesOf(b)].sort());
}

/** Identities that run in a namespace. */
export function identitiesOf({ workloads }: NamespaceState): Set<string> {
  const identities = new Set<string>();
  for (const { member } of workloads) if (member !== undefined) identities.add(member.identity);
  return identities;
}
