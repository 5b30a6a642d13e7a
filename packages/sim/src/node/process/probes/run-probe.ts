import { request as httpRequest } from "node:http";
import { request as httpsRequest } from "node:https";
import { connect } from "node:net";
import type { ContainerSpec, HandlerSpec } from "../pod-types.ts";
import { grpcHealth } from "./grpc-health.ts";

export interface ProbeTarget {
  readonly container: ContainerSpec;
  /** Of the pod. */
  readonly address: string;
  /** The port of this machine that stands for one of the pod. */
  readonly localPort: (port: number) => number;
  /** Runs a command in the container; resolves with its exit code and the beginning of its output. */
  readonly exec: (
    command: readonly string[],
    timeoutMs: number,
  ) => Promise<{ readonly code: number; readonly output: string }>;
  /** Of `sleep`. */
  readonly wait: (ms: number) => Promise<void>;
}

export interface ProbeAnswer {
  readonly success: boolean;
  /** What the event says of a failure. */
  readonly output: string;
}

/** Asks once. Never rejects. */
export type ProbeRun = (handler: HandlerSpec, timeoutMs: number, target: ProbeTarget) => Promise<ProbeAnswer>;

export const runProbe: ProbeRun = async (handler, timeoutMs, target) => {
  try {
    return await ask(handler, timeoutMs, target);
  } catch (error) {
    return { success: false, output: error instanceof Error ? error.message : String(error) };
  }
};

async function ask(handler: HandlerSpec, timeoutMs: number, target: ProbeTarget): Promise<ProbeAnswer> {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  if (exec !== undefined) {
    const { code, output } = await target.exec(exec.command ?? [], timeoutMs);
    return { success: code === 0, output };
  }
  if (httpGet !== undefined) return await httpProbe(httpGet, timeoutMs, target);
  if (tcpSocket !== undefined) {
    return await tcpProbe(tcpSocket.host ?? target.address, portOf(tcpSocket.port, target), timeoutMs);
  }
  if (grpc !== undefined) {
    return await grpcHealth(target.address, portOf(grpc.port, target), grpc.service ?? "", timeoutMs);
  }
  if (sleep !== undefined) await target.wait(sleep.seconds * 1000);
  return { success: true, output: "" };
}

/** As it is on this machine, by number or by the name that the container gives it. */
function portOf(port: number | string, { container, localPort }: ProbeTarget): number {
  const named = container.ports?.find(({ name }) => name === port)?.containerPort;
  const number = named ?? Number(port);
  if (!(number > 0 && number < 65_536)) throw new Error(`couldn't find port: ${String(port)}`);
  return localPort(number);
}

const mostBody = 10 * 1024;

function httpProbe(
  get: NonNullable<HandlerSpec["httpGet"]>,
  timeoutMs: number,
  target: ProbeTarget,
): Promise<ProbeAnswer> {
  const port = portOf(get.port, target);
  const host = get.host ?? target.address;
  const scheme = (get.scheme ?? "HTTP").toLowerCase();
  const path = get.path ?? "/";
  const headers: Record<string, string> = { "user-agent": "kube-probe/1.36", accept: "*/*" };
  for (const { name, value } of get.httpHeaders ?? []) headers[name.toLowerCase()] = value;
  const url = `${scheme}://${host}:${port}${path.startsWith("/") ? path : `/${path}`}`;
  return new Promise((resolve) => {
    const fail = (why: string): void => resolve({ success: false, output: `Get ${JSON.stringify(url)}: ${why}` });
    const options = { host, port, path, headers, agent: false, rejectUnauthorized: false };
    const request = (scheme === "https" ? httpsRequest : httpRequest)(options, (response) => {
      const code = response.statusCode ?? 0;
      let body = "";
      response.on("data", (chunk: Buffer) => {
        if (body.length < mostBody) body += chunk.toString("latin1");
      });
      response.on("error", () => undefined);
      response.once("close", () => {
        clearTimeout(timer);
        const success = code >= 200 && code < 400;
        resolve({ success, output: success ? body : `HTTP probe failed with statuscode: ${code}` });
      });
    });
    const timer = setTimeout(() => {
      fail("context deadline exceeded (Client.Timeout exceeded while awaiting headers)");
      request.destroy();
    }, timeoutMs);
    request.once("error", (error) => {
      clearTimeout(timer);
      fail(dialError(error, host, port));
    });
    request.end();
  });
}

function tcpProbe(host: string, port: number, timeoutMs: number): Promise<ProbeAnswer> {
  return new Promise((resolve) => {
    const socket = connect({ host, port });
    const end = (success: boolean, output: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve({ success, output });
    };
    const timer = setTimeout(() => end(false, `dial tcp ${host}:${port}: i/o timeout`), timeoutMs);
    socket.once("connect", () => end(true, ""));
    socket.once("error", (error) => end(false, dialError(error, host, port)));
  });
}

/** As Go says it. */
export function dialError(error: NodeJS.ErrnoException, host: string, port: number): string {
  return error.code === "ECONNREFUSED" ? `dial tcp ${host}:${port}: connect: connection refused` : error.message;
}
