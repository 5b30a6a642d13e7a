import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { fleetOf, gateway, gone, namespace, node, service, workload } from "../../../../test/mesh/fleet-objects.ts";
import { admiralSettings, defaultSettings } from "../model/presets.ts";
import type { FleetChange } from "./change.ts";

describe("a cluster", () => {
  const east = { istio: "eastwestgateway" };
  const balancer = (name: string, labels: JsonObject, spec: JsonObject, ingress: JsonObject[] = []): FleetChange =>
    service({
      cluster: "c",
      namespace: "istio-system",
      name,
      labels,
      spec,
      ingress,
      ports: [{ port: 15_443, nodePort: 31_000 }],
    });
  const gatewayOf = (changes: readonly FleetChange[], settings = defaultSettings): string => {
    const found = fleetOf(changes, settings).cluster("c")?.gateway;
    return found === undefined ? "" : `${found.address}:${found.port}`;
  };

  test("is reached by its load balancer's name, then its address, then an external address and the node's port", () => {
    const names = [{ ip: "192.0.2.1" }, { hostname: "lb.example" }];
    assert.equal(gatewayOf([balancer("g", east, {}, names)]), "lb.example.:15443");
    assert.equal(gatewayOf([balancer("g", east, {}, [{ ip: "192.0.2.1" }])]), "192.0.2.1:15443");
    assert.equal(gatewayOf([balancer("g", east, { externalIPs: ["192.0.2.5"] })]), "192.0.2.5:31000");
    assert.equal(gatewayOf([balancer("g", east, {})]), "");
  });

  test("is reached by the Service of the first selector that finds an address, and of several the oldest", () => {
    const ingress = balancer("ingress", { app: "istio-ingressgateway" }, {}, [{ hostname: "in.example" }]);
    assert.equal(gatewayOf([ingress, balancer("g", east, {}, [{ hostname: "east.example" }])]), "east.example.:15443");
    assert.equal(gatewayOf([ingress, balancer("g", east, {})]), "in.example.:15443");
    const overrides = { c: { app: "nlb" } };
    const settings = { ...admiralSettings, gateways: { ...admiralSettings.gateways, overrides } };
    assert.equal(gatewayOf([ingress], settings), "in.example.:15443");
    const nlb = balancer("nlb", { app: "nlb" }, {}, [{ hostname: "nlb.example" }]);
    assert.equal(gatewayOf([ingress, nlb], settings), "nlb.example.:15443");
  });

  test("is in the region of most of its nodes, with all zones of it", () => {
    const nodes = [node("c", "1", "eu", "b"), node("c", "2", "us", "x"), node("c", "3", "eu", "a")];
    const fleet = fleetOf(nodes);
    assert.deepEqual([fleet.cluster("c")!.region, fleet.cluster("c")!.zones], ["eu", ["a", "b"]]);
    const less = fleet.with([gone(nodes[0]!), gone(nodes[2]!)]).fleet;
    assert.deepEqual([less.cluster("c")!.region, less.cluster("c")!.zones], ["us", ["x"]]);
  });

  test("has the trust domain and the DNS of its Istio, and the network of its root namespace", () => {
    const mesh = "trustDomain: eu.example\ndefaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: 'true'}}\n";
    const config = (text: string): FleetChange => ({
      kind: "put",
      cluster: "c",
      object: {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "istio", namespace: "istio-system" },
        data: { mesh: text },
      },
    });
    const network = namespace("c", "istio-system", { "topology.istio.io/network": "n1" });
    const facts = fleetOf([config(mesh), network]).cluster("c")!;
    assert.deepEqual([facts.trustDomain, facts.dnsCapture, facts.network], ["eu.example", true, "n1"]);
    const broken = fleetOf([config("a: [")]);
    assert.deepEqual(broken.cluster("c")!.trustDomain, "cluster.local");
    assert.deepEqual(
      broken.clusterFindings("c").map(({ code }) => code),
      ["FL802"],
    );
  });

  test("is told what is missing when something runs there", () => {
    const fleet = fleetOf([workload({ cluster: "c", name: "a" })]);
    assert.deepEqual(
      fleet.clusterFindings("c").map(({ code }) => code),
      ["FL804", "FL805"],
    );
    const whole = fleet.with([gateway("c"), node("c", "1", "eu", "a")]).fleet;
    assert.deepEqual(whole.clusterFindings("c"), []);
  });

  test("is what settings say of it", () => {
    const said = { zones: undefined, network: "n", trustDomain: "t", domain: "d.local", gatewayPort: 1, paused: true };
    const clusters = { c: { ...said, region: "moon", gatewayAddress: "moon.example" } };
    const facts = fleetOf([gateway("c"), node("c", "1", "eu", "a")], { ...defaultSettings, clusters }).cluster("c")!;
    assert.deepEqual(facts.gateway, { address: "moon.example.", port: 1 });
    assert.deepEqual(
      [facts.region, facts.zones, facts.network, facts.trustDomain, facts.clusterDomain, facts.view],
      ["moon", ["a"], "n", "t", "d.local", "paused"],
    );
  });
});
