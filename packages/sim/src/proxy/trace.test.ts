import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { readMeshTable } from "./mesh-table.ts";
import { trace, type MeshNetwork, type Path } from "./trace.ts";

const host = "prd.orders.global";
const object = (kind: string, name: string, spec: JsonObject): JsonObject => ({
  apiVersion: "networking.istio.io/v1",
  kind,
  metadata: { name, namespace: "mesh" },
  spec,
});
const remote = (cluster: string, region: string) => ({
  address: `gateway-${cluster}.`,
  locality: region,
  ports: { http: 15443 },
});
const entry = (name: string, endpoints: readonly JsonObject[], more: JsonObject = {}) =>
  object("ServiceEntry", `${name}-se`, {
    hosts: [name],
    ports: [{ number: 80, name: "http", protocol: "HTTP" }],
    endpoints: [...endpoints],
    ...more,
  });
const rule = (name: string, setting: JsonObject) =>
  object("DestinationRule", `${name}-dr`, {
    host: name,
    trafficPolicy: { outlierDetection: { interval: "5s" }, loadBalancer: { localityLbSetting: setting } },
  });
const local = { address: "orders.shop.svc.cluster.local", locality: "eu", ports: { http: 8080 } };

/** Two clusters that run it, one that calls it. */
function fleet(extra: { readonly [cluster: string]: readonly JsonObject[] } = {}): MeshNetwork {
  const objects = {
    eu: [entry(host, [local, remote("us", "us")]), rule(host, {})],
    us: [entry(host, [{ ...local, locality: "us" }, remote("eu", "eu")]), rule(host, {})],
    ap: [entry(host, [remote("eu", "eu"), remote("us", "us")]), rule(host, {})],
  };
  return {
    tables: new Map(
      Object.entries(objects).map(([cluster, own]) => [
        cluster,
        readMeshTable(cluster in extra ? extra[cluster]! : own, { cluster, locality: cluster }),
      ]),
    ),
    gatewayOf: (address) => /^gateway-(\w+)\.$/.exec(address)?.[1],
  };
}

const request = { host, port: 80, path: "/", method: "GET", headers: {} };
const from = (cluster: string) => ({ cluster, namespace: "cart", locality: cluster, labels: {} });
const shown = (paths: readonly Path[]) =>
  paths.map(({ share, hops, failure }) => {
    const way = hops.map(({ cluster, address, addressPort }) => `${cluster}>${address}:${addressPort}`).join(" ");
    return `${Math.round(share * 100)}% ${way}${failure === undefined ? "" : ` ! ${failure}`}`;
  });

describe("the way of a request", () => {
  test("stays in its cluster while that serves", () => {
    assert.deepEqual(shown(trace(fleet(), from("eu"), request, () => false)), [
      "100% eu>orders.shop.svc.cluster.local:8080",
    ]);
  });

  test("goes through the gateway of another cluster, which hands it to its own", () => {
    assert.deepEqual(shown(trace(fleet(), from("ap"), request, () => false)), [
      "50% ap>gateway-eu.:15443 eu>orders.shop.svc.cluster.local:8080",
      "50% ap>gateway-us.:15443 us>orders.shop.svc.cluster.local:8080",
    ]);
  });

  test("leads elsewhere when a region is lost", () => {
    const lost = ({ locality }: { readonly locality: string }) => locality === "eu";
    assert.deepEqual(shown(trace(fleet(), from("eu"), request, lost)), [
      "100% eu>gateway-us.:15443 us>orders.shop.svc.cluster.local:8080",
    ]);
    assert.deepEqual(shown(trace(fleet(), from("ap"), request, () => true)), [
      "100%  ! no endpoint of " + host + " is left",
    ]);
  });

  test("takes the region of an endpoint from its labels, where it has no locality", () => {
    const labelled = (cluster: string) => ({
      address: `gateway-${cluster}.`,
      labels: { "topology.kubernetes.io/region": cluster },
    });
    const setting = { failoverPriority: ["topology.kubernetes.io/region=eu"] };
    const network = fleet({ ap: [entry(host, [labelled("eu"), labelled("us")]), rule(host, setting)] });
    const first = (down: readonly string[]) =>
      trace(network, from("ap"), request, ({ locality }) => down.includes(locality)).map(
        ({ hops }) => hops[0]?.locality,
      );
    assert.deepEqual(first([]), ["eu"]);
    assert.deepEqual(first(["eu"]), ["us"]);
  });

  test("follows the weights of a VirtualService, each with a failover of its own", () => {
    const split = object("VirtualService", `${host}-vs`, {
      hosts: [host],
      http: [
        {
          name: "split",
          route: [
            { destination: { host: `eu.region.${host}`, port: { number: 80 } }, weight: 70 },
            { destination: { host: `us.region.${host}`, port: { number: 80 } }, weight: 30 },
          ],
        },
      ],
    });
    const tiers = (first: string) =>
      ["eu", "us"].map((cluster) => ({ ...remote(cluster, cluster), labels: cluster === first ? { tier: "1" } : {} }));
    const ap = [split];
    for (const region of ["eu", "us"]) {
      ap.push(entry(`${region}.region.${host}`, tiers(region)));
      ap.push(rule(`${region}.region.${host}`, { failoverPriority: ["tier=1"] }));
    }
    const region = (cluster: string) => [
      entry(`eu.region.${host}`, [{ ...local, locality: cluster }]),
      entry(`us.region.${host}`, [{ ...local, locality: cluster }]),
    ];
    const world = fleet({ ap, eu: region("eu"), us: region("us") });
    const share = (lost?: string) =>
      trace(world, from("ap"), request, ({ locality }) => locality === lost).map(
        ({ share: part, hops }) => `${Math.round(part * 100)}% ${hops.at(-1)!.cluster}`,
      );
    assert.deepEqual(share(), ["70% eu", "30% us"]);
    assert.deepEqual(share("eu"), ["70% us", "30% us"]);
  });

  test("names the objects that say so", () => {
    const [path] = trace(fleet(), from("eu"), request, () => false);
    assert.deepEqual(path!.hops[0]!.by, [`ServiceEntry mesh/${host}-se`, `DestinationRule mesh/${host}-dr`]);
  });

  test("ends with a reason where nothing is known, and does not go in circles", () => {
    const unknown = trace(fleet(), from("ap"), { ...request, host: "prd.nobody.global" }, () => false);
    assert.equal(unknown[0]!.failure, "ap knows no prd.nobody.global:80");
    const circle = fleet({ eu: [entry(host, [remote("us", "us")])], us: [entry(host, [remote("eu", "eu")])] });
    assert.match(trace(circle, from("ap"), request, () => false)[0]!.failure ?? "", /circles/);
  });

  test("of what a namespace may not see ends there", () => {
    const world = fleet({ ap: [entry(host, [remote("eu", "eu")], { exportTo: ["other"] })] });
    assert.match(trace(world, from("ap"), request, () => false)[0]!.failure ?? "", /knows no/);
  });

  test("follows the first route that matches, by path and header", () => {
    const canary = object("VirtualService", "canary", {
      hosts: [host],
      http: [
        {
          match: [{ uri: { prefix: "/v2" } }, { headers: { "x-canary": { exact: "yes" } } }],
          route: [{ destination: { host: "canary.shop.svc.cluster.local" } }],
        },
        { route: [{ destination: { host } }] },
      ],
    });
    const world = fleet({ eu: [canary, entry(host, [local]), rule(host, {})] });
    const end = (more: object) =>
      trace(world, from("eu"), { ...request, ...more }, () => false)[0]!.hops.at(-1)!.address;
    assert.equal(end({}), "orders.shop.svc.cluster.local");
    assert.equal(end({ path: "/v2/x?y" }), "canary.shop.svc.cluster.local");
    assert.equal(end({ headers: { "x-canary": "yes" } }), "canary.shop.svc.cluster.local");
  });
});
