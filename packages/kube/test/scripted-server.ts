import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import {
  createSecureServer,
  type Http2ServerRequest,
  type Http2ServerResponse,
  type ServerHttp2Session,
} from "node:http2";
import { createServer as createHttpsServer } from "node:https";
import type { AddressInfo, Socket } from "node:net";
import type { ClusterAccess, Credential, TlsMaterial } from "../src/access/access.ts";
import { type Issued, makeCertificate } from "./make-certificate.ts";

export type ScriptedRequest = IncomingMessage | Http2ServerRequest;
export type ScriptedResponse = (ServerResponse | Http2ServerResponse) & { readonly stream?: unknown };

/** What a server does with a request; the body has been read. */
export type Handler = (request: ScriptedRequest, response: ScriptedResponse, body: string) => void;

export type AccessChanges = Partial<ClusterAccess> & {
  readonly headers?: Credential["headers"];
  readonly tls?: TlsMaterial;
};

/** How to reach a server whose certificate an authority has signed. */
export function accessTo(
  server: URL,
  authority: Issued,
  { headers = {}, tls = { ca: [authority.certificate] }, ...changes }: AccessChanges = {},
): ClusterAccess {
  const credential: Credential = { headers, tls };
  const credentials = { current: async () => credential, rejected: async (one: Credential) => one };
  return { name: "scripted", server, namespace: "default", credentials, ...changes };
}

export interface ScriptedServer {
  readonly url: URL;
  /** Signed the server's certificate. */
  readonly authority: Issued;
  /** Connections that were made so far. */
  readonly connections: number;
  /** HTTP/2 connections that are open. */
  readonly sessions: ReadonlySet<ServerHttp2Session>;
  readonly sockets: ReadonlySet<Socket>;
  /** `METHOD path` of each request so far. */
  readonly seen: readonly string[];
  /** How to reach it, with these headers of a user. */
  access(changes?: AccessChanges): ClusterAccess;
  handle(handler: Handler): void;
  close(): Promise<void>;
}

export interface ScriptedServerOptions {
  readonly protocol?: "h2" | "http/1.1" | "plain";
  readonly maxConcurrentStreams?: number;
  readonly authority?: Issued;
  /** Of the server's certificate. */
  readonly hosts?: readonly string[];
  readonly notAfter?: Date;
  /** Asks for certificates of clients that this authority signed. */
  readonly clientAuthority?: Issued;
}

let sharedAuthority: Issued | undefined;

/** A server on a free port of the loopback interface that answers as a test says; every request gets 404 before. */
export async function startServer(handler?: Handler, options: ScriptedServerOptions = {}): Promise<ScriptedServer> {
  const { protocol = "h2" } = options;
  const authority = options.authority ?? (sharedAuthority ??= makeCertificate({ name: "scripted-ca" }));
  const { certificate, key } = makeCertificate({
    name: "scripted",
    authority,
    hosts: options.hosts ?? ["127.0.0.1", "localhost"],
    ...(options.notAfter === undefined ? {} : { notAfter: options.notAfter }),
  });
  const sessions = new Set<ServerHttp2Session>();
  const sockets = new Set<Socket>();
  const seen: string[] = [];
  let connections = 0;
  let current: Handler = handler ?? ((_request, response) => answer(response, "no script", 404));

  const onRequest = (request: ScriptedRequest, response: ScriptedResponse): void => {
    seen.push(`${request.method} ${request.url}`);
    const chunks: Buffer[] = [];
    request.on("error", () => {});
    response.on("error", () => {});
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => current(request, response, Buffer.concat(chunks).toString("utf8")));
  };
  const tls = {
    key,
    cert: certificate,
    ...(options.clientAuthority === undefined
      ? {}
      : { ca: options.clientAuthority.certificate, requestCert: true, rejectUnauthorized: true }),
  };
  const server =
    protocol === "plain"
      ? createHttpServer(onRequest)
      : protocol === "http/1.1"
        ? createHttpsServer({ ...tls, ALPNProtocols: ["http/1.1"] }, onRequest)
        : createSecureServer(
            { ...tls, settings: { maxConcurrentStreams: options.maxConcurrentStreams ?? 250 } },
            onRequest,
          );
  server.on("connection", (socket: Socket) => {
    connections++;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.on("tlsClientError", () => {});
  server.on("session", (session: ServerHttp2Session) => {
    sessions.add(session);
    session.on("error", () => {});
    session.on("close", () => sessions.delete(session));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const url = new URL(`${protocol === "plain" ? "http" : "https"}://127.0.0.1:${port}`);

  return {
    url,
    authority,
    get connections() {
      return connections;
    },
    sessions,
    sockets,
    seen,
    access: (changes) => accessTo(url, authority, changes),
    handle(next) {
      current = next;
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const session of sessions) session.destroy();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** Answers with JSON. */
export function answer(
  response: ScriptedResponse,
  body: unknown,
  status = 200,
  headers: { [name: string]: string } = {},
): void {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  (response as ServerResponse).writeHead(status, { "content-type": "application/json", ...headers });
  (response as ServerResponse).end(text);
}

/** A `Status` as the API server writes it. */
export function statusOf(code: number, reason: string, message: string, details: object = {}): object {
  return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, details, code };
}

/** Resolves once a condition holds; the events that it waits for come on other turns of the loop. */
export async function until(condition: () => boolean): Promise<void> {
  const end = performance.now() + 5_000;
  while (!condition()) {
    if (performance.now() > end) throw new Error(`still not: ${String(condition)}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
