/** Copies of users' routing. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { RoutingFact } from "../../src/plan/mesh/model/facts.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { routing } from "./facts.ts";
import { admiral, orders, ours, planned, routedFleet, shares } from "./routed-fleet.ts";

const key = "identity:orders";

function own(kind: RoutingFact["kind"], place = "c-eu/shop/mine", spec: JsonObject = {}): RoutingFact {
  const hosts = ["prd.orders.global"];
  const service = { host: "orders-svc.shop.svc.cluster.local", port: { number: 8080 } };
  const whole =
    kind === "VirtualService"
      ? { hosts, http: [{ route: [{ destination: service }], timeout: "3s" }], ...spec }
      : { host: hosts[0]!, subsets: [{ name: "v1" }], ...spec };
  return { ...routing(place, kind, hosts, whole), labels: { team: "a", "app.kubernetes.io/instance": "x" } };
}

test("copies a user's VirtualService and DestinationRule as the predecessor does", () => {
  const fleet = routedFleet({ settings: admiral, facts: [...orders(), own("VirtualService"), own("DestinationRule")] });
  for (const cluster of ["c-ap", "c-eu"]) {
    const objects = planned(fleet, key, cluster);
    assert.deepEqual(objects["VirtualService shop-mine"], {
      apiVersion: "networking.istio.io/v1",
      kind: "VirtualService",
      metadata: {
        name: "shop-mine",
        namespace: "admiral-sync",
        labels: { team: "a" },
        annotations: { "app.kubernetes.io/created-by": "admiral" },
      },
      spec: {
        hosts: ["prd.orders.global"],
        http: [{ route: [{ destination: { host: "prd.orders.global", port: { number: 8080 } } }], timeout: "3s" }],
        exportTo: cluster === "c-ap" ? ["cart-ns"] : ["cart-ns", "istio-system", "shop"],
      },
    });
    assert.deepEqual((objects["DestinationRule mine"]!["spec"] as JsonObject)["subsets"], [{ name: "v1" }]);
  }
});

test("copies to clusters that have none of their own, with the namespace in front, and with the shares of regions", () => {
  const facts = [
    ...orders(),
    own("VirtualService"),
    own("DestinationRule"),
    shares({ "eu-west-1": 70, "us-east-1": 30 }),
  ];
  const fleet = routedFleet({ settings: ours, facts });
  assert.equal(planned(fleet, key, "c-eu")["VirtualService shop-mine"], undefined);
  const objects = planned(fleet, key, "c-ap");
  assert.ok(objects["DestinationRule shop-mine"]);
  const http = (objects["VirtualService shop-mine"]!["spec"] as { http: { route: JsonObject[] }[] }).http;
  assert.deepEqual(http[0]!.route, [
    { destination: { host: "eu-west-1.region.prd.orders.global", port: { number: 8080 } }, weight: 70 },
    { destination: { host: "us-east-1.region.prd.orders.global", port: { number: 8080 } }, weight: 30 },
  ]);
});

test("puts a user's DestinationRule in place of the host's own, with the mesh's TLS and what it does not say", () => {
  const trafficPolicy = {
    tls: { mode: "DISABLE" },
    loadBalancer: { consistentHash: { useSourceIp: true } },
    connectionPool: { tcp: { maxConnections: 7 } },
    portLevelSettings: [{ port: { number: 80 }, outlierDetection: { interval: "1s" } }],
  };
  const rule = own("DestinationRule", "c-eu/shop/mine", { trafficPolicy });
  const fleet = routedFleet({ settings: ours, facts: [...orders(), rule] });
  for (const cluster of ["c-ap", "c-eu", "c-us"]) {
    const objects = planned(fleet, key, cluster);
    assert.equal(objects["DestinationRule prd.orders.global-default-dr"], undefined);
    const object = objects["DestinationRule shop-mine"]!;
    assert.equal(object.metadata.annotations?.["fairlead.dev/owner"], "Identity//orders");
    const spec = object["spec"] as { trafficPolicy: JsonObject } & JsonObject;
    const without = planned(routedFleet({ settings: ours, facts: orders() }), key, cluster);
    const plain = without["DestinationRule prd.orders.global-default-dr"]!["spec"] as typeof spec;
    assert.deepEqual(spec["subsets"], [{ name: "v1" }]);
    assert.deepEqual(spec.trafficPolicy, {
      tls: { mode: "ISTIO_MUTUAL" },
      connectionPool: { http: { maxRequestsPerConnection: 100 }, tcp: { maxConnections: 7 } },
      loadBalancer: {
        localityLbSetting: (plain.trafficPolicy["loadBalancer"] as JsonObject)["localityLbSetting"]!,
        consistentHash: { useSourceIp: true },
      },
      outlierDetection: plain.trafficPolicy["outlierDetection"]!,
      portLevelSettings: [
        { port: { number: 80 }, outlierDetection: { interval: "1s" }, tls: { mode: "ISTIO_MUTUAL" } },
      ],
    });
  }
});

test("prefers a user's DestinationRule of the same cluster, and says which do not count", () => {
  const other = { ...own("DestinationRule", "c-us/shop/theirs", { subsets: [] }), createdAt: "2026-01-01T00:00:00Z" };
  const fleet = routedFleet({ settings: ours, facts: [...orders(), own("DestinationRule"), other] });
  const names = (cluster: string): string[] =>
    Object.keys(planned(fleet, key, cluster)).filter((name) => name.startsWith("DestinationRule"));
  assert.deepEqual(names("c-ap"), ["DestinationRule shop-mine"]);
  assert.deepEqual(names("c-us"), ["DestinationRule shop-theirs", "DestinationRule prd.orders.global-gateway-dr"]);
  const ofGateway = planned(fleet, key, "c-us")["DestinationRule prd.orders.global-gateway-dr"]!;
  assert.equal(ofGateway.metadata.namespace, "istio-system");
  assert.deepEqual((ofGateway["spec"] as JsonObject)["subsets"], [], "with what the user says");
  const { findings } = planKey(fleet, key);
  assert.deepEqual(new Set(findings.map(({ code }) => code)), new Set(["FL818"]));
});

test("copies neither what is not for everybody, nor the mesh's own, nor several hosts", () => {
  const several = { ...own("VirtualService"), hosts: ["prd.orders.global", "x"] };
  const not: RoutingFact[] = [
    { ...own("VirtualService"), exportTo: ["."] },
    { ...own("VirtualService"), ignored: true },
    own("VirtualService", "c-eu/kube-system/mine"),
    own("VirtualService", "c-eu/shop/mine", { gateways: ["edge"] }),
    several,
  ];
  for (const fact of not) {
    const objects = planned(routedFleet({ settings: ours, facts: [...orders(), fact] }), key, "c-ap");
    const copies = Object.keys(objects).filter((name) => name.endsWith("-mine"));
    assert.deepEqual(copies, []);
  }
  const { findings } = planKey(routedFleet({ settings: ours, facts: [...orders(), several] }), key);
  assert.deepEqual(
    findings.map(({ code }) => code),
    ["FL818"],
  );
});

test("copies the oldest of two that would be one object, and says whose is left out", () => {
  const young = own("VirtualService", "c-us/shop/mine", { http: [] });
  const old = { ...own("VirtualService"), createdAt: "2024-01-01T00:00:00Z" };
  const fleet = routedFleet({ settings: ours, facts: [...orders(), young, old] });
  const copy = planned(fleet, key, "c-ap")["VirtualService shop-mine"];
  assert.match(JSON.stringify(copy), /"timeout":"3s"/);
  const { findings } = planKey(fleet, key);
  assert.deepEqual(
    findings.filter(({ code }) => code === "FL818").map(({ message }) => /cluster c-us differs/.test(message)),
    [true],
  );
});

test("copies routing of a host that is no identity's to all others where settings say so", () => {
  const foreign = { ...own("VirtualService"), hosts: ["shop.acme"] };
  const facts = [...orders(), foreign, { ...foreign, cluster: "c-us", createdAt: "2026-01-01T00:00:00Z" }];
  const clustersOf = (settings: MeshSettings, cluster: string): string[] =>
    planKey(routedFleet({ settings, facts }), `copy:${cluster}/shop/VirtualService/mine`).clusters.map(
      (one) => one.cluster,
    );
  assert.deepEqual(clustersOf(admiral, "c-eu"), ["c-ap", "c-eu", "c-us"]);
  assert.deepEqual(clustersOf(admiral, "c-us"), [], "the older one is copied by its own key");
  assert.deepEqual(clustersOf(ours, "c-eu"), []);
  const everywhere = { ...ours, copies: { ...ours.copies, withoutDependents: "everywhere" as const } };
  assert.deepEqual(clustersOf(everywhere, "c-eu"), ["c-ap"]);
});
