import {
  Agent,
  createServer,
  request as send,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from "node:http";
import type { AddressInfo } from "node:net";
import type { JsonValue } from "@fairlead/apimachinery";
import { createBalancer, type Balancer, type Choice } from "./balancer.ts";
import type { CallerPlace } from "./locality.ts";
import { routeOf, sniRouteOf, type ChosenRoute, type MeshRequest, type RouteDestination } from "./match-route.ts";
import { readMeshTable } from "./mesh-table.ts";
import type { RequestOutcome } from "./outlier.ts";

/** Where something listens. */
export interface SocketPlace {
  readonly host: string;
  readonly port: number;
}

export interface MeshProxyOptions {
  readonly cluster: string;
  /** `region` or `region/zone`: that of its gateway. */
  readonly locality: string;
  readonly objects: Iterable<JsonValue>;
  /** Where an address of this cluster listens, such as `orders.shop.svc.cluster.local`; undefined: nobody does. */
  readonly local: (address: string, port: number) => SocketPlace | undefined;
  /** Where the gateway with this address listens; undefined: it is no gateway. */
  readonly gateway: (address: string) => SocketPlace | undefined;
  /** Milliseconds, from anywhere. */
  readonly now: () => number;
  /** In [0, 1). */
  readonly random: () => number;
  /** How long an endpoint may take to answer; 15 s unless told. */
  readonly timeoutMs?: number;
}

/**
 * The data plane of one cluster, over HTTP/1.1: sidecars for callers and an east-west gateway. Traffic between clusters
 * is not encrypted, and the name that Istio's gateways read from TLS (SNI) goes in a header: it runs on loopback.
 */
export interface MeshProxy {
  /** Where the gateway listens. */
  readonly gateway: SocketPlace;
  /** A sidecar: a proxy for requests of one caller (`GET http://host/path`, or `Host:`). */
  sidecar(caller: MeshCaller): Promise<SocketPlace>;
  /** The cluster's objects from now on. */
  update(objects: Iterable<JsonValue>): void;
  stop(): Promise<void>;
}

export interface MeshCaller extends CallerPlace {
  readonly namespace: string;
}

const sniHeader = "x-fairlead-sni";
/** Headers of one connection: RFC 9110, 7.6.1. */
const hopByHop = new Set(["connection", "proxy-connection", "keep-alive", "transfer-encoding", "upgrade", sniHeader]);
/** A longer body is sent once; a shorter one waits here in case it is tried again. */
const longestReplay = 64 * 1024;

export async function startMeshProxy(options: MeshProxyOptions): Promise<MeshProxy> {
  const { cluster, locality, now, random } = options;
  const table = (objects: Iterable<JsonValue>) => readMeshTable(objects, { cluster, locality });
  let current = table(options.objects);
  const agent = new Agent({ keepAlive: true });
  const servers: Server[] = [];
  const balancers: Balancer[] = [];

  async function listen(caller: MeshCaller, route: (balancer: Balancer, incoming: IncomingMessage) => Routed) {
    const balancer = createBalancer({ table: current, now, random });
    balancers.push(balancer);
    const server = createServer((incoming, response) => {
      const routed = route(balancer, incoming);
      void readBody(incoming).then(
        (body) => tryAll({ options, agent, balancer, caller }, routed, incoming, body, response),
        () => response.destroy(),
      );
    });
    servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject).listen(0, "127.0.0.1", resolve);
    });
    return { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  }

  const gateway = await listen({ namespace: "istio-system", locality, labels: {} }, ({ table: own }, incoming) => {
    const sni = headerOf(incoming, sniHeader);
    const [, port = "", host = ""] = /^outbound_\.(\d+)_\._\.(.+)$/.exec(sni) ?? [];
    const straight = { ...passThrough, destinations: [{ host, port: Number(port), subset: "", share: 1 }] };
    return { request: requestOf(incoming, host), route: sniRouteOf(own, sni) ?? straight };
  });

  return {
    gateway,
    sidecar: (caller) =>
      listen(caller, ({ table: own }, incoming) => {
        const request = requestOf(incoming);
        return { request, route: routeOf(own, caller.namespace, request) };
      }),
    update(objects) {
      current = table(objects);
      for (const balancer of balancers) balancer.update(current);
    },
    async stop() {
      agent.destroy();
      await Promise.all(
        servers.map((server) => {
          server.closeAllConnections();
          return new Promise<void>((resolve) => server.close(() => resolve()));
        }),
      );
    },
  };
}

const passThrough: ChosenRoute = {
  destinations: [],
  retries: { attempts: 0, on: [] },
  timeoutMs: undefined,
  by: undefined,
};

interface Routed {
  readonly request: MeshRequest;
  readonly route: ChosenRoute;
}

function requestOf(incoming: IncomingMessage, known?: string): MeshRequest {
  const absolute = /^http:\/\/([^/]+)(.*)$/.exec(incoming.url ?? "");
  const authority = absolute?.[1] ?? headerOf(incoming, "host");
  const [, host = "", port = ""] = /^(.*?)(?::(\d+))?$/.exec(authority) ?? [];
  const headers: { [name: string]: string } = {};
  for (const name of Object.keys(incoming.headers)) headers[name] = headerOf(incoming, name);
  return {
    host: known ?? host.toLowerCase(),
    port: port === "" ? 80 : Number(port),
    path: absolute === null ? (incoming.url ?? "/") : absolute[2] || "/",
    method: incoming.method ?? "GET",
    headers,
  };
}

function headerOf({ headers }: IncomingMessage, name: string): string {
  const value = headers[name];
  return Array.isArray(value) ? value.join(",") : (value ?? "");
}

interface Sending {
  readonly options: MeshProxyOptions;
  readonly agent: Agent;
  readonly balancer: Balancer;
  readonly caller: MeshCaller;
}

/** Envoy's answers where nothing serves: 404 without a route, 503 without a healthy endpoint. */
async function tryAll(
  sending: Sending,
  { request, route }: Routed,
  incoming: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<void> {
  const destination = drawn(route.destinations, sending.options.random());
  if (destination === undefined) return refuse(response, 404, "no route");
  const tried = new Set<string>();
  for (let attempt = 0; attempt <= route.retries.attempts; attempt++) {
    const last = attempt === route.retries.attempts || body.length > longestReplay;
    const target = targetOf(sending, destination, tried);
    if (target === undefined) return refuse(response, 503, "no healthy upstream");
    tried.add(target.choice?.address ?? "");
    // oxlint-disable-next-line no-await-in-loop
    const outcome = await sendOnce(sending, target, { request, route, destination }, incoming, body, response, last);
    target.choice?.end(outcome.kind);
    if (outcome.answered || last) return;
  }
}

function drawn(destinations: readonly RouteDestination[], roll: number): RouteDestination | undefined {
  let left = roll;
  for (const one of destinations) {
    left -= one.share;
    if (left < 0) return one;
  }
  return destinations.at(-1);
}

interface Target {
  readonly place: SocketPlace | undefined;
  readonly remote: boolean;
  readonly choice: Choice | undefined;
}

function targetOf(
  { options, balancer, caller }: Sending,
  destination: RouteDestination,
  tried: ReadonlySet<string>,
): Target | undefined {
  const choice = balancer.choose(caller.namespace, caller, destination, tried);
  if (choice === undefined) {
    // Names of the cluster itself need no object of Istio.
    const place = options.local(destination.host, destination.port);
    return place === undefined ? undefined : { place, remote: false, choice: undefined };
  }
  const gateway = options.gateway(choice.address);
  if (gateway !== undefined) return { place: gateway, remote: true, choice };
  return { place: options.local(choice.address, choice.port), remote: false, choice };
}

interface Attempted {
  readonly kind: RequestOutcome;
  /** Whether the caller has its answer: nothing may be tried again. */
  readonly answered: boolean;
}

function sendOnce(
  { options, agent }: Sending,
  { place, remote, choice }: Target,
  { request, route, destination }: Routed & { readonly destination: RouteDestination },
  incoming: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  last: boolean,
): Promise<Attempted> {
  const failed = (status: number, text: string): Attempted => {
    if (last) refuse(response, status, text);
    return { kind: "gateway", answered: last };
  };
  if (place === undefined) return Promise.resolve(failed(503, "connection refused"));
  return new Promise((resolve) => {
    const headers = Object.fromEntries(Object.entries(incoming.headers).filter(([name]) => !hopByHop.has(name)));
    const sni = remote ? { [sniHeader]: `outbound_.${destination.port}_._.${destination.host}` } : {};
    const outgoing = send({
      ...place,
      agent,
      method: request.method,
      path: request.path,
      headers: { ...headers, host: request.host, ...sni },
      timeout: route.timeoutMs ?? options.timeoutMs ?? 15_000,
    });
    outgoing.once("socket", (socket) => {
      if (!socket.connecting) return;
      const limit = setTimeout(
        () => outgoing.destroy(new Error("upstream connect timeout")),
        choice?.connectTimeoutMs ?? 10_000,
      );
      socket.once("connect", () => clearTimeout(limit)).once("close", () => clearTimeout(limit));
    });
    outgoing.once("timeout", () => outgoing.destroy(new Error("upstream request timeout")));
    outgoing.once("error", (error) => resolve(failed(503, error.message)));
    outgoing.once("response", (answer) => {
      const status = answer.statusCode ?? 502;
      const kind = status >= 502 && status <= 504 ? "gateway" : status >= 500 ? "server" : "ok";
      if (!last && kind === "gateway" && retriesStatus(route, status)) {
        answer.resume();
        return resolve({ kind, answered: false });
      }
      response.writeHead(status, answer.headers);
      answer.pipe(response);
      answer.once("end", () => resolve({ kind, answered: true }));
      answer.once("error", () => {
        response.destroy();
        resolve({ kind: "gateway", answered: true });
      });
    });
    outgoing.end(body);
  });
}

function retriesStatus({ retries: { on } }: ChosenRoute, status: number): boolean {
  return (
    on.includes("5xx") ||
    on.includes("gateway-error") ||
    on.includes(String(status)) ||
    (status === 503 && on.includes("unavailable"))
  );
}

function refuse(response: ServerResponse, status: number, text: string): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { "content-type": "text/plain" }).end(`${text}\n`);
}

async function readBody(incoming: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
