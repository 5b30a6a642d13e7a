import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, type Socket } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import type { Credential, Credentials } from "../../src/access/access.ts";
import type { StreamClient } from "../../src/streams/open-socket.ts";

/** What a test's server does with a WebSocket that was asked for. */
export interface ScriptedApi {
  readonly port: number;
  /** The clients' sockets, all that were ever accepted. */
  readonly sockets: readonly Socket[];
  /** How many connections are open. */
  open(): number;
  readonly requests: IncomingMessage[];
  client(options?: ScriptedClientOptions): StreamClient;
  close(): Promise<void>;
}

export interface ScriptedClientOptions {
  readonly headers?: { readonly [name: string]: string | readonly string[] };
  readonly credentials?: Credentials;
  readonly prefix?: string;
}

export interface Script {
  /** Serves WebSockets. */
  readonly connection?: (ws: WebSocket, request: IncomingMessage) => void;
  /** Answers the upgrade otherwise; true if it did. */
  readonly upgrade?: (request: IncomingMessage, socket: Socket) => boolean;
  readonly request?: (request: IncomingMessage, response: ServerResponse) => void;
  /** Chosen of those offered; the first unless told. */
  readonly protocol?: string;
}

export async function scriptedApi(script: Script): Promise<ScriptedApi> {
  const sockets: Socket[] = [];
  const requests: IncomingMessage[] = [];
  const server = createServer((request, response) => script.request?.(request, response));
  const wss = new WebSocketServer({
    noServer: true,
    perMessageDeflate: false,
    ...(script.protocol === undefined ? {} : { handleProtocols: () => script.protocol! }),
  });
  server.on("connection", (socket: Socket) => void sockets.push(socket.on("error", () => undefined)));
  server.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => {
    requests.push(request);
    if (script.upgrade?.(request, socket) === true) {
      // Otherwise the end of the other side would not be seen.
      socket.on("end", () => socket.end()).resume();
      return;
    }
    wss.handleUpgrade(request, socket, head, (ws) => {
      ws.on("error", () => undefined);
      script.connection?.(ws, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };

  return {
    port,
    sockets,
    requests,
    open: () => sockets.filter((socket) => !socket.destroyed).length,
    client: ({ headers = {}, credentials = noCredentials, prefix = "" } = {}) => ({
      access: { name: "test", server: new URL(`http://127.0.0.1:${port}`), namespace: "shop", credentials },
      transport: {
        send: () => Promise.reject(new Error("not scripted")),
        close: () => Promise.resolve(),
        dial: async () => {
          const socket = connect(port, "127.0.0.1");
          await new Promise((resolve, reject) => socket.once("connect", resolve).once("error", reject));
          const current = await credentials.current();
          return { socket, headers: { ...current.headers, ...headers }, host: `127.0.0.1:${port}`, prefix };
        },
      },
    }),
    async close() {
      for (const client of wss.clients) client.terminate();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const credential: Credential = { headers: {}, tls: {} };
const noCredentials: Credentials = {
  current: () => Promise.resolve(credential),
  rejected: (used) => Promise.resolve(used),
};

/** Answers an upgrade with a Status, as the API server does. */
export function answerStatus(socket: Socket, code: number, reason: string, text: string): void {
  const body = JSON.stringify({ kind: "Status", apiVersion: "v1", status: "Failure", message: text, reason, code });
  socket.end(
    `HTTP/1.1 ${code} Refused\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n` +
      `Connection: close\r\n\r\n${body}`,
  );
}

/** Waits for a condition; polls, because sockets tell nobody when the other side has seen their end. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** What kubelets send when a command has ended: a Status without kind and apiVersion. */
export const success = { metadata: {}, status: "Success" } as const;

export function exited(code: number): object {
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
    code: 500,
  };
}

/** A message of a channel. */
export function message(channel: number, data: string | Buffer): Buffer {
  return Buffer.concat([Buffer.from([channel]), Buffer.from(data as string)]);
}
