/** The same services for a mesh with waypoints. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Fact } from "../../src/plan/mesh/model/facts.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { ambientInfrastructure } from "../../src/plan/mesh/write/ambient/infrastructure.ts";
import { policy } from "./facts.ts";
import { orders, ours, planned, routedFleet, shares } from "./routed-fleet.ts";

const key = "identity:orders";
const ambient: MeshSettings = { ...ours, output: "ambient" };
const both = { "eu-west-1": 70, "us-east-1": 30 };

function objectsOf(facts: readonly Fact[], cluster: string): { readonly [name: string]: KrmObject } {
  return planned(routedFleet({ settings: ambient, facts }), key, cluster);
}

function hostname(name: string, port: number, weight?: number): JsonObject {
  return { group: "networking.istio.io", kind: "Hostname", name, port, ...(weight === undefined ? {} : { weight }) };
}

test("enrols names in the waypoint, and leaves TLS to what each endpoint understands", () => {
  const objects = objectsOf(orders(), "c-eu");
  const entry = objects["ServiceEntry prd.orders.global-se"]!;
  assert.equal(entry.metadata.labels?.["istio.io/use-waypoint"], "waypoint");
  const { endpoints } = entry["spec"] as { endpoints: { address: string; labels: { [label: string]: string } }[] };
  const modes = endpoints.map(({ address, labels }) => [address, labels["security.istio.io/tlsMode"]]);
  assert.deepEqual(modes, [
    ["lb-us.acme.example.", "istio"],
    ["orders-svc.shop.svc.cluster.local", undefined],
  ]);
  const rule = objects["DestinationRule prd.orders.global-default-dr"]!["spec"] as { trafficPolicy: JsonObject };
  assert.equal(rule.trafficPolicy["tls"], undefined);
  assert.ok(rule.trafficPolicy["outlierDetection"]);
});

test("prefers the Services of the own cluster, and needs no route elsewhere", () => {
  const here = objectsOf(orders(), "c-eu");
  assert.deepEqual(here["HTTPRoute prd.orders.global-8080"]?.["spec"], {
    parentRefs: [{ group: "networking.istio.io", kind: "ServiceEntry", name: "prd.orders.global-se", port: 8080 }],
    rules: [{ backendRefs: [hostname("orders-svc.shop.svc.cluster.local", 8080, 100)] }],
  });
  const there = Object.keys(objectsOf(orders(), "c-ap"));
  assert.deepEqual(
    there.filter((name) => name.startsWith("HTTPRoute")),
    [],
  );
});

test("shares requests between regions by the names of their hosts", () => {
  const facts = [...orders(), shares(both)];
  const refs = (cluster: string): unknown =>
    (objectsOf(facts, cluster)["HTTPRoute prd.orders.global-80"]!["spec"] as { rules: JsonObject[] }).rules[0]![
      "backendRefs"
    ];
  assert.deepEqual(refs("c-ap"), [
    hostname("eu-west-1.region.prd.orders.global", 80, 70),
    hostname("us-east-1.region.prd.orders.global", 80, 30),
  ]);
  assert.deepEqual(refs("c-us"), [
    hostname("orders-svc.shop.svc.cluster.local", 8080, 30),
    hostname("eu-west-1.region.prd.orders.global", 80, 70),
  ]);
});

test("routes by path, header and method in the words of the Gateway API", () => {
  const rules = `
- match: {path: /checkout, headers: {X-Beta: {prefix: "a.b"}}, methods: [GET, POST]}
  to: default
  timeout: 1500ms
`;
  const spec = { plugin: "routes", config: { rules } };
  const facts = [...orders(), policy("RoutingPolicy", "c-eu/shop/r", "orders", spec)];
  const route = objectsOf(facts, "c-ap")["HTTPRoute prd.orders.global-80"]!["spec"] as { rules: JsonObject[] };
  const match = {
    path: { type: "PathPrefix", value: "/checkout" },
    headers: [{ type: "RegularExpression", name: "x-beta", value: String.raw`a\.b.*` }],
  };
  assert.deepEqual(route.rules, [
    {
      matches: [
        { ...match, method: "GET" },
        { ...match, method: "POST" },
      ],
      timeouts: { request: "1500ms" },
      backendRefs: [hostname("prd.orders.global", 80)],
    },
    { backendRefs: [hostname("prd.orders.global", 80)] },
  ]);
});

test("lets other clusters in by the gateway, which ends their TLS", () => {
  const objects = objectsOf(orders(), "c-eu");
  const entrance = objects["HTTPRoute prd.orders.global-entrance"]!;
  assert.equal(entrance.metadata.namespace, "istio-system");
  assert.deepEqual(entrance["spec"], {
    parentRefs: [{ name: "fairlead-mesh" }],
    hostnames: ["prd.orders.global"],
    rules: [{ backendRefs: [hostname("orders-svc.shop.svc.cluster.local", 8080)] }],
  });
  assert.equal(objectsOf(orders(), "c-ap")["HTTPRoute prd.orders.global-entrance"], undefined);
  const [waypoint, gateway] = ambientInfrastructure(ambient);
  assert.deepEqual([waypoint!.metadata.namespace, gateway!.metadata.namespace], ["fairlead-mesh", "istio-system"]);
});

test("writes nothing that only sidecars follow", () => {
  const inCluster = { enabled: { "*": ["*"] }, disabled: {}, mergeCreatedBy: undefined };
  const settings = { ...ambient, routing: { ...ambient.routing, inCluster } };
  const fleet = routedFleet({ settings, facts: [...orders(), shares(both)] });
  for (const name of [key, "namespace:c-eu/shop"] as const) {
    const kinds = planKey(fleet, name).clusters.flatMap(({ desired }) => desired.map(({ kind }) => kind));
    const known = ["ServiceEntry", "DestinationRule", "HTTPRoute"];
    assert.deepEqual(
      kinds.filter((kind) => !known.includes(kind)),
      [],
    );
  }
});
