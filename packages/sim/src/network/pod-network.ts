import type { Server } from "node:http";
import type { Socket } from "node:net";
import { httpProxy } from "./http-proxy.ts";
import { nameTable, type NamedPlace, type NameTable } from "./names.ts";
import { ownPlaces, sharedPlaces, type Places } from "./places.ts";
import { firstFreePort, localPort } from "./ports.ts";
import type { ServiceRoute, Target } from "./service-routes.ts";
import { tcpProxy, type TcpProxy } from "./tcp-proxy.ts";

/** Where a Service can be reached from this machine. */
export interface ReachableAddress {
  readonly namespace: string;
  readonly service: string;
  /** The port's name; empty if it has none. */
  readonly portName: string;
  /** As the Service calls it. */
  readonly port: number;
  /** A loopback address; the Service's own where there are enough of them. */
  readonly address: string;
  /** Differs from `port` where that may not be listened on. */
  readonly localPort: number;
  /** `http://127.64.128.7:8080`, whatever protocol is spoken there. */
  readonly url: string;
  /** How many ready pods it leads to. */
  readonly ready: number;
}

export interface PodNetworkOptions {
  /** Ports below are 20000 higher; found out unless told. */
  readonly firstPort?: number;
  /** `own` loopback addresses, or one that is `shared`; the first where the machine has them, unless told. */
  readonly addresses?: "own" | "shared";
}

export interface PodNetwork {
  readonly places: Pick<Places, "firstFree" | "addPod" | "removePod" | "podPort" | "podPorts">;
  readonly names: NameTable;
  /** `HTTP_PROXY` of a namespace. */
  proxyUrl(namespace: string): string;
  /** Where a Service's port is reached; undefined as long as it is not. */
  placeOf(namespace: string, service: string, port: number): Target | undefined;
  /** Leads a Service's names and ports where they belong; undefined: it is gone. Resolves with ports that are taken. */
  route(namespace: string, service: string, route: ServiceRoute | undefined): Promise<readonly number[]>;
  addresses(): readonly ReachableAddress[];
  /** Calls back whenever `addresses` has changed. */
  onChange(callback: () => void): void;
  close(): Promise<void>;
}

interface Entry {
  readonly namespace: string;
  readonly service: string;
  /** Empty for a headless Service. */
  readonly address: string;
  readonly ports: Map<number, { readonly name: string; readonly proxy: TcpProxy; targets: readonly Target[] }>;
  names: readonly string[];
}

const domain = "svc.cluster.local";

/** The network of the processes of a cluster, by its name, on the loopback interface of this machine. */
export async function createPodNetwork(cluster: string, options: PodNetworkOptions = {}): Promise<PodNetwork> {
  const firstFree = options.firstPort ?? firstFreePort();
  const names = nameTable();
  const proxy: Server = httpProxy((host, port, namespace) => {
    const place = names.find(host, namespace);
    if (place === undefined) return { host, port };
    return {
      host: place.addresses[0] ?? place.alias ?? host,
      port: place.ports?.[port] ?? localPort(port, places.firstFree),
    };
  });
  const places = await takePlaces(
    cluster,
    (socket) => void proxy.emit("connection", socket),
    firstFree,
    options.addresses,
  );
  const entries = new Map<string, Entry>();
  const listeners: (() => void)[] = [];
  const tell = (): void => {
    for (const one of listeners) one();
  };

  async function remove(key: string): Promise<void> {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    for (const name of entry.names) names.set(name, undefined);
    await Promise.all([...entry.ports.values()].map((one) => one.proxy.close()));
    if (entry.address !== "") places.removeService(entry.address);
  }

  function entryOf(key: string, namespace: string, service: string, headless: boolean): Entry {
    const there = entries.get(key);
    if (there !== undefined) return there;
    const address = headless ? "" : places.addService(key);
    const entry = { namespace, service, address, ports: new Map(), names: [] };
    entries.set(key, entry);
    return entry;
  }

  /** The ports that somebody else has. */
  async function listen(entry: Entry, { ports }: ServiceRoute): Promise<readonly number[]> {
    const taken: number[] = [];
    for (const [port, { proxy: old }] of entry.ports) {
      if (ports.some((one) => one.port === port)) continue;
      entry.ports.delete(port);
      await old.close();
    }
    for (const { name, port, targets } of ports) {
      const there = entry.ports.get(port);
      if (there !== undefined) {
        there.targets = targets;
        there.proxy.retarget(targets);
        continue;
      }
      try {
        const made = await tcpProxy(entry.address, places.servicePort(port), targets);
        entry.ports.set(port, { name, proxy: made, targets });
      } catch {
        taken.push(port);
      }
    }
    return taken;
  }

  function publish(entry: Entry, route: ServiceRoute): void {
    const full = `${entry.service}.${entry.namespace}.${domain}`;
    const found = new Map<string, NamedPlace>();
    if (route.alias !== undefined) found.set(full, { addresses: [], alias: route.alias });
    else if (route.headless) {
      // Where pods share an address, a name can lead to one of them only.
      const [first] = route.pods;
      const ports = first === undefined ? new Map<number, number>() : first.ports;
      found.set(full, { addresses: route.pods.map((one) => one.address), ...listed(ports) });
    } else {
      const ports = new Map([...entry.ports].map(([port, one]) => [port, one.proxy.port]));
      found.set(full, { addresses: [entry.address], ...(places.servicePort(1) === 0 ? listed(ports) : {}) });
    }
    for (const { hostname, address, ports } of route.pods) {
      if (hostname !== "") found.set(`${hostname}.${full}`, { addresses: [address], ...listed(ports) });
    }
    for (const old of entry.names) if (!found.has(old)) names.set(old, undefined);
    for (const [one, place] of found) names.set(one, place);
    entry.names = [...found.keys()];
  }

  return {
    places,
    names,
    proxyUrl: (namespace) => `http://${namespace}@${places.proxy.host}:${places.proxy.port}`,
    placeOf(namespace, service, port) {
      const entry = entries.get(`${namespace}/${service}`);
      const there = entry?.ports.get(port);
      return entry === undefined || there === undefined
        ? undefined
        : { address: entry.address, port: there.proxy.port };
    },
    async route(namespace, service, route) {
      const key = `${namespace}/${service}`;
      const before = entries.get(key);
      if (route === undefined || (before !== undefined && (before.address === "") !== route.headless))
        await remove(key);
      if (route === undefined) {
        tell();
        return [];
      }
      const entry = entryOf(key, namespace, service, route.headless);
      const taken = route.headless ? [] : await listen(entry, route);
      publish(entry, route);
      tell();
      return taken;
    },
    addresses: () =>
      [...entries.values()].flatMap(({ namespace, service, address, ports }) =>
        [...ports].map(
          ([
            port,
            {
              name: portName,
              proxy: { port: local },
              targets,
            },
          ]) => {
            const url = `http://${address}:${local}`;
            return { namespace, service, portName, port, address, localPort: local, url, ready: targets.length };
          },
        ),
      ),
    onChange: (callback) => void listeners.push(callback),
    async close() {
      listeners.length = 0;
      await Promise.all([...entries.keys()].map(remove));
      proxy.closeAllConnections();
      await places.close();
    },
  };
}

function listed(ports: ReadonlyMap<number, number>): { readonly ports?: Readonly<Record<number, number>> } {
  return ports.size === 0 ? {} : { ports: Object.fromEntries(ports) };
}

async function takePlaces(
  cluster: string,
  serve: (socket: Socket) => void,
  firstFree: number,
  wanted: PodNetworkOptions["addresses"],
): Promise<Places> {
  if (wanted === "shared") return await sharedPlaces(serve);
  try {
    return await ownPlaces(cluster, serve, firstFree);
  } catch (error) {
    // Other systems have 127.0.0.1 alone.
    if (wanted === "own" || (error as NodeJS.ErrnoException).code !== "EADDRNOTAVAIL") throw error;
    return await sharedPlaces(serve);
  }
}
