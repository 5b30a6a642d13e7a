import { routeOf, sniRouteOf, type ChosenRoute, type MeshRequest, type RouteDestination } from "./match-route.ts";
import { placeOf, type CallerPlace, type WeightedEndpoint } from "./locality.ts";
import type { MeshTable } from "./mesh-table.ts";
import { resolve } from "./resolve.ts";
import { sharesOf } from "./shares.ts";

/** The proxies of all clusters, and how their gateways are reached. */
export interface MeshNetwork {
  readonly tables: ReadonlyMap<string, MeshTable>;
  /** The cluster whose gateway has this address; undefined: it leads outside. */
  gatewayOf(address: string): string | undefined;
}

export interface Caller extends CallerPlace {
  readonly cluster: string;
  readonly namespace: string;
}

/** Where a part of the requests ends, and every step on the way there. */
export interface Path {
  /** Of all requests, from 0 to 1. */
  readonly share: number;
  readonly hops: readonly Hop[];
  /** Why it ends nowhere; undefined: it is served. */
  readonly failure: string | undefined;
}

export interface Hop {
  readonly cluster: string;
  /** Who decides: the caller's sidecar, or a gateway. */
  readonly at: "sidecar" | "gateway";
  readonly host: string;
  readonly port: number;
  /** What was chosen. */
  readonly address: string;
  readonly addressPort: number;
  readonly locality: string;
  /** 0 is the first choice. */
  readonly level: number;
  /** The objects that say so: a VirtualService's route, the ServiceEntry, the DestinationRule. */
  readonly by: readonly string[];
}

export type IsDown = (at: { readonly cluster: string; readonly address: string; readonly locality: string }) => boolean;

/** A gateway that passes on to a gateway is followed so far, and not in circles. */
const mostHops = 4;

/**
 * Where the requests of a caller go: every destination with its share, hop by hop, with what is down left out as
 * outlier detection would leave it out. Shares add up to 1.
 */
export function trace(network: MeshNetwork, caller: Caller, request: MeshRequest, isDown: IsDown): readonly Path[] {
  const table = network.tables.get(caller.cluster);
  if (table === undefined) return [{ share: 1, hops: [], failure: `there is no cluster ${caller.cluster}` }];
  const route = routeOf(table, caller.namespace, request);
  return follow({ network, isDown }, { table, caller, route, at: "sidecar", before: [], share: 1 });
}

interface World {
  readonly network: MeshNetwork;
  readonly isDown: IsDown;
}

/** A part of the requests at one proxy. */
interface Leg {
  readonly table: MeshTable;
  readonly caller: Caller;
  readonly route: ChosenRoute;
  readonly at: Hop["at"];
  readonly before: readonly Hop[];
  readonly share: number;
}

function follow(world: World, leg: Leg): readonly Path[] {
  const { route, before, share } = leg;
  if (route.destinations.length === 0) {
    return [{ share, hops: before, failure: `${route.by?.object ?? "nothing"} has no route for the request` }];
  }
  return route.destinations.flatMap((destination) =>
    toDestination(world, { ...leg, share: share * destination.share }, destination),
  );
}

function toDestination(world: World, leg: Leg, destination: RouteDestination): readonly Path[] {
  const { table, caller, route, at, before, share } = leg;
  const { host, port } = destination;
  const found = resolve(table, caller.namespace, caller, destination);
  const said =
    route.by === undefined ? [] : [`${route.by.object}${route.by.route === "" ? "" : `: ${route.by.route}`}`];
  if (found === undefined) {
    if (isLocalName(host)) {
      const hop = { cluster: table.cluster, at, host, port, address: host, addressPort: port, locality: "", level: 0 };
      const down = world.isDown({ cluster: table.cluster, address: host, locality: table.locality });
      return [{ share, hops: [...before, { ...hop, by: said }], failure: down ? `${host} is down` : undefined }];
    }
    return [{ share, hops: before, failure: `${table.cluster} knows no ${host}:${port}` }];
  }
  const by = [...said, found.service.object, ...(found.rule === undefined ? [] : [found.rule])];
  const healthy = ({ endpoint }: WeightedEndpoint): boolean =>
    !world.isDown({ cluster: table.cluster, address: endpoint.address, locality: placeOf(endpoint) });
  const shares = sharesOf(found.levels, healthy);
  if (shares.length === 0) return [{ share, hops: before, failure: `no endpoint of ${host} is left` }];
  return shares.flatMap(({ of, share: part }) => {
    const { endpoint } = of;
    const hop: Hop = {
      cluster: table.cluster,
      at,
      host,
      port,
      address: endpoint.address,
      addressPort: endpoint.ports[found.port.name] ?? found.port.number,
      locality: placeOf(endpoint),
      level: found.levels.findIndex((level) => level.includes(of)),
      by,
    };
    const hops = [...before, hop];
    const next = world.network.gatewayOf(endpoint.address);
    if (next === undefined) return [{ share: share * part, hops, failure: undefined }];
    if (hops.length >= mostHops) return [{ share: share * part, hops, failure: "the gateways lead in circles" }];
    return throughGateway(world, next, hops, share * part, { host, port });
  });
}

/** What the gateway of a cluster does with `outbound_.PORT_._.HOST`: a route of its own, or straight to the host. */
function throughGateway(
  world: World,
  cluster: string,
  before: readonly Hop[],
  share: number,
  { host, port }: Pick<Hop, "host" | "port">,
): readonly Path[] {
  const table = world.network.tables.get(cluster);
  if (table === undefined) return [{ share, hops: before, failure: `there is no cluster ${cluster}` }];
  const gateway: Caller = { cluster, namespace: "istio-system", locality: table.locality, labels: {} };
  const straight: ChosenRoute = {
    destinations: [{ host, port, subset: "", share: 1 }],
    retries: { attempts: 0, on: [] },
    timeoutMs: undefined,
    by: undefined,
  };
  const route = sniRouteOf(table, `outbound_.${port}_._.${host}`) ?? straight;
  return follow(world, { table, caller: gateway, route, at: "gateway", before, share });
}

function isLocalName(host: string): boolean {
  return /\.svc\.[a-z0-9.-]+$/.test(host) || /^\d+\.\d+\.\d+\.\d+$/.test(host);
}
