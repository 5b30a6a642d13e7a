import { createServer, type Server, type Socket } from "node:net";

/**
 * A part of 127.0.0.0/8 that is one cluster's as long as it lives: `127.B.0.0/16`. Whoever listens on port 29127 of
 * `127.B.0.1` has it, so that neither other clusters of this process nor other processes take it, and it is free again
 * when its process has ended, however that happened.
 */
export interface LoopbackBlock {
  /** `127.64` */
  readonly prefix: string;
  /** On which `127.64.0.1` listens. */
  readonly port: number;
  readonly pods: AddressPool;
  readonly services: AddressPool;
  close(): Promise<void>;
}

export interface AddressPool {
  /** The wish if it is free; otherwise the next one from where the name points, so that names keep their addresses. */
  take(name: string, wish?: string): string;
  release(address: string): void;
}

const leasePort = 29_127;
const [firstBlock, lastBlock] = [64, 254];
const poolSize = 32_000;

/**
 * The first free block from where the name points, so that a cluster gets the one it had as a rule. `serve` gets the
 * connections to the block's own address, `127.B.0.1:29127`. Throws if no block is free.
 */
export async function takeBlock(name: string, serve: (socket: Socket) => void): Promise<LoopbackBlock> {
  const count = lastBlock - firstBlock + 1;
  for (let attempt = 0; attempt < count; attempt++) {
    const block = firstBlock + ((hash(name) + attempt) % count);
    const server = await listen(`127.${block}.0.1`, serve);
    if (server !== undefined) return blockOf(`127.${block}`, server);
  }
  throw new Error(`all blocks from 127.${firstBlock}.0.0/16 to 127.${lastBlock}.0.0/16 are taken`);
}

/** Undefined if somebody else listens there. */
function listen(host: string, serve: (socket: Socket) => void): Promise<Server | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer(serve);
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen({ host, port: leasePort, exclusive: true }, () => resolve(server));
  });
}

function blockOf(prefix: string, server: Server): LoopbackBlock {
  const sockets = new Set<Socket>();
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket)).on("error", () => undefined);
  });
  return {
    prefix,
    port: leasePort,
    pods: addressPool(prefix, 1),
    services: addressPool(prefix, 128),
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

function addressPool(prefix: string, firstOctet: number): AddressPool {
  const used = new Set<number>();
  const base = `${prefix}.`;
  return {
    take(name, wish) {
      const wished = wish?.startsWith(base) === true ? indexOf(wish, firstOctet) : undefined;
      let index = wished ?? hash(name) % poolSize;
      if (used.size >= poolSize) throw new Error(`all addresses of ${prefix}.0.0/16 are taken`);
      while (used.has(index)) index = (index + 1) % poolSize;
      used.add(index);
      return `${base}${firstOctet + Math.floor(index / 254)}.${1 + (index % 254)}`;
    },
    release: (address) => void used.delete(indexOf(address, firstOctet) ?? -1),
  };
}

function indexOf(address: string, firstOctet: number): number | undefined {
  const [, , third = 0, fourth = 0] = address.split(".").map(Number);
  const index = (third - firstOctet) * 254 + fourth - 1;
  return index >= 0 && index < poolSize ? index : undefined;
}

/** FNV-1a. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193) >>> 0;
  return value;
}
