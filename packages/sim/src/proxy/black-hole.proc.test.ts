/** An endpoint that swallows packets: a listener whose queue is full, and whose process takes nobody out of it. */
import assert from "node:assert/strict";
import { createServer, request as send } from "node:http";
import { connect, type AddressInfo, type Socket } from "node:net";
import { afterEach, test } from "node:test";
import { Worker } from "node:worker_threads";
import type { JsonObject } from "@fairlead/apimachinery";
import { startMeshProxy, type SocketPlace } from "./mesh-proxy.ts";

const stops: (() => unknown)[] = [];
afterEach(async () => {
  for (const stop of stops.splice(0).reverse()) await stop();
});

const listener = `
  const { parentPort, workerData } = require("node:worker_threads");
  const server = require("node:net").createServer().listen({ port: 0, host: "127.0.0.1", backlog: 1 }, () => {
    parentPort.postMessage(server.address().port);
    Atomics.wait(new Int32Array(workerData), 0, 0);
  });`;

async function startBlackHole(): Promise<SocketPlace> {
  const lock = new SharedArrayBuffer(4);
  const worker = new Worker(listener, { eval: true, workerData: lock });
  const [port] = (await new Promise<[number]>((resolve) =>
    worker.once("message", (one: number) => resolve([one])),
  )) as [number];
  stops.push(async () => {
    Atomics.notify(new Int32Array(lock), 0);
    await worker.terminate();
  });
  const place = { host: "127.0.0.1", port };
  // As many as the queue takes; the one that is not answered shows that it is full.
  for (let isFull = false; !isFull;) {
    const socket: Socket = connect(place);
    stops.push(() => socket.destroy());
    // oxlint-disable-next-line no-await-in-loop
    isFull = await new Promise<boolean>((resolve) => {
      const waited = setTimeout(() => resolve(true), 250);
      socket.once("connect", () => {
        clearTimeout(waited);
        resolve(false);
      });
    });
  }
  return place;
}

test("a connection that is not answered fails after the rule's time, and the endpoint is left out", async () => {
  const hole = await startBlackHole();
  const server = createServer((_request, response) => response.end("us"));
  await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
  stops.push(() => new Promise<void>((resolve) => void server.close(() => resolve())));
  const us = { host: "127.0.0.1", port: (server.address() as AddressInfo).port };
  const host = "prd.orders.global";
  const object = (kind: string, spec: JsonObject): JsonObject => ({
    apiVersion: "networking.istio.io/v1",
    kind,
    metadata: { name: host, namespace: "mesh" },
    spec,
  });
  const endpoint = (locality: string) => ({ address: `${locality}.test`, locality, ports: { http: 80 } });
  const proxy = await startMeshProxy({
    cluster: "eu",
    locality: "eu",
    objects: [
      object("ServiceEntry", {
        hosts: [host],
        ports: [{ number: 80, name: "http", protocol: "HTTP" }],
        endpoints: [endpoint("eu"), endpoint("us")],
      }),
      object("DestinationRule", {
        host,
        trafficPolicy: {
          connectionPool: { tcp: { connectTimeout: "100ms" } },
          outlierDetection: { consecutiveGatewayErrors: 3, maxEjectionPercent: 100 },
        },
      }),
    ],
    local: (address) => (address === "us.test" ? us : hole),
    gateway: () => undefined,
    now: () => 0,
    random: () => 0.5,
  });
  stops.push(() => proxy.stop());
  const sidecar = await proxy.sidecar({ namespace: "cart", locality: "eu", labels: {} });
  const ask = () =>
    new Promise<string>((resolve, reject) => {
      send({ ...sidecar, path: `http://${host}/`, headers: { host }, agent: false }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.once("end", () => resolve(`${response.statusCode} ${text}`));
      })
        .once("error", reject)
        .end();
    });
  // The first request and its two retries find out.
  assert.equal(await ask(), "503 upstream connect timeout\n");
  assert.equal(await ask(), "200 us");
});
