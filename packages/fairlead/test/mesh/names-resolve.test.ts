/** Names resolve: by Istio's DNS proxy, by CoreDNS with what is written for it, or a finding says that they do not. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { get, textOf, type JsonValue } from "@fairlead/apimachinery";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { createFleet } from "../../src/plan/mesh/fleet/create-fleet.ts";
import { intentOf } from "../../src/plan/mesh/identity/intent.ts";
import { defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import { planFleet } from "../../src/plan/mesh/plan-fleet.ts";
import { clusterDns, type DnsAnswer } from "../../src/plan/mesh/write/cluster-dns.ts";
import { coreDns, type DnsReply } from "./corefile.ts";
import { fleets, plannedOf } from "./planned-fleet.ts";
import { world } from "./world.ts";

const fleet = world(defaultSettings, fleets.weights);
const hosts = [...fleet.keys()].flatMap((key) =>
  key.startsWith("identity:") ? intentOf(fleet, key.slice("identity:".length)).intent.hosts : [],
);
const clusters = plannedOf(fleet);

function resolver(cluster: string, answer: DnsAnswer): (name: string) => DnsReply {
  const { object, omitted } = clusterDns(fleet, cluster, hosts, answer);
  assert.deepEqual(omitted, []);
  const text = textOf(get(get(object as unknown as JsonValue, "data"), "mesh.server"));
  const services = new Map([
    ["orders.shop.svc.cluster.local", ["10.96.0.10"]],
    ["cart.carts.svc.cluster.local", ["10.96.0.11"]],
  ]);
  return coreDns(text, services);
}

/** The addresses of every host that a cluster has, as Istio's DNS proxy takes them from ServiceEntries. */
function written(objects: readonly JsonValue[]): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, readonly string[]>();
  for (const object of objects) {
    const spec = get(object, "spec");
    const [names, addresses] = [get(spec, "hosts"), get(spec, "addresses")];
    if (get(object, "kind") !== "ServiceEntry" || !Array.isArray(names) || !Array.isArray(addresses)) continue;
    for (const name of names) found.set(textOf(name), addresses.map(textOf));
  }
  return found;
}

describe("names of the mesh resolve", () => {
  for (const { name: cluster, objects } of clusters) {
    test(`${cluster}: to the addresses of the ServiceEntries, by CoreDNS too, and nothing else does`, () => {
      const entries = written(objects);
      assert.deepEqual([...entries.keys()].filter((host) => host.endsWith("orders.global")).sort(), [
        "eu-west-1.region.prd.orders.global",
        "prd.orders.global",
        "us-east-1.region.prd.orders.global",
      ]);
      const ask = resolver(cluster, "addresses");
      for (const [host, addresses] of entries) {
        assert.deepEqual(ask(host), { kind: "addresses", addresses }, host);
        assert.deepEqual(ask(`${host.toUpperCase()}.`), { kind: "addresses", addresses });
      }
      assert.deepEqual(ask("prd.nobody.global"), { kind: "no-such-name" });
      assert.deepEqual(ask("example.com"), { kind: "not-served" });
      assert.deepEqual(ask("orders.shop.svc.cluster.local"), { kind: "not-served" });
    });
  }

  test("no two hosts have the same address, in any cluster, and a host has the same in all", () => {
    const byAddress = new Map<string, string>();
    for (const { objects } of clusters) {
      for (const [host, addresses] of written(objects)) {
        for (const address of addresses) {
          assert.equal(byAddress.get(address) ?? host, host);
          byAddress.set(address, host);
        }
      }
    }
    assert.ok(byAddress.size >= 4);
  });

  test("clients without a sidecar reach the Service where it runs, and get no name elsewhere", () => {
    const service = { kind: "addresses", addresses: ["10.96.0.10"] } as const;
    assert.deepEqual(resolver("eu", "services")("prd.orders.global"), service);
    assert.deepEqual(resolver("us", "services")("prd.orders.global"), service);
    assert.deepEqual(resolver("ap", "services")("prd.orders.global"), { kind: "no-such-name" });
    assert.deepEqual(resolver("ap", "services")("prd.cart.global"), { kind: "addresses", addresses: ["10.96.0.11"] });
  });

  test("a resolver that knows too little says so", () => {
    assert.throws(() => coreDns("global:53 {\n    hosts {\n}\n", new Map()), /not closed/);
    assert.throws(() => coreDns("global:53 {\n    forward . 8.8.8.8\n}\n", new Map()), /plugin forward/);
  });
});

describe("where Istio's proxies do not answer DNS", () => {
  const capture = (value: string): readonly FleetChange[] =>
    ["eu", "us", "ap"].map((cluster) => ({
      kind: "put",
      cluster,
      object: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "istio", namespace: "istio-system", creationTimestamp: "2025-01-01T00:00:00Z" },
        data: { mesh: `defaultConfig:\n  proxyMetadata:\n    ISTIO_META_DNS_CAPTURE: "${value}"\n` },
      },
    }));
  const findings = (value: string) =>
    planFleet(createFleet(defaultSettings).with([...fleets.weights, ...capture(value)]).fleet, [], 0).findings.filter(
      ({ code }) => code === "FL803",
    );

  test("a finding says for each cluster that its names do not resolve, and none where they do", () => {
    const said = findings("false").map(({ message }) => /in cluster (\w+)/.exec(message)?.[1]);
    assert.deepEqual(said.sort(), ["ap", "eu", "us"]);
    assert.deepEqual(findings("true"), []);
  });
});
