import { connect, createServer, type Socket } from "node:net";
import type { Target } from "./service-routes.ts";

/** Carries connections to one port of a Service on to its pods, one after another. */
export interface TcpProxy {
  /** Where it listens. */
  readonly port: number;
  /** For connections from now on; those that there are stay where they are. */
  retarget(targets: readonly Target[]): void;
  close(): Promise<void>;
}

/** Rejects when it cannot listen there. Port 0 is any that is free. */
export async function tcpProxy(host: string, port: number, first: readonly Target[]): Promise<TcpProxy> {
  let targets = first;
  let turn = 0;
  const sockets = new Set<Socket>();
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.once("close", () => sockets.delete(socket));
  };
  const server = createServer({ allowHalfOpen: true }, (client) => {
    keep(client);
    // Without anybody ready, a node refuses connections.
    if (targets.length === 0) return void client.on("error", () => undefined).resetAndDestroy();
    const target = targets[turn++ % targets.length]!;
    const pod = keep(connect({ host: target.address, port: target.port, allowHalfOpen: true }));
    const cut = (): void => {
      client.destroy();
      pod.destroy();
    };
    client.on("error", cut).once("close", () => pod.destroy());
    pod.on("error", () => client.resetAndDestroy()).once("close", () => client.destroySoon());
    client.pipe(pod);
    pod.pipe(client);
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host, port, exclusive: true }, () => {
      server.off("error", reject).on("error", () => undefined);
      resolve();
    });
  });
  return {
    port: (server.address() as { readonly port: number }).port,
    retarget(next) {
      targets = next;
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
}
