import { connect, createServer, type AddressInfo, type Socket } from "node:net";

/** A TCP relay in front of a server, which can fall silent: a connection that is half open. */
export interface Relay {
  readonly port: number;
  /** From now on bytes go nowhere, and nobody is told. */
  freeze(): void;
  /** Lets new connections through; those that were frozen stay so. */
  thaw(): void;
  close(): Promise<void>;
}

export async function startRelay(target: URL): Promise<Relay> {
  const sockets = new Set<Socket>();
  let isFrozen = false;
  const server = createServer((near) => {
    const far = connect({ host: target.hostname, port: Number(target.port) });
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on("error", () => {});
      from.on("data", (chunk: Buffer) => {
        if (!isFrozen) to.write(chunk);
        else from.removeAllListeners("data");
      });
      from.on("close", () => {
        sockets.delete(from);
        if (!isFrozen) to.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    freeze() {
      isFrozen = true;
      for (const socket of sockets) socket.removeAllListeners("data").resume();
    },
    thaw() {
      isFrozen = false;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
