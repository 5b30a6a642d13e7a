import { compareText } from "@fairlead/apimachinery";
import type { RoutingFact } from "../../model/facts.ts";
import type { Fleet, MeshKey } from "../../model/fleet.ts";
import type { Output } from "../output.ts";
import { copyObject } from "./copy-object.ts";
import { isCopied } from "./eligible.ts";

/**
 * `copy:CLUSTER/NAMESPACE/KIND/NAME`: a user's routing object whose host is no identity's, in all other clusters where
 * settings say so. Of several with one name in different clusters the oldest is copied, by its own key.
 */
export function keyCopies(fleet: Fleet, key: MeshKey): Output {
  const { copies, writing } = fleet.settings;
  const match = /^copy:(.+)\/([^/]+)\/(VirtualService|DestinationRule)\/([^/]+)$/.exec(key);
  if (match === null || copies.withoutDependents === "nowhere") return {};
  const [, cluster = "", namespace = "", kind = "", name = ""] = match;
  const find = (place: string): RoutingFact | undefined => {
    const fact = fleet.routingIn(place, namespace).find((other) => other.kind === kind && other.name === name);
    return fact !== undefined && isCopied(fleet, fact) ? fact : undefined;
  };
  const fact = find(cluster);
  // One for a name of the mesh is the identity's to copy.
  if (fact?.hosts.some((host) => fleet.identitiesOf(host).length > 0) === true) return {};
  const twins = fleet.clusters.flatMap((other) => find(other.name) ?? []);
  twins.sort((a, b) => compareText(a.createdAt, b.createdAt) || compareText(a.cluster, b.cluster));
  if (fact === undefined || twins[0]?.cluster !== cluster) return {};
  const own = writing.marks === "predecessor" && kind === "VirtualService";
  const targets = fleet.clusters.filter((other) =>
    own ? true : other.name !== cluster && find(other.name) === undefined,
  );
  return { objects: targets.map((target) => ({ cluster: target.name, object: copyObject(fleet.settings, fact) })) };
}
