import { compareText } from "@fairlead/apimachinery";
import type {
  DependencyFact,
  ExportFact,
  Fact,
  MeshFact,
  NamespaceFact,
  NodeFact,
  PolicyFact,
  ProxyFact,
  RoutingFact,
  WrittenFact,
} from "../model/facts.ts";
import { exportedHost } from "../identity/exports/exported-host.ts";
import { dataplaneLabel } from "../observe/keys.ts";
import { labelAt, nameOf, objectAt } from "../observe/read.ts";
import { proxiedHost } from "../write/proxied-host.ts";
import { copyName } from "../write/copies/copy-object.ts";
import { copyPlace } from "./copies.ts";
import { openCluster, workIn, type ClusterDraft, type Draft } from "./draft.ts";
import { compareItems } from "./member.ts";
import { byPlace, putSorted, removeSorted } from "./order.ts";
import { hostOfWritten } from "./owner-of-written.ts";
import type { Item } from "./state.ts";

/** Puts a fact where it is looked up, or takes it away, and notes what that may change. */
export function file(draft: Draft, fact: Fact, present: boolean): void {
  const cluster = openCluster(draft, fact.cluster);
  const place = present ? putSorted : removeSorted;
  switch (fact.fact) {
    case "workload":
      // What it is to the mesh is found when everything is in its place: see `settle`.
      place<Item>(cluster.namespaces.open(fact.namespace).workloads, { fact, member: undefined }, compareItems);
      workIn(cluster, fact.namespace).workloads.add(fact.name);
      if (fact.templateOf !== undefined) workIn(cluster, fact.namespace).workloads.add(fact.templateOf);
      return;
    case "service":
      place(cluster.namespaces.open(fact.namespace).services, fact, byPlace);
      workIn(cluster, fact.namespace).services.push(fact);
      return;
    case "namespace":
      fileNamespace(cluster, fact, present);
      return;
    case "node":
      fileNode(cluster, fact, present);
      return;
    case "policy":
      filePolicy(draft, fact, place);
      return;
    case "dependency":
      fileDependency(draft, fact, place, present);
      return;
    case "proxy":
      fileProxy(draft, fact, place);
      return;
    case "routing":
      fileRouting(draft, cluster, fact, place);
      return;
    case "sidecar":
      place(cluster.namespaces.open(fact.namespace).sidecars, fact, byPlace);
      draft.touched.keys.add(`namespace:${fact.cluster}/${fact.namespace}`);
      return;
    case "export":
      place(cluster.namespaces.open(fact.namespace).exports, fact, byPlace);
      workIn(cluster, fact.namespace);
      fileExport(draft, fact, place);
      return;
    case "mesh":
      fileMesh(cluster, fact, place);
      return;
    case "written":
      fileWritten(draft, fact, place);
  }
}

type Place = <T>(list: T[], item: T, compare: (a: T, b: T) => number) => void;

function fileNamespace(cluster: ClusterDraft, fact: NamespaceFact, present: boolean): void {
  cluster.namespaces.open(fact.name).fact = present ? fact : undefined;
  workIn(cluster, fact.name).all = true;
  if (labelAt(fact.labels, dataplaneLabel) === "ambient") cluster.ambientNamespaces += present ? 1 : -1;
}

function fileNode(cluster: ClusterDraft, { region, zone }: NodeFact, present: boolean): void {
  if (region === "") return;
  const regions = (cluster.regions ??= new Map(
    [...(cluster.before?.regions ?? [])].map(([name, zones]) => [name, new Map(zones)]),
  ));
  const zones = regions.get(region) ?? new Map<string, number>();
  const nodes = (zones.get(zone) ?? 0) + (present ? 1 : -1);
  if (nodes > 0) zones.set(zone, nodes);
  else zones.delete(zone);
  if (zones.size > 0) regions.set(region, zones);
  else regions.delete(region);
}

function filePolicy(draft: Draft, fact: PolicyFact, place: Place): void {
  if (fact.identity === undefined) return;
  place(draft.identities.open(fact.identity).policies, fact, byPlace);
  draft.touched.identities.add(fact.identity);
}

function fileDependency(draft: Draft, fact: DependencyFact, place: Place, present: boolean): void {
  const { touched, settings } = draft;
  const source = fact.source.toLowerCase();
  place(draft.identities.open(source).dependencies, fact, byPlace);
  touched.sources.add(source);
  const destinations = new Set(fact.destinations.map((name) => name.toLowerCase()));
  for (const destination of destinations) {
    place(draft.identities.open(destination).callers, fact, byPlace);
    touched.audiences.add(destination);
  }
  const key = fact.identityLabel;
  if (key === "" || key === settings.discovery.identityKey || fact.ignored) return;
  for (const name of new Set([source, ...destinations])) {
    const pair = `${key}\0${name}`;
    touched.named.set(pair, (touched.named.get(pair) ?? 0) + (present ? 1 : -1));
  }
}

/** A proxy belongs to the identity that its names lead to. */
function fileProxy(draft: Draft, fact: ProxyFact, place: Place): void {
  const identity = nameOf(objectAt(fact.spec, "proxy")["identity"]).toLowerCase();
  if (identity === "") return;
  place(draft.identities.open(identity).proxies, fact, byPlace);
  draft.touched.identities.add(identity);
  const host = proxiedHost(fact);
  if (host === undefined) return;
  place(draft.proxied.open(host), fact, byPlace);
  draft.touched.proxied.add(host);
}

/** Exports and imports of one Service belong together wherever they are, whoever its workloads are. */
function fileExport(draft: Draft, fact: ExportFact, place: Place): void {
  const host = exportedHost(fact, draft.settings.names);
  if (host === undefined) return;
  place(draft.identities.open(host).exports, fact, byPlace);
  draft.touched.identities.add(host);
}

function fileRouting(draft: Draft, cluster: ClusterDraft, fact: RoutingFact, place: Place): void {
  place(cluster.namespaces.open(fact.namespace).routing, fact, byPlace);
  for (const host of new Set(fact.hosts.map((name) => name.toLowerCase()))) {
    place(draft.routing.open(host), fact, byPlace);
    draft.touched.hosts.add(host);
    fileHost(draft, host);
  }
  if (draft.settings.copies.enabled) {
    place(draft.copies.open(copyPlace(fact.kind, copyName(draft.settings, fact))), fact, byPlace);
  }
  draft.touched.routing.push(fact);
}

/** Makes a host known to the identities that it could be of, as long as something of it is there. */
function fileHost(draft: Draft, host: string): void {
  const used = (draft.routing.peek(host)?.length ?? 0) > 0 || (draft.written.peek(`host:${host}`)?.length ?? 0) > 0;
  for (const { identity } of draft.readHost(host)) {
    const hosts = draft.hosts.open(identity);
    if (used) putSorted(hosts, host, compareText);
    else removeSorted(hosts, host, compareText);
  }
}

function fileMesh(cluster: ClusterDraft, fact: MeshFact, place: Place): void {
  const meshes = [...cluster.meshes];
  place(meshes, fact, byPlace);
  cluster.meshes = meshes;
}

function fileWritten(draft: Draft, fact: WrittenFact, place: Place): void {
  place(draft.written.open(fact.key), fact, byPlace);
  draft.touched.written.push(fact);
  const host = hostOfWritten(fact);
  if (host !== undefined) fileHost(draft, host);
}
