import { compareText, type JsonObject } from "@fairlead/apimachinery";
import type { Fleet } from "../model/fleet.ts";
import type { Backend, BackendAddress, HostIntent } from "../model/intent.ts";
import type { MeshSettings } from "../model/settings.ts";
import { compact } from "./metadata.ts";
import { tierLocality, tiersOf } from "./tiers.ts";

const nowhere = { region: "", zones: [] };

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
export function endpointsOf(host: HostIntent, cluster: string, fleet: Fleet): readonly Endpoint[] {
  let known = made.get(host);
  if (known?.fleet !== fleet) made.set(host, (known = { fleet, byCluster: new Map(), shared: new Map() }));
  let endpoints = known.byCluster.get(cluster);
  if (endpoints === undefined) {
    endpoints = makeEndpoints(host, cluster, fleet, known.shared);
    known.byCluster.set(cluster, endpoints);
  }
  return endpoints;
}

/** What a gateway is called from one cluster it is called from most of the others, too. */
type Shared = Map<Backend, Endpoint>;

interface Made {
  readonly fleet: Fleet;
  readonly byCluster: Map<string, readonly Endpoint[]>;
  readonly shared: Shared;
}

/** Several writers ask for the same. */
const made = new WeakMap<HostIntent, Made>();

function makeEndpoints(
  host: HostIntent,
  cluster: string,
  { settings, cluster: find }: Fleet,
  shared: Shared,
): readonly Endpoint[] {
  const place = find(cluster) ?? nowhere;
  const weighted = host.backends.some((backend) => backend.cluster === cluster && backend.weight !== undefined);
  const tiers = settings.traffic.failover === "priority" ? tiersOf(host) : undefined;
  const neighbours = settings.writing.marks === "fairlead" && hasNeighbours(host, cluster);
  const groups: Endpoint[][] = [];
  const seen = new Set<string>();
  for (const backend of host.backends) {
    const local = backend.cluster === cluster && !backend.retained;
    const reached = local ? backend.local : backend.remote;
    if (reached === undefined || seen.has(reached.address)) continue;
    seen.add(reached.address);
    const locality = besideOthers(
      tierLocality(tiers, place, backend.region) ?? localityOf(backend, settings),
      neighbours ? local : undefined,
    );
    const weight = (local ? backend.weight : undefined) ?? fullWeight(weighted, settings);
    const before = local ? undefined : shared.get(backend);
    const isSame = before?.object["locality"] === locality && before?.object["weight"] === weight;
    const endpoint =
      before !== undefined && isSame ? before : endpointTo(backend, reached, { local, locality, weight }, settings);
    if (!local) shared.set(backend, endpoint);
    const last = groups.at(-1);
    if (last !== undefined && local && last[0]!.local) last.push(endpoint);
    else groups.push([endpoint]);
  }
  return groups.toSorted((a, b) => compareText(a[0]!.address, b[0]!.address)).flat();
}

function endpointTo(
  backend: Backend,
  { address, ports }: BackendAddress,
  { local, locality, weight }: { local: boolean; locality: string | undefined; weight: number | undefined },
  settings: MeshSettings,
): Endpoint {
  const rest = compact({ ports: { ...ports }, locality, labels: labelsOf(backend, settings), weight });
  return { backend, local, address, object: { address, ...rest } };
}

/**
 * Whether a host is served in a cluster and in others of its region as well. Then its gateway needs to tell its own
 * Services from the gateways beside it, or they would hand requests to each other.
 */
function hasNeighbours({ backends }: HostIntent, cluster: string): boolean {
  const own = backends.find((backend) => backend.cluster === cluster && !backend.retained);
  return own !== undefined && backends.some((one) => one.cluster !== cluster && one.region === own.region);
}

function localityOf({ region, zone }: Backend, { discovery }: MeshSettings): string | undefined {
  if (region === "") return undefined;
  return zone !== "" && discovery.zoneLabels.length > 0 ? `${region}/${zone}` : region;
}

/**
 * `own`: whether it is a Service of the cluster itself, where that has to be told: by one more part that nobody's locality
 * has, so that all of a place are as far from a caller as before.
 */
function besideOthers(locality: string | undefined, own: boolean | undefined): string | undefined {
  return locality === undefined || own === undefined ? locality : `${locality}/${own ? "own" : "other"}`;
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
