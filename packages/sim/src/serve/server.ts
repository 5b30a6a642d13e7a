import type { Clock } from "@fairlead/apimachinery";
import type { IncomingMessage, ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2SecureServer,
  type ServerHttp2Session,
  type IncomingHttpHeaders,
  type ServerHttp2Stream,
} from "node:http2";
import { type AddressInfo, BlockList, isIP, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import type { Authenticator } from "../authn/authenticator.ts";
import { auditIds } from "./audit-ids.ts";
import type { ClusterCertificates } from "./certificates/cluster-certificates.ts";
import { type Connection, trackConnection } from "./connection.ts";
import type { Faults } from "./faults.ts";
import { Http1Exchange } from "./http1-exchange.ts";
import { Http2Exchange } from "./http2-exchange.ts";
import { separateHeaders } from "./separate-headers.ts";
import { defaultLimits, type Limits } from "./limits.ts";
import { type Handler, serveExchange, type Serving } from "./serve-exchange.ts";
import { systemClock } from "./system-clock.ts";
import { upgradeExchange } from "./upgrade-exchange.ts";

export interface ServerOptions {
  readonly handle: Handler;
  readonly authenticator: Authenticator;
  readonly certificates: Pick<ClusterCertificates, "authority" | "server">;
  /** The cluster's, on which faults are delayed. */
  readonly clock: Clock;
  /** In [0, 1): for the requests' identifiers. */
  readonly random: () => number;
  /** A loopback address, unless `allowRemote`; 127.0.0.1 unless told. */
  readonly host?: string;
  /** 0 or absent: any that is free. */
  readonly port?: number;
  readonly allowRemote?: boolean;
  readonly limits?: Partial<Limits>;
  readonly faults?: Faults;
  /** On every answer to a request whose sender is known: `X-Kubernetes-Pf-Flowschema-Uid` and the like. */
  readonly headers?: Serving["headers"];
  /** What a handler threw that is no ApiError, for which clients get 500. */
  readonly onError?: (error: unknown) => void;
  /** On which connections are timed; the machine's unless told. */
  readonly machine?: Clock;
}

export interface RunningServer {
  /** `https://127.0.0.1:6443`, without a slash. */
  readonly url: string;
  readonly port: number;
  /** Cuts all connections, as a crash does; the server goes on listening. */
  disconnect(): void;
  /**
   * Listens no more, ends watches, lets requests that are being served end for `graceMs` (1,000 unless told), then cuts
   * what is left.
   */
  close(graceMs?: number): Promise<void>;
}

const connectionKey = Symbol("connection");
type Tracked = { [connectionKey]?: Connection };

/** Serves HTTP/2 and HTTP/1.1 with upgrades on one port, over TLS. Rejects when it cannot listen there. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { host = "127.0.0.1", port = 0, machine = systemClock, faults = {} } = options;
  if (options.allowRemote !== true && !isLoopback(host)) {
    throw new Error(
      `${host} is no loopback address: allow remote clients in so many words (allowRemote) to listen there`,
    );
  }
  const limits = { ...defaultLimits, ...options.limits };
  const serving: Serving = {
    handle: options.handle,
    authenticator: options.authenticator,
    clock: options.clock,
    machine,
    limits,
    budget: { used: 0 },
    streams: new Set(),
    faults,
    headers: options.headers ?? (() => ({})),
    auditId: auditIds(options.random),
    onError: options.onError ?? (() => undefined),
  };
  const server = secureServer(options, limits);
  // Idle connections are this server's to close.
  Object.assign(server, { keepAliveTimeout: 0 });
  const sockets = new Set<Socket>();
  const sessions = new Set<ServerHttp2Session>();
  const connections = new Set<Connection>();

  server.prependListener("connection", (socket: Socket) => {
    if (sockets.size >= limits.connections || faults.connection?.() === "drop") {
      socket.destroy();
      return;
    }
    sockets.add(socket);
    socket.on("error", () => undefined);
    socket.once("close", () => sockets.delete(socket));
  });
  server.prependListener("secureConnection", (socket: TLSSocket) => {
    socket.setNoDelay(true);
    socket.on("error", () => undefined);
    const connection = trackConnection(socket, machine, limits);
    (socket as Tracked)[connectionKey] = connection;
    connections.add(connection);
    socket.once("close", () => connections.delete(connection));
  });
  server.on("session", (session) => {
    sessions.add(session);
    session.on("error", () => undefined);
    session.once("close", () => sessions.delete(session));
  });
  server.on("request", (request: IncomingMessage, response: ServerResponse) => {
    response.on("error", () => undefined);
    void serveExchange(serving, new Http1Exchange(request, response, connectionOf(request.socket)));
  });
  // Listening for requests has made Node wrap every stream of HTTP/2 in an emulation of HTTP/1, which costs a third.
  server.removeAllListeners("stream");
  server.on("stream", (stream: ServerHttp2Stream, headers: IncomingHttpHeaders, _flags: number, raw: string[]) => {
    stream.on("error", () => undefined);
    const { session } = stream;
    if (session === undefined) return;
    void serveExchange(serving, new Http2Exchange(stream, separateHeaders(headers, raw), connectionOf(session.socket)));
  });
  server.on("upgrade", (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    void serveExchange(serving, upgradeExchange(request, socket, head, connectionOf(socket)));
  });

  await listen(server, host, port);
  const address = server.address() as AddressInfo;
  const disconnect = (): void => {
    for (const session of sessions) session.destroy();
    for (const socket of sockets) socket.destroy();
  };

  async function close(graceMs = 1000): Promise<void> {
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    for (const end of serving.streams) end();
    for (const session of sessions) session.close();
    for (const { active, socket } of connections) if (active === 0 && socket.alpnProtocol !== "h2") socket.destroy();
    const cancel = machine.after(graceMs, disconnect);
    await closed;
    cancel();
  }
  let closing: Promise<void> | undefined;

  return {
    url: `https://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    port: address.port,
    disconnect,
    close: (graceMs) => (closing ??= close(graceMs)),
  };
}

function secureServer({ certificates }: ServerOptions, limits: Limits): Http2SecureServer {
  const { authority, server } = certificates;
  return createSecureServer({
    cert: server.certificate,
    key: server.key,
    ca: authority.certificate,
    allowHTTP1: true,
    requestCert: true,
    rejectUnauthorized: false,
    minVersion: "TLSv1.2",
    handshakeTimeout: limits.handshakeMs,
    maxHeaderListPairs: limits.headerFields,
    maxSessionMemory: 512,
    settings: {
      maxConcurrentStreams: limits.streams,
      maxHeaderListSize: limits.head,
      initialWindowSize: 256 * 1024,
      enablePush: false,
    },
    // Of HTTP/1.1, which the types leave out.
    ...({ maxHeaderSize: limits.head } as object),
  });
}

function connectionOf(socket: unknown): Connection {
  const connection = (socket as Tracked)[connectionKey];
  if (connection === undefined) throw new Error("a request on a connection that nobody has accepted");
  return connection;
}

async function listen(server: Http2SecureServer, host: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once("error", reject);
  server.listen(port, host, () => resolve());
  await promise;
  server.off("error", reject);
  server.on("error", () => undefined);
}

const loopback = new BlockList();
loopback.addSubnet("127.0.0.0", 8, "ipv4");
loopback.addAddress("::1", "ipv6");

function isLoopback(host: string): boolean {
  const version = isIP(host);
  return host === "localhost" || (version > 0 && loopback.check(host, version === 4 ? "ipv4" : "ipv6"));
}
