import { createServer as createHttpServer } from "node:http";
import { connect, createServer as createTcpServer, type AddressInfo, type Server, type Socket } from "node:net";

export interface ScriptedProxy {
  readonly port: number;
  /** `user:password host:port` of each connection that was asked for. */
  readonly asked: readonly string[];
  close(): Promise<void>;
}

export interface ScriptedProxyOptions {
  /** Where connections go, whatever host is asked for. */
  readonly target: URL;
  readonly user?: string;
  readonly password?: string;
}

/** An HTTP proxy that knows CONNECT alone. */
export function startHttpProxy(options: ScriptedProxyOptions): Promise<ScriptedProxy> {
  const asked: string[] = [];
  const server = createHttpServer();
  server.on("connect", (request, socket: Socket) => {
    socket.on("error", () => {});
    const user = Buffer.from((request.headers["proxy-authorization"] ?? "").replace("Basic ", ""), "base64").toString();
    asked.push(`${user} ${request.url}`);
    if (options.user !== undefined && user !== `${options.user}:${options.password}`) {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    join(socket, options.target, () => socket.write("HTTP/1.1 200 Connection established\r\nvia: test\r\n\r\n"));
  });
  return listen(server, asked);
}

/** SOCKS 5 (RFC 1928, 1929), with or without user and password. */
export function startSocksProxy(options: ScriptedProxyOptions): Promise<ScriptedProxy> {
  const asked: string[] = [];
  const server = createTcpServer((socket) => {
    socket.on("error", () => {});
    let user = ":";
    const steps = [
      (data: Buffer): void => {
        const method = options.user === undefined ? 0 : 2;
        const offered = data.subarray(2, 2 + data[1]!);
        socket.write(Buffer.from([5, offered.includes(method) ? method : 255]));
        if (method === 0) steps.shift();
      },
      (data: Buffer): void => {
        const length = data[1]!;
        user = `${data.subarray(2, 2 + length).toString()}:${data.subarray(3 + length).toString()}`;
        socket.write(Buffer.from([1, user === `${options.user}:${options.password}` ? 0 : 1]));
      },
      (data: Buffer): void => {
        const [host, rest] = addressOf(data);
        asked.push(`${user} ${host}:${rest.readUInt16BE()}`);
        // Answers with a name for its own address, so that its length has to be read.
        join(socket, options.target, () => socket.write(Buffer.from([5, 0, 0, 3, 1, 120, 0, 80])));
      },
    ];
    socket.on("data", function onStep(data: Buffer) {
      const step = steps.shift();
      if (steps.length === 0) socket.off("data", onStep);
      step?.(data);
    });
  });
  return listen(server, asked);
}

function addressOf(data: Buffer): [host: string, rest: Buffer] {
  if (data[3] === 1) return [data.subarray(4, 8).join("."), data.subarray(8)];
  if (data[3] === 4) return [data.subarray(4, 20).toString("hex"), data.subarray(20)];
  const end = 5 + data[4]!;
  return [data.subarray(5, end).toString(), data.subarray(end)];
}

function join(near: Socket, target: URL, ready: () => void): void {
  const far = connect({ host: target.hostname, port: Number(target.port) }, () => {
    ready();
    near.pipe(far);
    far.pipe(near);
  });
  far.on("error", () => near.destroy());
  far.on("close", () => near.destroy());
  near.on("close", () => far.destroy());
}

async function listen(server: Server, asked: readonly string[]): Promise<ScriptedProxy> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    asked,
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
