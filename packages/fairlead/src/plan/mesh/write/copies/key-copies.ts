import { equal } from "@fairlead/apimachinery";
import type { RoutingFact } from "../../model/facts.ts";
import type { Fleet, MeshKey } from "../../model/fleet.ts";
import type { Output } from "../output.ts";
import { copyObject } from "./copy-object.ts";
import { holderOf, isCopied, isTaken } from "./eligible.ts";
import { leftOut, nameTaken } from "./left-out.ts";

/**
 * `copy:CLUSTER/NAMESPACE/KIND/NAME`: a user's routing object whose host is no identity's, in all other clusters where
 * settings say so. Of several whose copies would be one object the oldest is copied, by its own key.
 */
export function keyCopies(fleet: Fleet, key: MeshKey): Output {
  const { copies, writing } = fleet.settings;
  const match = /^copy:(.+)\/([^/]+)\/(VirtualService|DestinationRule)\/([^/]+)$/.exec(key);
  if (match === null || copies.withoutDependents === "nowhere") return {};
  const [, cluster = "", namespace = "", kind = "", name = ""] = match;
  const find = (place: string): RoutingFact | undefined =>
    fleet.routingIn(place, namespace).find((other) => other.kind === kind && other.name === name);
  const fact = find(cluster);
  if (fact === undefined) return {};
  // One for a name of the mesh is the identity's to copy, or the exported Service's.
  const isPlanned = (host: string): boolean =>
    fleet.identitiesOf(host).length > 0 || (fleet.identity(host.toLowerCase())?.exports.length ?? 0) > 0;
  if (fact.hosts.some(isPlanned)) return {};
  if (!isCopied(fleet, fact)) return isTaken(fact, fleet.settings) ? { findings: [nameTaken(fact)] } : {};
  const holder = holderOf(fleet, fact);
  if (holder.cluster !== cluster || holder.namespace !== namespace || holder.name !== name) {
    return equal(holder.spec, fact.spec) ? {} : { findings: [leftOut(fact, holder)] };
  }
  const has = (place: string): boolean => {
    const other = find(place);
    return other !== undefined && isCopied(fleet, other);
  };
  const own = writing.marks === "predecessor" && kind === "VirtualService";
  const targets = fleet.clusters.filter((other) => (own ? true : other.name !== cluster && !has(other.name)));
  return { objects: targets.map((target) => ({ cluster: target.name, object: copyObject(fleet.settings, fact) })) };
}
