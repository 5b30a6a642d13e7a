import assert from "node:assert/strict";
import { createServer, request as send, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { startMeshProxy, type MeshProxy, type SocketPlace } from "./mesh-proxy.ts";

const host = "prd.orders.global";
const stops: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
});

interface Service {
  readonly place: SocketPlace;
  readonly server: Server;
}

async function startService(answer: string, status = 200): Promise<Service> {
  const server = createServer((_request, response) => response.writeHead(status).end(answer));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  stops.push(async () => {
    server.closeAllConnections();
    await new Promise<void>((resolve) => void server.close(() => resolve()));
  });
  return { server, place: { host: "127.0.0.1", port: (server.address() as AddressInfo).port } };
}

function objects(cluster: string, others: readonly string[], runs: boolean): readonly JsonObject[] {
  const endpoints = others.map((one) => ({ address: `gateway-${one}`, locality: one, ports: { http: 15443 } }));
  const local = { address: "orders.shop.svc.cluster.local", locality: cluster, ports: { http: 8080 } };
  const object = (kind: string, spec: JsonObject) => ({
    apiVersion: "networking.istio.io/v1",
    kind,
    metadata: { name: host, namespace: "mesh" },
    spec,
  });
  return [
    object("ServiceEntry", {
      hosts: [host],
      ports: [{ number: 80, name: "http", protocol: "HTTP" }],
      endpoints: runs ? [local, ...endpoints] : endpoints,
    }),
    object("DestinationRule", {
      host,
      trafficPolicy: {
        outlierDetection: {
          consecutiveGatewayErrors: 3,
          interval: "1s",
          baseEjectionTime: "5s",
          maxEjectionPercent: 100,
        },
      },
    }),
  ];
}

interface Fleet {
  readonly proxies: ReadonlyMap<string, MeshProxy>;
  readonly clock: { now: number };
  ask(cluster: string, headers?: { readonly [name: string]: string }): Promise<string>;
}

async function startFleet(services: { readonly [cluster: string]: Service | undefined }): Promise<Fleet> {
  const proxies = new Map<string, MeshProxy>();
  const clock = { now: 0 };
  const names = Object.keys(services);
  for (const cluster of names) {
    const others = names.filter((one) => one !== cluster && services[one] !== undefined);
    const proxy = await startMeshProxy({
      cluster,
      locality: cluster,
      objects: objects(cluster, others, services[cluster] !== undefined),
      local: (address) => (address.startsWith("orders.") ? services[cluster]?.place : undefined),
      gateway: (address) => proxies.get(address.replace("gateway-", ""))?.gateway,
      now: () => clock.now,
      random: () => 0.5,
    });
    proxies.set(cluster, proxy);
    stops.push(() => proxy.stop());
  }
  return {
    proxies,
    clock,
    async ask(cluster, headers = {}) {
      const place = await sidecarOf(proxies.get(cluster)!, cluster);
      return get(place, headers);
    },
  };
}

const sidecars = new WeakMap<MeshProxy, Promise<SocketPlace>>();
function sidecarOf(proxy: MeshProxy, locality: string): Promise<SocketPlace> {
  const known = sidecars.get(proxy) ?? proxy.sidecar({ namespace: "cart", locality, labels: {} });
  sidecars.set(proxy, known);
  return known;
}

function get(place: SocketPlace, headers: { readonly [name: string]: string }): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = send(
      { ...place, path: `http://${host}/`, headers: { host, ...headers }, agent: false },
      (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.once("end", () => resolve(`${response.statusCode} ${text}`));
      },
    );
    request.once("error", reject).end();
  });
}

describe("the data plane", () => {
  test("reaches the nearest cluster that serves, from each of three", async () => {
    const fleet = await startFleet({ eu: await startService("eu"), us: await startService("us"), ap: undefined });
    assert.equal(await fleet.ask("eu"), "200 eu");
    assert.equal(await fleet.ask("us"), "200 us");
    assert.match(await fleet.ask("ap"), /^200 (eu|us)$/);
  });

  test("ejects a lost service after three errors, retries among them, serves from elsewhere, and returns when it is back", async () => {
    const eu = await startService("eu");
    const fleet = await startFleet({ eu, us: await startService("us") });
    const { port } = eu.place;
    eu.server.closeAllConnections();
    await new Promise<void>((resolve) => void eu.server.close(() => resolve()));
    // Envoy's retries stay in the first level until it is ejected: two of them make it three errors.
    assert.match(await fleet.ask("eu"), /^503 /);
    assert.equal(await fleet.ask("eu"), "200 us");
    await new Promise<void>((resolve) => void eu.server.listen(port, "127.0.0.1", resolve));
    assert.equal(await fleet.ask("eu"), "200 us", "it is out although it is back");
    fleet.clock.now = 6_001;
    assert.equal(await fleet.ask("eu"), "200 eu");
  });

  test("answers 503 when nothing is left, and says so", async () => {
    const fleet = await startFleet({ eu: undefined, us: undefined });
    assert.equal(await fleet.ask("eu"), "503 no healthy upstream\n");
  });

  test("hands errors of the service itself through, once", async () => {
    const fleet = await startFleet({ eu: await startService("sorry", 500), us: await startService("us") });
    assert.equal(await fleet.ask("eu"), "500 sorry");
  });

  test("follows its objects when they change, and a route by header", async () => {
    const fleet = await startFleet({ eu: await startService("eu"), us: await startService("us") });
    const route = {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: { name: "to-us", namespace: "mesh" },
      spec: {
        hosts: [host],
        http: [
          { match: [{ headers: { to: { exact: "us" } } }], route: [{ destination: { host: "us.test" } }] },
          { route: [{ destination: { host } }] },
        ],
      },
    };
    const [entry, rule] = objects("eu", ["us"], true);
    const toUs = structuredClone(entry!);
    (toUs["spec"] as JsonObject)["hosts"] = ["us.test"];
    (toUs["spec"] as JsonObject)["endpoints"] = [{ address: "gateway-us", locality: "us", ports: { http: 15443 } }];
    fleet.proxies.get("eu")!.update([entry!, rule!, toUs, route]);
    fleet.proxies.get("us")!.update([
      ...objects("us", ["eu"], true),
      {
        ...toUs,
        spec: {
          ...(toUs["spec"] as JsonObject),
          endpoints: [{ address: "orders.shop.svc.cluster.local", locality: "us", ports: { http: 8080 } }],
        },
      },
    ]);
    assert.equal(await fleet.ask("eu"), "200 eu");
    assert.equal(await fleet.ask("eu", { to: "us" }), "200 us");
  });
});
