import { Buffer } from "node:buffer";
import { finished } from "node:stream/promises";
import type { WebSocket } from "ws";
import { joinPort } from "./join-port.ts";
import type { PortTarget } from "./port-target.ts";
import { webSocketChannels } from "./web-socket-channels.ts";

/**
 * `v4.channel.k8s.io`: each port has a channel for data and the next for what went wrong, both of which begin with the
 * port (16 bits, little-endian). The connection is closed when all ports have ended.
 */
export async function webSocketPortForward(
  ws: WebSocket,
  target: PortTarget,
  pod: string,
  ports: readonly number[],
): Promise<void> {
  const channels = webSocketChannels(ws, false);
  const joined = ports.map(async (port, index) => {
    const [data, error] = [index * 2, index * 2 + 1];
    const source = channels.readable(data);
    const sink = channels.writable(data);
    const head = Buffer.alloc(2);
    head.writeUInt16LE(port);
    channels.send(data, head);
    channels.send(error, head);
    const problem = await joinPort(target, pod, port, { source, sink, gone: channels.gone });
    sink.end();
    await finished(sink).catch(() => undefined);
    if (problem !== "") channels.send(error, Buffer.from(problem));
  });
  await Promise.all(joined);
  channels.close();
}
