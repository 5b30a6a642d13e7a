import type { Duplex, Readable, Writable } from "node:stream";
import type { PortTarget } from "./port-target.ts";

export interface ClientSide {
  readonly source: Readable;
  readonly sink: Writable;
  /** Resolves when the client has gone. */
  readonly gone: Promise<void>;
}

/**
 * Joins a client with a port of a pod until the pod has ended its side. Resolves with what to tell the client: why it
 * failed, or nothing. Never rejects, and leaves no connection behind.
 */
export async function joinPort(target: PortTarget, pod: string, port: number, client: ClientSide): Promise<string> {
  let isGone = false;
  void client.gone.then(() => (isGone = true));
  const failed = (error: unknown): string => {
    const why = error instanceof Error ? error.message : String(error);
    return `error forwarding port ${port} to pod ${pod}, uid : ${why}`;
  };
  let connection: Duplex;
  try {
    connection = await target.connect(port);
  } catch (error) {
    return failed(error);
  }
  const broken = new Promise<string>((resolve) => {
    connection.on("error", (error) => resolve(failed(error)));
    connection.once("end", () => resolve(""));
    connection.once("close", () => resolve(""));
    client.sink.once("close", () => resolve(""));
    void client.gone.then(() => resolve(""));
    if (isGone || client.sink.destroyed) resolve("");
  });
  client.source.pipe(connection);
  connection.pipe(client.sink, { end: false });
  const problem = await broken;
  client.source.unpipe(connection);
  // Nobody wants what the client still sends.
  client.source.resume();
  connection.destroy();
  return problem;
}
