import { compareText } from "@fairlead/apimachinery";
import type { Fleet } from "../../model/fleet.ts";
import type { Backend, Seen } from "../../model/intent.ts";
import type { Servers } from "./exporters.ts";
import { audienceOf, callersOf, type Callers } from "../audience.ts";

/**
 * Who sees an exported Service: every namespace of the clusters that import it, and where it runs, its own namespace and
 * the gateway's. Nobody imports it: whoever may call one of the identities of its workloads.
 */
export function exportAudience(
  backends: readonly Backend[],
  servers: readonly Servers[],
  importers: ReadonlySet<string>,
  fleet: Fleet,
): readonly Seen[] {
  if (importers.size === 0) {
    const callers = servers.map(({ identity, workloads }) => callersOf(identity, fleet, workloads));
    return audienceOf(servers[0]?.identity ?? "", backends, together(callers), fleet);
  }
  const { scope, gateways } = fleet.settings;
  return fleet.clusters.flatMap(({ name: cluster }): Seen[] => {
    const own = backends.filter((backend) => backend.cluster === cluster && !backend.retained);
    const source = own.length > 0;
    if (importers.has(cluster)) return [{ cluster, source, exportTo: undefined }];
    if (!source) return [];
    // Nobody calls it there, but the gateway has to find it.
    const namespaces = new Set([...own.map(({ namespace }) => namespace), gateways.namespace]);
    return [
      { cluster, source, exportTo: scope.exportTo === undefined ? undefined : [...namespaces].sort(compareText) },
    ];
  });
}

function together(callers: readonly Callers[]): Callers {
  const all = new Map<string, Set<string>>();
  for (const { namespaces } of callers) {
    if (namespaces === undefined) return { namespaces };
    for (const [cluster, names] of namespaces) {
      all.set(cluster, new Set([...(all.get(cluster) ?? []), ...names]));
    }
  }
  return { namespaces: all };
}
