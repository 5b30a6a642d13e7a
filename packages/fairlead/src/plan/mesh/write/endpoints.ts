import { compareText, type JsonObject } from "@fairlead/apimachinery";
import type { Backend, HostIntent } from "../model/intent.ts";
import type { MeshSettings } from "../model/settings.ts";
import { compact } from "./metadata.ts";
import { tierLabels, tiersOf } from "./tiers.ts";

/** Marks the Services of an endpoint's own cluster, for its gateway. Istio sets `topology.istio.io/cluster` by itself. */
export const nearLabel = "mesh.fairlead.dev/near";

/** Whether a cluster has a choice between its own Services and others: then they are marked. */
export function isNearMarked(endpoints: readonly Pick<Endpoint, "local">[]): boolean {
  return endpoints.some(({ local }) => local) && endpoints.some(({ local }) => !local);
}

/** One endpoint of a ServiceEntry, with the backend that it leads to. */
export interface Endpoint {
  readonly backend: Backend;
  readonly local: boolean;
  readonly address: string;
  readonly object: JsonObject;
}

/**
 * How a host is reached from a cluster: its own Services directly, every other cluster through its gateway, once.
 * Sorted by address; the Services of a weighted canary stay in their order. Empty: it cannot be reached from there.
 */
export function endpointsOf(host: HostIntent, cluster: string, settings: MeshSettings): readonly Endpoint[] {
  const weighted = host.backends.some((backend) => backend.cluster === cluster && backend.weight !== undefined);
  const tiers = settings.traffic.failover === "priority" ? tiersOf(host) : undefined;
  const groups: Endpoint[][] = [];
  const seen = new Set<string>();
  for (const backend of host.backends) {
    const local = backend.cluster === cluster && !backend.retained;
    const reached = local ? backend.local : backend.remote;
    if (reached === undefined || seen.has(reached.address)) continue;
    seen.add(reached.address);
    const object: JsonObject = {
      address: reached.address,
      ...compact({
        ports: { ...reached.ports },
        locality: localityOf(backend, settings),
        labels: labelsOf(backend, tiers, settings),
        weight: (local ? backend.weight : undefined) ?? fullWeight(weighted, settings),
      }),
    };
    const endpoint = { backend, local, address: reached.address, object };
    const last = groups.at(-1);
    if (last !== undefined && local && last[0]!.local) last.push(endpoint);
    else groups.push([endpoint]);
  }
  const sorted = groups.toSorted((a, b) => compareText(a[0]!.address, b[0]!.address)).flat();
  if (settings.writing.marks === "predecessor" || !isNearMarked(sorted)) return sorted;
  return sorted.map((endpoint) => (endpoint.local ? withLabel(endpoint, nearLabel) : endpoint));
}

function withLabel(endpoint: Endpoint, label: string): Endpoint {
  const labels = { ...(endpoint.object["labels"] as JsonObject), [label]: "1" };
  return { ...endpoint, object: { ...endpoint.object, labels } };
}

function localityOf({ region, zone }: Backend, { discovery }: MeshSettings): string | undefined {
  if (region === "") return undefined;
  return zone === "" || discovery.zoneLabels.length === 0 ? region : `${region}/${zone}`;
}

function labelsOf(
  { cluster, region, type, external }: Backend,
  tiers: readonly (readonly string[])[] | undefined,
  { writing }: MeshSettings,
): JsonObject {
  if (writing.marks === "predecessor") return { type, "security.istio.io/tlsMode": "istio" };
  return {
    ...(external ? {} : { "security.istio.io/tlsMode": "istio" }),
    "topology.istio.io/cluster": cluster,
    ...(region === "" ? {} : { "topology.kubernetes.io/region": region }),
    ...(tiers === undefined ? {} : tierLabels(tiers, region)),
  };
}

/** Beside weights that add up to 100, whatever has none counts as much as all of them together. */
function fullWeight(weighted: boolean, { writing }: MeshSettings): number | undefined {
  return weighted && writing.marks === "fairlead" ? 100 : undefined;
}
