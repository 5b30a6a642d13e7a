import type { Server } from "node:http";
import { httpProxy } from "./http-proxy.ts";
import { takeBlock, type LoopbackBlock } from "./loopback-block.ts";
import { nameTable, type NameTable } from "./names.ts";
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
  /** A loopback address that is the Service's own. */
  readonly address: string;
  /** Differs from `port` where that may not be listened on. */
  readonly localPort: number;
  /** `http://127.64.128.7:8080`, whatever protocol is spoken there. */
  readonly url: string;
  /** How many ready pods it leads to. */
  readonly ready: number;
}

export interface PodNetwork {
  readonly block: LoopbackBlock;
  readonly names: NameTable;
  readonly firstFree: number;
  /** `HTTP_PROXY` of a namespace. */
  proxyUrl(namespace: string): string;
  /** The loopback address of a Service; undefined as long as it has none. */
  addressOf(namespace: string, service: string): string | undefined;
  /** Leads a Service's names and ports where they belong; undefined: it is gone. Resolves with ports that are taken. */
  route(namespace: string, service: string, route: ServiceRoute | undefined): Promise<readonly number[]>;
  addresses(): readonly ReachableAddress[];
  close(): Promise<void>;
}

interface Entry {
  readonly namespace: string;
  readonly service: string;
  readonly address: string;
  readonly ports: Map<number, { readonly name: string; readonly proxy: TcpProxy; targets: readonly Target[] }>;
  names: readonly string[];
}

const domain = "svc.cluster.local";

/** The network of a cluster's processes on the loopback interface of this machine. */
export async function createPodNetwork(firstFree = firstFreePort()): Promise<PodNetwork> {
  const names = nameTable();
  const proxy: Server = httpProxy((host, port, namespace) => {
    const [address] = names.find(host, namespace);
    return address === undefined ? { host, port } : { host: address, port: localPort(port, firstFree) };
  });
  const block = await takeBlock((socket) => void proxy.emit("connection", socket));
  const entries = new Map<string, Entry>();

  async function remove(key: string): Promise<void> {
    const entry = entries.get(key);
    if (entry === undefined) return;
    entries.delete(key);
    for (const name of entry.names) names.set(name, undefined);
    if (entry.address !== "") block.services.release(entry.address);
    await Promise.all([...entry.ports.values()].map((one) => one.proxy.close()));
  }

  function entryOf(key: string, namespace: string, service: string, headless: boolean): Entry {
    const there = entries.get(key);
    if (there !== undefined) return there;
    const address = headless ? "" : block.services.take(key);
    const entry = { namespace, service, address, ports: new Map(), names: [] };
    entries.set(key, entry);
    return entry;
  }

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
        const made = await tcpProxy(entry.address, localPort(port, firstFree), targets);
        entry.ports.set(port, { name, proxy: made, targets });
      } catch {
        taken.push(port);
      }
    }
    return taken;
  }

  return {
    block,
    names,
    firstFree,
    proxyUrl: (namespace) => `http://${namespace}@${block.prefix}.0.1:10250`,
    addressOf: (namespace, service) => entries.get(`${namespace}/${service}`)?.address || undefined,
    async route(namespace, service, route) {
      const key = `${namespace}/${service}`;
      const before = entries.get(key);
      if (route === undefined || (before !== undefined && (before.address === "") !== route.headless))
        await remove(key);
      if (route === undefined) return [];
      const entry = entryOf(key, namespace, service, route.headless);
      const full = `${service}.${namespace}.${domain}`;
      const found = new Map<string, string[]>([
        [full, route.headless ? route.pods.map((one) => one.address) : [entry.address]],
      ]);
      for (const { hostname, address } of route.pods) if (hostname !== "") found.set(`${hostname}.${full}`, [address]);
      for (const name of entry.names) if (!found.has(name)) names.set(name, undefined);
      for (const [name, addresses] of found) names.set(name, addresses);
      entry.names = [...found.keys()];
      return route.headless ? [] : await listen(entry, route);
    },
    addresses: () =>
      [...entries.values()].flatMap(({ namespace, service, address, ports }) =>
        [...ports].map(([port, { name, targets }]) => {
          const local = localPort(port, firstFree);
          const url = `http://${address}:${local}`;
          return { namespace, service, portName: name, port, address, localPort: local, url, ready: targets.length };
        }),
      ),
    async close() {
      await Promise.all([...entries.keys()].map(remove));
      proxy.closeAllConnections();
      await block.close();
    },
  };
}
