import { createServer, type Server, type Socket } from "node:net";
import { KubeError } from "../errors.ts";

export interface LocalListener {
  readonly port: number;
  /** Stops accepting; what was accepted is the acceptor's. */
  close(): Promise<void>;
}

const addresses = ["127.0.0.1", "::1"] as const;

/**
 * Listens on a port of the loopback interface, 0 for a free one; on ::1 too where the machine has it and the port is
 * free there. Rejects with a `KubeError` (`config`) when the port is taken or not ours to use.
 */
export async function listenLocally(
  port: number,
  accept: (socket: Socket) => void,
  mostConnections: number,
): Promise<LocalListener> {
  const first = await listen(addresses[0], port, accept, mostConnections).catch((error: NodeJS.ErrnoException) => {
    const why = error.code === "EADDRINUSE" ? "it is in use" : error.message;
    throw new KubeError("config", `port ${port} of ${addresses[0]} cannot be listened on: ${why}`, {
      cause: error,
      hint: "Choose another local port, or 0 for a free one.",
    });
  });
  const chosen = (first.address() as { port: number }).port;
  // Clients that resolve localhost to ::1 try 127.0.0.1 next.
  const second = await listen(addresses[1], chosen, accept, mostConnections).catch(() => undefined);
  return {
    port: chosen,
    async close() {
      await Promise.all([first, ...(second === undefined ? [] : [second])].map(stop));
    },
  };
}

function listen(
  host: string,
  port: number,
  accept: (socket: Socket) => void,
  mostConnections: number,
): Promise<Server> {
  return new Promise((resolve, reject) => {
    // A client that has said all it has to say still wants to hear the answer.
    const server = createServer({ allowHalfOpen: true, noDelay: true }, accept);
    server.maxConnections = mostConnections;
    server.once("error", reject);
    server.listen({ host, port }, () => {
      server.off("error", reject);
      server.on("error", () => undefined);
      resolve(server);
    });
  });
}

function stop(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()));
}
