import { Buffer } from "node:buffer";
import type { WebSocket } from "ws";
import type { ExecCarrier } from "./exec-carrier.ts";
import type { ExecOptions } from "./exec-target.ts";
import { webSocketChannels } from "./web-socket-channels.ts";

const channel = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4 } as const;

/** The streams of a command in a WebSocket: `v5.channel.k8s.io` and v4. */
export function webSocketExec(ws: WebSocket, protocol: string, options: ExecOptions): ExecCarrier {
  const channels = webSocketChannels(ws, protocol.startsWith("v5."));
  const carrier: ExecCarrier = {
    stdin: options.stdin ? channels.readable(channel.stdin) : undefined,
    stdout: options.stdout ? channels.writable(channel.stdout) : undefined,
    stderr: options.stderr ? channels.writable(channel.stderr) : undefined,
    resize: options.tty ? channels.readable(channel.resize) : undefined,
    finish(status) {
      channels.send(channel.error, Buffer.from(status));
      channels.close();
    },
    gone: channels.gone,
  };
  // An empty message tells the client that the connection stands.
  const first = options.stdout ? channel.stdout : options.stderr ? channel.stderr : channel.error;
  channels.send(first, Buffer.alloc(0));
  return carrier;
}
