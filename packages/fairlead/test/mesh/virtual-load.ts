/** Requests at a steady rate through the proxies of a planned fleet, on a virtual clock and without sockets. */
import { get, textOf, virtualClock, type VirtualClock } from "@fairlead/apimachinery";
import {
  createBalancer,
  readMeshTable,
  routeOf,
  sniRouteOf,
  type Balancer,
  type CallerPlace,
  type Choice,
  type ChosenRoute,
  type RouteDestination,
} from "@fairlead/sim";
import type { PlannedCluster } from "./planned-fleet.ts";

/** How something fails: at once, or only when the connection times out. */
export type Failure = "refuses" | "silent";

export interface Load {
  readonly clusters: readonly PlannedCluster[];
  /** The cluster of the caller. */
  readonly from: string;
  readonly host: string;
  readonly perSecond: number;
  readonly seconds: number;
  /** What is wrong with the gateway or the pods of a cluster at a time in milliseconds. */
  readonly failureOf: (cluster: string, part: "gateway" | "pods", at: number) => Failure | undefined;
}

export interface Sample {
  /** Milliseconds from the start. */
  readonly at: number;
  readonly ended: number;
  /** `CLUSTER SERVICE`; undefined: the caller got an error. */
  readonly by: string | undefined;
}

/** Of a connection, and of a request that is answered. */
const refusedMs = 1;
const answeredMs = 5;

interface Proxy {
  readonly cluster: PlannedCluster;
  readonly balancer: Balancer;
  readonly caller: CallerPlace;
  readonly namespace: string;
}

/** Every request in order of its start. */
export function underLoad(load: Load): readonly Sample[] {
  const clock = virtualClock();
  const random = mulberry(7);
  const proxyIn = (cluster: PlannedCluster, namespace: string): Proxy => {
    const table = readMeshTable(cluster.objects, { cluster: cluster.name, locality: cluster.region });
    const balancer = createBalancer({ table, now: clock.monotonic, random });
    return { cluster, balancer, caller: { locality: cluster.region, labels: {} }, namespace };
  };
  const own = load.clusters.find(({ name }) => name === load.from);
  if (own === undefined) throw new Error(`there is no cluster ${load.from}`);
  const sidecar = proxyIn(own, "carts");
  const gateways = new Map(load.clusters.map((one) => [one.gateway, proxyIn(one, "istio-system")]));
  const world: World = { load, clock, random, gateways };
  const request = { host: load.host, port: 80, path: "/", method: "GET", headers: {} };
  const samples: Sample[] = [];
  const count = load.perSecond * load.seconds;
  for (let index = 0; index < count; index++) {
    const at = (index * 1_000) / load.perSecond;
    clock.advance(at - clock.monotonic());
    const route = routeOf(sidecar.balancer.table, sidecar.namespace, request);
    attempt(world, sidecar, route, drawn(route, random), new Set(), 0, (by) => {
      samples[index] = { at, ended: clock.monotonic(), by };
    });
  }
  while (clock.next());
  return samples;
}

interface World {
  readonly load: Load;
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly gateways: ReadonlyMap<string, Proxy>;
}

type Ended = (by: string | undefined) => void;

/** One attempt after the other, as many as the route has. */
function attempt(
  world: World,
  proxy: Proxy,
  route: ChosenRoute,
  destination: RouteDestination,
  tried: Set<string>,
  made: number,
  ended: Ended,
): void {
  const choice = proxy.balancer.choose(proxy.namespace, proxy.caller, destination, tried);
  if (choice === undefined) return ended(undefined);
  tried.add(choice.address);
  const done: Ended = (by) => {
    choice.end(by === undefined ? "gateway" : "ok");
    if (by === undefined && made < route.retries.attempts)
      attempt(world, proxy, route, destination, tried, made + 1, ended);
    else ended(by);
  };
  const gateway = world.gateways.get(choice.address);
  if (gateway !== undefined) return throughGateway(world, gateway, choice, destination, done);
  connect(world, proxy.cluster.name, "pods", choice, done, () =>
    world.clock.after(answeredMs, () => done(`${proxy.cluster.name} ${choice.address.split(".")[0]}`)),
  );
}

/** A gateway passes a connection on, once. */
function throughGateway(
  world: World,
  gateway: Proxy,
  choice: Choice,
  { host, port }: RouteDestination,
  done: Ended,
): void {
  connect(world, gateway.cluster.name, "gateway", choice, done, () => {
    const straight = { host, port, subset: "", share: 1 };
    const route: ChosenRoute = sniRouteOf(gateway.balancer.table, `outbound_.${port}_._.${host}`) ?? {
      destinations: [straight],
      retries: { attempts: 0, on: [] },
      timeoutMs: undefined,
      by: undefined,
    };
    attempt(world, gateway, route, drawn(route, world.random), new Set(), 0, done);
  });
}

function connect(
  { load, clock }: World,
  cluster: string,
  part: "gateway" | "pods",
  { connectTimeoutMs }: Choice,
  failed: Ended,
  connected: () => void,
): void {
  const failure = load.failureOf(cluster, part, clock.monotonic());
  if (failure === undefined) return connected();
  clock.after(failure === "refuses" ? refusedMs : connectTimeoutMs, () => failed(undefined));
}

function drawn({ destinations }: ChosenRoute, random: () => number): RouteDestination {
  let left = random();
  const found = destinations.find(({ share }) => (left -= share) < 0) ?? destinations.at(-1);
  if (found === undefined) throw new Error("a route leads nowhere");
  return found;
}

/** https://github.com/cprosche/mulberry32: small, and the same everywhere. */
function mulberry(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What part of the requests that began in [from, to) each server answered; errors under `error`. Milliseconds. */
export function sharesIn(samples: readonly Sample[], from: number, to: number): { readonly [by: string]: number } {
  const counts = new Map<string, number>();
  let all = 0;
  for (const { at, by = "error" } of samples) {
    if (at < from || at >= to) continue;
    all++;
    counts.set(by, (counts.get(by) ?? 0) + 1);
  }
  return Object.fromEntries([...counts].map(([by, count]) => [by, count / all]).sort());
}

/** `5s` of an outlier detection, in milliseconds. */
export function milliseconds(detection: unknown, field: string): number {
  return Number(textOf(get(detection as never, field)).replace(/s$/, "")) * 1_000;
}
