import { createServer, type Server, type Socket } from "node:net";
import { takeBlock } from "./loopback-block.ts";
import { localPort } from "./ports.ts";

/** Where the pods and Services of a cluster listen on this machine. */
export interface Places {
  /** Of the proxy, whose connections are handed to who made the places. */
  readonly proxy: { readonly host: string; readonly port: number };
  /** Ports below are others on this machine; 0 where no port is. */
  readonly firstFree: number;
  /** An address for a pod, its old one if it is free, and ports for those that it says it listens on. */
  addPod(uid: string, wish: string | undefined, ports: readonly number[]): Promise<string>;
  removePod(uid: string): void;
  /** The port of this machine that stands for a pod's. */
  podPort(uid: string, port: number): number;
  /** The ports of a pod that are others on this machine, where no rule says which. */
  podPorts(uid: string): ReadonlyMap<number, number>;
  addService(key: string): string;
  removeService(address: string): void;
  /** The port of this machine that stands for a Service's; 0 for any that is free. */
  servicePort(port: number): number;
  close(): Promise<void>;
}

/**
 * Every pod and every Service has a loopback address of its own, so that all may use the same ports: where the machine has
 * all of 127.0.0.0/8, as Linux does.
 */
export async function ownPlaces(name: string, serve: (socket: Socket) => void, firstFree: number): Promise<Places> {
  const block = await takeBlock(name, serve);
  const pods = new Map<string, string>();
  return {
    proxy: { host: `${block.prefix}.0.1`, port: block.port },
    firstFree,
    addPod(uid, wish) {
      const address = block.pods.take(uid, wish);
      pods.set(uid, address);
      return Promise.resolve(address);
    },
    removePod(uid) {
      const address = pods.get(uid);
      if (address !== undefined && pods.delete(uid)) block.pods.release(address);
    },
    podPort: (_uid, port) => localPort(port, firstFree),
    podPorts: () => new Map(),
    addService: (key) => block.services.take(key),
    removeService: (address) => block.services.release(address),
    servicePort: (port) => localPort(port, firstFree),
    close: () => block.close(),
  };
}

const shared = "127.0.0.1";

/** All share 127.0.0.1, and every port that a pod or a Service says it has is one that was free. */
export async function sharedPlaces(serve: (socket: Socket) => void): Promise<Places> {
  const sockets = new Set<Socket>();
  const server = await listen((socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket)).on("error", () => undefined);
    serve(socket);
  });
  const pods = new Map<string, ReadonlyMap<number, number>>();
  return {
    proxy: { host: shared, port: portOf(server) },
    firstFree: 0,
    async addPod(uid, _wish, ports) {
      const found = await freePorts(ports.length);
      pods.set(uid, new Map(ports.map((port, index) => [port, found[index]!])));
      return shared;
    },
    removePod: (uid) => void pods.delete(uid),
    podPort: (uid, port) => pods.get(uid)?.get(port) ?? port,
    podPorts: (uid) => pods.get(uid) ?? new Map<number, number>(),
    addService: () => shared,
    removeService: () => undefined,
    servicePort: () => 0,
    close() {
      for (const socket of sockets) socket.destroy();
      return close(server);
    },
  };
}

/** Ports that were free a moment ago, all different. */
async function freePorts(count: number): Promise<readonly number[]> {
  const servers = await Promise.all(Array.from({ length: count }, () => listen(() => undefined)));
  const ports = servers.map(portOf);
  await Promise.all(servers.map(close));
  return ports;
}

function listen(serve: (socket: Socket) => void): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(serve);
    server.once("error", reject);
    server.listen({ host: shared, port: 0, exclusive: true }, () => resolve(server));
  });
}

function portOf(server: Server): number {
  return (server.address() as { readonly port: number }).port;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => void server.close(() => resolve()));
}
