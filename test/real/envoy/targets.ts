import { Agent, createServer, request as send, type RequestListener } from "node:http";
import { createServer as createSecureServer, type ServerOptions } from "node:https";
import type { AddressInfo } from "node:net";
import type { TLSSocket } from "node:tls";

/** A small HTTP service that answers with its name, and can die. */
export interface Target {
  readonly port: number;
  die(): Promise<void>;
  /** Answers with an error of a gateway, in place of dying. */
  fail(isFailing: boolean): void;
  live(): Promise<void>;
}

/** How a service knows its callers, and they it; all PEM. */
export interface TargetTrust {
  readonly certificate: string;
  readonly key: string;
  readonly authority: string;
  /** Hears the alternative name of each caller, and the name that it asked for in the handshake (SNI). */
  readonly onCaller: (caller: string, serverName: string) => void;
}

/** As a sidecar before a workload does: callers need a certificate, and speak `istio` between them. */
function securityOf({ certificate, key, authority }: TargetTrust): ServerOptions {
  return { cert: certificate, key, ca: authority, requestCert: true, ALPNProtocols: ["istio"] };
}

export async function startTarget(name: string, trust?: TargetTrust): Promise<Target> {
  let isFailing = false;
  const answer: RequestListener = (request, response) => {
    if (trust !== undefined) {
      const socket = request.socket as TLSSocket;
      trust.onCaller(socket.getPeerCertificate().subjectaltname ?? "", String(socket.servername));
    }
    response.writeHead(isFailing ? 503 : 200).end(name);
  };
  const server = trust === undefined ? createServer(answer) : createSecureServer(securityOf(trust), answer);
  const listen = (port: number) => new Promise<void>((resolve) => void server.listen(port, "127.0.0.1", resolve));
  await listen(0);
  const { port } = server.address() as AddressInfo;
  return {
    port,
    fail: (failing) => void (isFailing = failing),
    async die() {
      if (!server.listening) return;
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
    async live() {
      if (!server.listening) await listen(port);
    },
  };
}

/** How many requests each server answered; those that failed are under `error`. */
export type Counts = ReadonlyMap<string, number>;

/** Sends `count` requests for a host, some at a time. */
export async function ask(port: number, host: string, count: number, atATime = 8): Promise<Counts> {
  const agent = new Agent({ keepAlive: true });
  const counts = new Map<string, number>();
  let left = count;
  const worker = async (): Promise<void> => {
    while (left-- > 0) {
      const by = await once(port, host, agent);
      counts.set(by, (counts.get(by) ?? 0) + 1);
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  agent.destroy();
  return counts;
}

function once(port: number, host: string, agent: Agent): Promise<string> {
  return new Promise((resolve) => {
    const request = send({ host: "127.0.0.1", port, path: "/", headers: { host }, agent }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.once("end", () => resolve(response.statusCode === 200 ? text : "error"));
    });
    request.once("error", () => resolve("error")).end();
  });
}
