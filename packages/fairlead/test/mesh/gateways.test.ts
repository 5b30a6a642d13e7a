/** What arrives at a gateway stays in its cluster: gateways never hand requests to each other, whatever is down. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { readMeshTable, trace, type MeshNetwork, type Path } from "@fairlead/sim";
import { shortHash } from "@fairlead/krm";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { host, fleets, plannedClusters } from "./planned-fleet.ts";
import { node } from "./fleet-objects.ts";
import { app, trafficPolicy } from "./scenarios.ts";
import { registered, world } from "./world.ts";

const prd = { template: { annotations: { "admiral.io/env": "prd" } } };

/** Orders and a caller in each of the clusters: `eu: eu-west-1/a`. */
function everywhere(places: { readonly [cluster: string]: string }): readonly FleetChange[] {
  return Object.entries(places).flatMap(([cluster, place]) => {
    const [region = "", zone = ""] = place.split("/");
    return [
      ...registered(cluster, region),
      ...(zone === "" ? [] : [node(cluster, "node", region, zone)]),
      ...app(`${cluster}/shop/orders`, "orders", ["http:8080"], prd),
      ...app(`${cluster}/carts/cart`, "cart", ["http:8080"], prd),
    ];
  });
}

function inTurn(...regions: string[]): FleetChange {
  const target = regions.map((region, at) => ({ region, weight: at === 0 ? 100 : 0 }));
  return trafficPolicy("eu/shop/orders", "orders", { dnsPrefix: "default", lbType: "FAILOVER", target });
}

const five = { eu: "r1/a", us: "r2/a", ap: "r3/a", sa: "r4/a", af: "r5/a" };

const all: { readonly [name: string]: readonly FleetChange[] } = {
  ...fleets,
  "two in one zone": everywhere({ eu: "r1/a", us: "r1/a", ap: "r2/a" }),
  "two in two zones of a region": everywhere({ eu: "r1/a", us: "r1/b" }),
  "two in the region of each tier": [
    ...everywhere({ eu: "r1/a", us: "r1/a", ap: "r2/", sa: "r2/b", af: "r3/a" }),
    inTurn("r1", "r2"),
  ],
  "five tiers, two clusters in the first and the second": [
    ...everywhere({ ...five, eu2: "r1/a", us2: "r2/b" }),
    inTurn("r1", "r2", "r3", "r4", "r5"),
  ],
};

function networkOf(changes: readonly FleetChange[], zone = ""): MeshNetwork {
  const clusters = plannedClusters(changes);
  return {
    tables: new Map(
      clusters.map(({ name, region, objects }) => [
        name,
        readMeshTable(objects, { cluster: name, locality: zone === "" ? region : `${region}/${zone}` }),
      ]),
    ),
    gatewayOf: (address) => clusters.find(({ gateway }) => gateway !== "" && gateway === address)?.name,
  };
}

/** Where requests end while the pods of some clusters are out; gateways answer, and callers do not know yet. */
function paths(network: MeshNetwork, from: string, isOut: (cluster: string) => boolean): readonly Path[] {
  const locality = network.tables.get(from)!.locality;
  const caller = { cluster: from, namespace: "carts", locality, labels: {} };
  const request = { host, port: 80, method: "GET", path: "/", headers: {} };
  return trace(network, caller, request, ({ cluster, address }) =>
    network.gatewayOf(address) === undefined ? isOut(cluster) : false,
  );
}

describe("a request that arrived at a gateway goes to no other one", () => {
  for (const [name, changes] of Object.entries(all)) {
    test(`(${name})`, () => {
      const network = networkOf(changes, name.includes("zone") || name.includes("tier") ? "a" : "");
      const names = [...network.tables.keys()];
      for (let out = 0; out < 16; out++) {
        // Some sets of clusters, none and all among them.
        const isOut = (cluster: string): boolean =>
          out === 15 || (out > 0 && Number.parseInt(shortHash([cluster, String(out)], 4), 36) % 2 === 0);
        for (const from of names) {
          for (const { hops, failure } of paths(network, from, isOut)) {
            const gateways = hops.filter(({ at }) => at === "gateway");
            const text = hops.map(({ cluster, address }) => `${cluster}: ${address}`).join(" → ");
            assert.ok(gateways.length <= 1, `${text} ${failure ?? ""}`);
            assert.ok(failure?.includes("circles") !== true, text);
          }
        }
      }
    });
  }
});

describe("more than three choices", () => {
  const order = ["r1", "r2", "r3", "r4", "r5"];
  const clusterOf: { readonly [region: string]: string } = { r1: "eu", r2: "us", r3: "ap", r4: "sa", r5: "af" };

  /** Regions in the order in which they take over when those before them are lost. */
  function choices(network: MeshNetwork, from: string): string[] {
    const lost = new Set<string>();
    const found: string[] = [];
    for (let turn = 0; turn < order.length; turn++) {
      const locality = network.tables.get(from)!.locality;
      const caller = { cluster: from, namespace: "carts", locality, labels: {} };
      const request = { host, port: 80, method: "GET", path: "/", headers: {} };
      const next = new Set(
        trace(network, caller, request, ({ cluster, address }) =>
          lost.has(network.gatewayOf(address) ?? cluster),
        ).flatMap(({ hops }) => hops.at(-1)?.cluster ?? []),
      );
      found.push(order.filter((region) => next.has(clusterOf[region]!)).join("+"));
      for (const cluster of next) lost.add(cluster);
    }
    return found.filter((one) => one !== "");
  }

  test("are tried in their order where a cluster has one zone, as far as Istio has distances", () => {
    const changes = [...everywhere(five), inTurn(...order.slice(0, 4))];
    for (const from of Object.keys(five)) {
      assert.deepEqual(choices(networkOf(changes, "a"), from), ["r1", "r2", "r3", "r4+r5"], from);
    }
    const four = [...everywhere({ eu: "r1/a", us: "r2/a", ap: "r3/a", sa: "r4/a" }), inTurn(...order.slice(0, 4))];
    for (const from of ["eu", "sa"]) assert.deepEqual(choices(networkOf(four, "a"), from), ["r1", "r2", "r3", "r4"]);
  });

  test("are said to be one from where their order is lost", () => {
    const told = (changes: readonly FleetChange[]): string[] =>
      planKey(world(defaultSettings, changes), "identity:orders").findings.map(
        ({ code, message }) => `${code} ${message}`,
      );
    const four = { eu: "r1/a", us: "r2/a", ap: "r3/a", sa: "r4/a" };
    assert.deepEqual(told([...everywhere(four), inTurn("r1", "r2", "r3", "r4")]), []);
    assert.deepEqual(told([...everywhere(five), inTurn(...order)]), [
      "FL810 GlobalTrafficPolicy orders names 5 choices for prd.orders.global in turn: r4, r5 are tried alike in clusters af, ap, eu, sa, us",
    ]);
    const zones = { ...four, sa: "r4/" };
    assert.deepEqual(told([...everywhere(zones), inTurn("r1", "r2", "r3", "r4")]), [
      "FL810 GlobalTrafficPolicy orders names 4 choices for prd.orders.global in turn: r3, r4 are tried alike in cluster sa",
    ]);
  });
});
