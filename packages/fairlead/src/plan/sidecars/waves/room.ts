import type { Decision, Outdated, OutdatedPod, WorkloadKey } from "../model/decision.ts";
import type { BudgetSettings } from "../model/settings.ts";
import type { Item } from "./core.ts";
import { itemOf, wake, type Draft } from "./draft.ts";
import { clusterOf, partsOf, placeOf } from "../model/keys.ts";

/** What is under way, by what budgets bound. */
export interface Room {
  fleet: number;
  readonly clusters: Map<string, number>;
  readonly namespaces: Map<string, number>;
  /** By `CLUSTER/NODE`; zones by name, for clusters share them. Rollouts of nobody knows where count everywhere. */
  readonly nodes: Map<string, number>;
  readonly zones: Map<string, number>;
  readonly pods: Map<string, number>;
  readonly anywhere: Map<string, number>;
  /** By service: clusters in which something of it is under way, and whether all of that is stuck. */
  readonly identities: Map<string, Map<string, boolean>>;
}

/** A rollout that somebody else began, and that goes on for longer than the deadline, is stuck and takes no room. */
export function roomOf(draft: Draft): Room {
  const room: Room = {
    fleet: 0,
    clusters: new Map(),
    namespaces: new Map(),
    nodes: new Map(),
    zones: new Map(),
    pods: new Map(),
    anywhere: new Map(),
    identities: new Map(),
  };
  for (const key of draft.flights) {
    const item = itemOf(draft, key);
    if (item !== undefined) takeFlight(room, item);
  }
  for (const key of draft.rolling) {
    const item = itemOf(draft, key);
    if (item?.decision?.kind !== "rolling" || item.rollingSince === undefined) continue;
    const { decision, identity } = item;
    const cluster = clusterOf(key);
    const until = item.rollingSince + draft.rules.settings.restart.deadlineMs;
    const isStuck = draft.mono >= until;
    // That names are alike is no reason to wait for somebody else's rollout without end.
    if (identity !== "" || !isStuck) addIdentity(room, serviceOf(key, identity), cluster, isStuck);
    if (isStuck) continue;
    wake(draft, until);
    add(room.pods, cluster, decision.pods.total);
    takePlaces(room, cluster, decision.nodes, decision.zones);
  }
  return room;
}

export function takeFlight(room: Room, item: Item): void {
  const { key, flight, decision, identity } = item;
  if (flight === undefined) return;
  const cluster = clusterOf(key);
  room.fleet++;
  add(room.clusters, cluster, 1);
  add(room.namespaces, placeOf(key), 1);
  add(room.pods, cluster, flight.way === "evict" ? 1 : Math.max(flight.pods, podsOf(decision)));
  takePlaces(room, cluster, flight.nodes ?? placesOf(decision)?.nodes, flight.zones ?? placesOf(decision)?.zones);
  addIdentity(room, serviceOf(key, identity), cluster, false);
}

/**
 * What a workload is in all clusters: its identity in the mesh; where it names none, its namespace and name, which mean
 * the same in all clusters of a mesh (Istio's namespace sameness).
 */
function serviceOf(key: WorkloadKey, identity: string): string {
  if (identity !== "") return identity;
  const { namespace, name } = partsOf(key);
  return `${namespace}/${name}`;
}

function takePlaces(
  room: Room,
  cluster: string,
  nodes: readonly string[] | undefined,
  zones: readonly string[] | undefined,
): void {
  if (nodes === undefined || zones === undefined) return add(room.anywhere, cluster, 1);
  for (const node of nodes) add(room.nodes, `${cluster}/${node}`, 1);
  for (const zone of zones) add(room.zones, zone, 1);
}

function podsOf(decision: Decision | undefined): number {
  return decision?.kind === "outdated" || decision?.kind === "rolling" ? decision.pods.total : 0;
}

function placesOf(
  decision: Decision | undefined,
): { nodes: readonly string[] | undefined; zones: readonly string[] | undefined } | undefined {
  if (decision?.kind === "outdated") return placesOfPods(decision.outdated);
  return decision?.kind === "rolling" ? { nodes: decision.nodes, zones: decision.zones } : undefined;
}

export function placesOfPods(pods: readonly OutdatedPod[]): { nodes: readonly string[]; zones: readonly string[] } {
  const [nodes, zones] = [new Set<string>(), new Set<string>()];
  for (const { node, zone } of pods) {
    if (node !== "") nodes.add(node);
    if (zone !== "") zones.add(zone);
  }
  return { nodes: [...nodes], zones: [...zones] };
}

function addIdentity(room: Room, identity: string, cluster: string, stuck: boolean): void {
  const clusters = room.identities.get(identity);
  if (clusters === undefined) room.identities.set(identity, new Map([[cluster, stuck]]));
  else clusters.set(cluster, stuck && clusters.get(cluster) !== false);
}

function add(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

export type NoRoom = { readonly reason: string; readonly never: boolean };

/** Why there is no room in a namespace of a cluster, for whatever it is. */
export function noRoomIn(room: Room, budget: BudgetSettings, cluster: string, place: string): NoRoom | undefined {
  const full = (used: number, limit: number | undefined): boolean => limit !== undefined && used >= limit;
  const wait = (reason: string): NoRoom => ({ reason, never: false });
  if (full(room.fleet, budget.fleet)) return wait(`${room.fleet} of ${budget.fleet} workloads are under way`);
  const inCluster = room.clusters.get(cluster) ?? 0;
  if (full(inCluster, budget.cluster))
    return wait(`${inCluster} of ${budget.cluster} are under way in cluster ${cluster}`);
  const inNamespace = room.namespaces.get(place) ?? 0;
  if (full(inNamespace, budget.namespace))
    return wait(`${inNamespace} of ${budget.namespace} are under way in its namespace`);
  return undefined;
}

/** Why there is no room for a workload, or for one pod of it, though there is some in its namespace; undefined: there is. */
export function noRoom(
  room: Room,
  budget: BudgetSettings,
  decision: Outdated,
  pod: OutdatedPod | undefined,
): NoRoom | undefined {
  const { cluster, key } = decision.workload;
  const service = serviceOf(key, decision.identity);
  const wait = (reason: string): NoRoom => ({ reason, never: false });
  for (const [other, stuck] of room.identities.get(service) ?? []) {
    if (other === cluster) continue;
    return {
      reason: `${service} is under way in cluster ${other}${stuck ? ", and stuck" : ""}`,
      never: stuck,
    };
  }
  const pods = pod === undefined ? decision.pods.total : 1;
  const taken = room.pods.get(cluster) ?? 0;
  if (budget.pods !== undefined && pods > budget.pods) {
    return {
      reason: `its ${pods} pods never fit into a budget of ${budget.pods} pods: evict them one by one`,
      never: true,
    };
  }
  if (budget.pods !== undefined && taken + pods > budget.pods) {
    return wait(`${taken} of ${budget.pods} pods are being replaced in cluster ${cluster}, it has ${pods}`);
  }
  return noPlace(room, budget, cluster, pod === undefined ? decision.outdated : [pod]);
}

function noPlace(
  { nodes, zones, anywhere }: Room,
  budget: BudgetSettings,
  cluster: string,
  pods: readonly OutdatedPod[],
): NoRoom | undefined {
  if (budget.node === undefined && budget.zone === undefined) return undefined;
  // Zones are those of all clusters.
  let inAny = 0;
  for (const count of anywhere.values()) inAny += count;
  for (const { node, zone } of pods) {
    const onNode = (nodes.get(`${cluster}/${node}`) ?? 0) + (anywhere.get(cluster) ?? 0);
    const inZone = (zones.get(zone) ?? 0) + inAny;
    if (budget.node !== undefined && node !== "" && onNode >= budget.node) {
      return { reason: `${onNode} of ${budget.node} are under way on node ${node}`, never: budget.node < 1 };
    }
    if (budget.zone !== undefined && zone !== "" && inZone >= budget.zone) {
      return { reason: `${inZone} of ${budget.zone} are under way in zone ${zone}`, never: budget.zone < 1 };
    }
  }
  return undefined;
}
