import { type Client, createClient, accessOf } from "@fairlead/kube";
import { spawn } from "node:child_process";
import { connect, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { TestContext } from "node:test";
import type { ApiRequest } from "../src/api/request.ts";
import { notFound } from "../src/errors.ts";
import type { Handler } from "../src/serve/serve-exchange.ts";
import { systemClock } from "../src/serve/system-clock.ts";
import type { ExecProcess, ExecRequest, ExecTarget } from "../src/streams/exec-target.ts";
import { execUpgrade } from "../src/streams/exec-upgrade.ts";
import type { PortTarget } from "../src/streams/port-target.ts";
import { portForwardUpgrade } from "../src/streams/port-forward-upgrade.ts";
import { execOptions, execRequest } from "../src/streams/connect-options.ts";
import { type Harness, serve, text } from "./serve-harness.ts";

export interface PodServer extends Harness {
  readonly client: Client;
  /** Of commands, in order. */
  readonly requests: readonly ExecRequest[];
  readonly sizes: readonly (readonly [columns: number, rows: number])[];
  /** How many processes were killed because their client had gone. */
  readonly killed: () => number;
  readonly running: () => number;
}

const pod = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "default" },
  spec: { containers: [{ name: "main" }] },
  status: { phase: "Running" },
};

export interface PodServerOptions {
  readonly ports?: PortTarget;
  /** Whether to refuse a kind of upgrade, as proxies do. */
  readonly refused?: (upgrade: string) => boolean;
  /** Answers everything else. */
  readonly otherwise?: (request: ApiRequest) => ReturnType<Handler>;
}

/** A server with one running pod, `default/web`, whose commands are processes of this machine and its ports loopback's. */
export async function podServer(t: TestContext, options: PodServerOptions = {}): Promise<PodServer> {
  const { ports = loopback, refused = () => false } = options;
  const requests: ExecRequest[] = [];
  const sizes: (readonly [number, number])[] = [];
  let killed = 0;
  let running = 0;
  const target: ExecTarget = {
    start(request) {
      requests.push(request);
      const [program = "", ...args] = request.command;
      if (program === "no-such-program") return Promise.reject(new Error("executable file not found in $PATH"));
      const child = spawn(program, args, { stdio: "pipe" });
      running++;
      child.stdin.on("error", () => undefined);
      const exit = new Promise<number>((resolve) => child.on("exit", (code) => resolve(code ?? 137)));
      void exit.then(() => running--);
      const process: ExecProcess = {
        ...(request.stdin ? { stdin: child.stdin } : {}),
        ...(request.stdout ? { stdout: child.stdout } : {}),
        ...(request.stderr ? { stderr: child.stderr } : {}),
        resize: (columns, rows) => void sizes.push([columns, rows]),
        exit: exit.then((code) => ({ kind: "exited", code })),
        kill() {
          if (child.exitCode === null) killed++;
          child.kill("SIGKILL");
        },
      };
      return Promise.resolve(process);
    },
  };
  const handle: Handler = (request: ApiRequest) => {
    const match = /^\/api\/v1\/namespaces\/default\/pods\/([^/]+)(?:\/(exec|attach|portforward))?$/.exec(request.path);
    if (match === null && options.otherwise !== undefined) return options.otherwise(request);
    const upgrade = request.headers["upgrade"];
    if (typeof upgrade === "string" && refused(upgrade)) return Promise.resolve(text("", { status: 403 }));
    if (match?.[1] !== "web") throw notFound({ group: "", plural: "pods" }, match?.[1] ?? "");
    if (match[2] === undefined) {
      return Promise.resolve(text(JSON.stringify(pod), { contentType: "application/json" }));
    }
    return Promise.resolve(
      match[2] === "portforward"
        ? portForwardUpgrade(request, ports, "default/web", systemClock)
        : execUpgrade(request, target, execRequest(execOptions("PodExecOptions", request.query)), systemClock),
    );
  };
  const harness = await serve(t, { handle });
  const client = createClient(accessOf({ server: harness.server.url, ca: harness.certificates.authority.certificate }));
  t.after(() => client.close());
  return { ...harness, client, requests, sizes, killed: () => killed, running: () => running };
}

export const loopback: PortTarget = {
  connect: (port) =>
    new Promise<Duplex>((resolve, reject) => {
      const socket = connect({ port, host: "127.0.0.1", allowHalfOpen: true });
      socket.once("connect", () => resolve(socket)).once("error", reject);
    }),
};

export interface TcpServer {
  readonly port: number;
  readonly sockets: readonly Socket[];
}

/** Closed when the test ends. */
export async function tcpServer(t: TestContext, serveSocket: (socket: Socket) => void): Promise<TcpServer> {
  const sockets: Socket[] = [];
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    serveSocket(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise<void>((resolve) => server.close(() => resolve()));
  });
  return { port: (server.address() as { port: number }).port, sockets };
}
