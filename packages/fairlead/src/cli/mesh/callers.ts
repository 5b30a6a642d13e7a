import type { Caller } from "@fairlead/sim";
import type { Fleet } from "../../plan/mesh/model/fleet.ts";
import { localityOf } from "./network.ts";

/** The callers that an identity, or `NAMESPACE/WORKLOAD`, has in a cluster; in every cluster if none is named. */
export function callersOf(fleet: Fleet, from: string, cluster: string | undefined): readonly Caller[] {
  const [namespace, name] = from.includes("/") ? from.split("/", 2) : [undefined, undefined];
  const workloads = [...fleet.keys()].flatMap((key) => {
    if (!key.startsWith("identity:")) return [];
    const identity = key.slice("identity:".length);
    if (namespace === undefined && identity !== from.toLowerCase()) return [];
    return fleet.identity(identity)?.workloads ?? [];
  });
  const found = new Map<string, Caller>();
  for (const workload of workloads) {
    if (namespace !== undefined && (workload.namespace !== namespace || workload.name !== name)) continue;
    if (cluster !== undefined && workload.cluster !== cluster) continue;
    const place = fleet.cluster(workload.cluster);
    if (place === undefined) continue;
    const { labels } = workload;
    const caller = { cluster: place.name, namespace: workload.namespace, locality: localityOf(place), labels };
    found.set(`${place.name}/${workload.namespace}`, caller);
  }
  return [...found.values()];
}
