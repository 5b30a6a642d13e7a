import type { TestContext } from "node:test";
import { connect, type ClientHttp2Session, type IncomingHttpHeaders, type OutgoingHttpHeaders } from "node:http2";
import { request as httpsRequest, type RequestOptions } from "node:https";
import type { IncomingMessage } from "node:http";
import type { ApiResponse } from "../src/api/request.ts";
import type { Authenticator } from "../src/authn/authenticator.ts";
import { type ClusterCertificates, createClusterCertificates } from "../src/serve/certificates/cluster-certificates.ts";
import { type RunningServer, type ServerOptions, startServer } from "../src/serve/server.ts";
import { systemClock } from "../src/serve/system-clock.ts";

export interface Harness {
  readonly server: RunningServer;
  readonly certificates: ClusterCertificates;
  /** A new connection of HTTP/2, closed when the test ends. */
  session(tls?: { readonly cert?: string; readonly key?: string }): ClientHttp2Session;
  http1(options: RequestOptions, body?: string): Promise<Http1Answer>;
}

export interface Http1Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
}

export interface Http2Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

let shared: ClusterCertificates | undefined;

/** A server whose handler a test gives; closed when the test ends. */
export async function serve(t: TestContext, options: Partial<ServerOptions>): Promise<Harness> {
  const certificates = (shared ??= createClusterCertificates({ clock: systemClock }));
  const server = await startServer({
    handle: () => Promise.resolve(text("ok")),
    authenticator: nobody,
    certificates,
    clock: systemClock,
    random: () => 0.5,
    ...options,
  });
  const sessions: ClientHttp2Session[] = [];
  t.after(async () => {
    for (const session of sessions) session.destroy();
    // Not by a grace, for which a test's clock would have to move.
    server.disconnect();
    await server.close();
  });
  return {
    server,
    certificates,
    session(tls = {}) {
      const session = connect(server.url, { ca: certificates.authority.certificate, ...tls });
      session.on("error", () => undefined);
      sessions.push(session);
      return session;
    },
    http1: (request, body) =>
      new Promise((resolve, reject) => {
        const outgoing = httpsRequest(
          { host: "127.0.0.1", port: server.port, ca: certificates.authority.certificate, agent: false, ...request },
          (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("error", reject);
            response.on("end", () => {
              const { statusCode = 0, headers, rawHeaders } = response;
              resolve({ status: statusCode, headers, rawHeaders, body: Buffer.concat(chunks) });
            });
          },
        );
        outgoing.on("error", reject);
        outgoing.end(body);
      }),
  };
}

export const nobody: Authenticator = { authenticate: () => Promise.resolve({ kind: "none" }) };

/** Who has a certificate is who it says. */
export const byCertificate: Authenticator = {
  authenticate: ({ certificate }) =>
    Promise.resolve(
      certificate === undefined
        ? { kind: "none" }
        : { kind: "user", user: { name: certificate.commonName, groups: certificate.organizations } },
    ),
};

export function text(body: string, more: Partial<Extract<ApiResponse, { kind: "body" }>> = {}): ApiResponse {
  return { kind: "body", status: 200, contentType: "text/plain", body: [Buffer.from(body)], ...more };
}

export function http2(
  session: ClientHttp2Session,
  head: OutgoingHttpHeaders,
  body?: Buffer | string,
): Promise<Http2Answer> {
  return new Promise((resolve, reject) => {
    const stream = session.request(head, { endStream: body === undefined });
    let headers: IncomingHttpHeaders = {};
    const chunks: Buffer[] = [];
    stream.on("response", (received) => (headers = received));
    stream.on("data", (chunk: Buffer) => chunks.push(chunk));
    stream.on("error", reject);
    stream.on("close", () => {
      if (headers[":status"] === undefined) reject(new Error("no answer"));
      else resolve({ status: Number(headers[":status"]), headers, body: Buffer.concat(chunks) });
    });
    if (body !== undefined) stream.end(body);
  });
}

export function get(path: string, more: OutgoingHttpHeaders = {}): OutgoingHttpHeaders {
  return { ":method": "GET", ":path": path, ...more };
}

/** Polls, because nobody tells when the other side has seen something. */
export async function until(condition: () => boolean, what: string): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!condition()) {
    if (performance.now() > deadline) throw new Error(`timed out: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
