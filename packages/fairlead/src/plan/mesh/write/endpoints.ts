import { compareText, type JsonObject } from "@fairlead/apimachinery";
import type { Fleet } from "../model/fleet.ts";
import type { Backend, HostIntent } from "../model/intent.ts";
import type { MeshSettings } from "../model/settings.ts";
import { compact } from "./metadata.ts";
import { tierLocality, tiersOf } from "./tiers.ts";

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
export function endpointsOf(
  host: HostIntent,
  cluster: string,
  { settings, cluster: find }: Fleet,
): readonly Endpoint[] {
  const region = find(cluster)?.region ?? "";
  const weighted = host.backends.some((backend) => backend.cluster === cluster && backend.weight !== undefined);
  const tiers = settings.traffic.failover === "priority" ? tiersOf(host) : undefined;
  const neighbours = settings.traffic.failover === "priority" && hasNeighbours(host, cluster);
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
        locality:
          tierLocality(tiers, region, backend.region) ?? localityOf(backend, settings, neighbours ? local : undefined),
        labels: labelsOf(backend, settings),
        weight: (local ? backend.weight : undefined) ?? fullWeight(weighted, settings),
      }),
    };
    const endpoint = { backend, local, address: reached.address, object };
    const last = groups.at(-1);
    if (last !== undefined && local && last[0]!.local) last.push(endpoint);
    else groups.push([endpoint]);
  }
  return groups.toSorted((a, b) => compareText(a[0]!.address, b[0]!.address)).flat();
}

/**
 * Whether a host is served in a cluster and in others of its region as well. Then its gateway needs to tell its own
 * Services from the gateways beside it, or they would hand requests to each other.
 */
export function hasNeighbours({ backends }: HostIntent, cluster: string): boolean {
  const own = backends.find((backend) => backend.cluster === cluster && !backend.retained);
  return own !== undefined && backends.some((one) => one.cluster !== cluster && one.region === own.region);
}

/** `own`: whether it is a Service of the cluster itself, where that has to be told by a zone that nobody is in. */
function localityOf({ region, zone }: Backend, { discovery }: MeshSettings, own?: boolean): string | undefined {
  if (region === "") return undefined;
  if (zone !== "" && discovery.zoneLabels.length > 0) return `${region}/${zone}`;
  return own === undefined ? region : `${region}/${own ? "own" : "other"}`;
}

function labelsOf({ cluster, region, type, external }: Backend, { writing }: MeshSettings): JsonObject {
  if (writing.marks === "predecessor") return { type, "security.istio.io/tlsMode": "istio" };
  return {
    ...(external ? {} : { "security.istio.io/tlsMode": "istio" }),
    "topology.istio.io/cluster": cluster,
    ...(region === "" ? {} : { "topology.kubernetes.io/region": region }),
  };
}

/** Beside weights that add up to 100, whatever has none counts as much as all of them together. */
function fullWeight(weighted: boolean, { writing }: MeshSettings): number | undefined {
  return weighted && writing.marks === "fairlead" ? 100 : undefined;
}
