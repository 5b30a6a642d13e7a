/** What the predecessor writes to route, object for object: sections 2.6 to 2.8 of what is known of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { Fact } from "../../src/plan/mesh/model/facts.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { dependency, policy, routing, service, workload } from "./facts.ts";
import { admiral, orders, ours, planned, routedFleet, shares, written } from "./routed-fleet.ts";

const mark = { "app.kubernetes.io/created-by": "admiral" };
const networking = "networking.istio.io/v1";

function withSuffixes(settings: MeshSettings): MeshSettings {
  const additional = { suffixes: ["mesh", "svc.acme"], labels: ["*"] };
  return { ...settings, names: { ...settings.names, additional } };
}

test("answers under additional suffixes", () => {
  const fleet = routedFleet({ settings: withSuffixes(admiral), facts: orders() });
  assert.deepEqual(planned(fleet, "identity:orders", "c-ap")["VirtualService prd.orders.mesh-vs"], {
    apiVersion: networking,
    kind: "VirtualService",
    metadata: {
      name: "prd.orders.mesh-vs",
      namespace: "admiral-sync",
      labels: { "admiral.io/env": "prd", "dns-prefix": "default" },
      annotations: { identity: "Orders", ...mark },
    },
    spec: {
      hosts: ["prd.orders.mesh", "prd.orders.svc.acme"],
      exportTo: ["cart-ns"],
      http: [{ route: [{ destination: { host: "prd.orders.global", port: { number: 80 } } }] }],
    },
  });
});

test("keeps a VirtualService of additional suffixes as it was written first", () => {
  const key = "identity:orders";
  const settings = withSuffixes(admiral);
  const first = planned(routedFleet({ settings, facts: orders() }), key, "c-ap")["VirtualService prd.orders.mesh-vs"]!;
  const spec = { hosts: ["prd.orders.mesh"], http: [{ route: [{ destination: { host: "changed" } }] }] };
  const facts = [...orders(), written(key, "c-ap", { ...first, spec })];
  const name = "VirtualService prd.orders.mesh-vs";
  assert.deepEqual(planned(routedFleet({ settings, facts }), key, "c-ap")[name]?.["spec"], spec);
  const mine = { ...settings, writing: { ...settings.writing, marks: "fairlead" as const } };
  assert.notDeepEqual(planned(routedFleet({ settings: mine, facts }), key, "c-ap")[name]?.["spec"], spec);
});

test("writes additional suffixes only for workloads that ask, or whose callers do", () => {
  const settings = withSuffixes(admiral);
  const additional = { ...settings.names.additional, labels: ["edge"] };
  const asking = { ...settings, names: { ...settings.names, additional } };
  const count = (facts: readonly Fact[]): number =>
    Object.keys(planned(routedFleet({ settings: asking, facts }), "identity:orders", "c-ap")).filter((name) =>
      name.endsWith(".mesh-vs"),
    ).length;
  assert.equal(count(orders()), 0);
  const annotations = { "sidecar.istio.io/inject": "true", edge: "yes" };
  assert.equal(count([...orders(), workload("c-ap/cart-ns/cart-2", { identity: "cart" }, { annotations })]), 1);
});

/** A Rollout in c-us, 85 to 15 between stable and canary, gRPC on 9000. */
function pay(): Fact[] {
  const annotations = { "sidecar.istio.io/inject": "true", "admiral.io/env": "prd" };
  const rollout = {
    strategy: "canary",
    stableService: "pay-stable",
    canaryService: "pay-canary",
    virtualServices: [{ name: "pay-vs", routes: ["primary"] }],
    managedRoutes: [],
    weight: 15,
  } as const;
  const spec = {
    hosts: ["pay"],
    http: [
      {
        name: "primary",
        route: [
          { destination: { host: "pay-stable" }, weight: 85 },
          { destination: { host: "pay-canary" }, weight: 15 },
        ],
      },
    ],
  };
  return [
    workload("c-us/pay/pay", { identity: "pay", app: "pay" }, { kind: "Rollout", annotations, rollout }),
    service("c-us/pay/pay-stable", ["grpc:9000"], { selector: { app: "pay" } }),
    service("c-us/pay/pay-canary", ["grpc:9000"], { selector: { app: "pay" } }),
    {
      fact: "routing",
      cluster: "c-us",
      namespace: "pay",
      name: "pay-vs",
      createdAt: "2025-01-01T00:00:00Z",
      ignored: false,
      kind: "VirtualService",
      labels: {},
      annotations: {},
      hosts: ["pay"],
      exportTo: [],
      spec,
    },
    dependency("cart", "cart", "pay"),
  ];
}

test("routes the gateway by the name that callers ask for, with the weights of a canary", () => {
  const fleet = routedFleet({ settings: admiral, facts: pay() });
  const to = (name: string) => ({ host: `${name}.pay.svc.cluster.local`, port: { number: 9000 } });
  const [canary, base] = ["outbound_.80_._.canary.prd.pay.global", "outbound_.80_._.prd.pay.global"] as const;
  const object = planned(fleet, "identity:pay", "c-us")["VirtualService prd.pay.global-routing-vs"];
  assert.deepEqual(object?.metadata, {
    name: "prd.pay.global-routing-vs",
    namespace: "istio-system",
    labels: { "admiral.io/vs-routing": "enabled" },
    annotations: mark,
  });
  assert.deepEqual(object["spec"], {
    gateways: ["istio-system/mesh-passthrough"],
    exportTo: ["istio-system"],
    hosts: [canary, base],
    tls: [
      { match: [{ port: 15443, sniHosts: [canary] }], route: [{ destination: to("pay-canary") }] },
      {
        match: [{ port: 15443, sniHosts: [base] }],
        route: [
          { destination: to("pay-canary"), weight: 15 },
          { destination: to("pay-stable"), weight: 85 },
        ],
      },
    ],
  });
});

test("balances the gateway over the Services of a namespace", () => {
  const fleet = routedFleet({ settings: admiral, facts: pay() });
  assert.deepEqual(planned(fleet, "namespace:c-us/pay", "c-us")["DestinationRule pay.svc.cluster.local-routing-dr"], {
    apiVersion: networking,
    kind: "DestinationRule",
    metadata: {
      name: "pay.svc.cluster.local-routing-dr",
      namespace: "istio-system",
      labels: { "admiral.io/vs-routing": "enabled" },
      annotations: mark,
    },
    spec: {
      host: "*.pay.svc.cluster.local",
      exportTo: ["istio-system"],
      trafficPolicy: {
        loadBalancer: { simple: "ROUND_ROBIN", localityLbSetting: { enabled: false } },
        tls: { subjectAltNames: ["spiffe://mesh.acme/pay"] },
        connectionPool: { http: { maxRequestsPerConnection: 100 } },
      },
    },
  });
});

test("warms new endpoints of the gateway's rule up in clusters with slow start", () => {
  const ingress = { ...admiral.routing.ingress!, slowStartClusters: ["c-us"] };
  const settings = { ...admiral, routing: { ...admiral.routing, ingress } };
  const fleet = routedFleet({ settings, facts: pay() });
  const rule = planned(fleet, "namespace:c-us/pay", "c-us")["DestinationRule pay.svc.cluster.local-routing-dr"];
  assert.match(JSON.stringify(rule), /"warmupDurationSecs":"45s"/);
});

test("warms new endpoints up as a TrafficConfig says, where the balancer knows how", () => {
  const slow = { edgeService: { slowStartConfig: [{ workloadEnvSelectors: ["prd"], duration: "90s" }] } };
  const config = policy("TrafficConfig", "home/admiral/orders", "orders", slow, { env: "prd" });
  for (const [simple, expected] of [
    ["ROUND_ROBIN", "90s"],
    ["PASSTHROUGH", undefined],
  ] as const) {
    const ingress = { ...admiral.routing.ingress!, simple };
    const settings = { ...ours, routing: { ...admiral.routing, ingress } };
    const fleet = routedFleet({ settings, facts: [...orders(), config] });
    const rule = planned(fleet, "namespace:c-eu/shop", "c-eu")["DestinationRule shop.svc.cluster.local-routing-dr"]!;
    const { loadBalancer } = (rule["spec"] as { trafficPolicy: { loadBalancer: JsonObject } }).trafficPolicy;
    assert.equal(loadBalancer["warmupDurationSecs"], expected);
  }
});

test("writes no routing of the gateway in a cluster where it is off, nor without a gateway", () => {
  for (const ingress of [
    { ...admiral.routing.ingress!, disabledClusters: ["c-us"] },
    { ...admiral.routing.ingress!, gateways: [] },
  ]) {
    const fleet = routedFleet({ settings: { ...admiral, routing: { ...admiral.routing, ingress } }, facts: pay() });
    const names = Object.keys({
      ...planned(fleet, "identity:pay", "c-us"),
      ...planned(fleet, "namespace:c-us/pay", "c-us"),
    });
    assert.deepEqual(
      names.filter((name) => name.includes("-routing-")),
      [],
    );
    assert.ok(names.includes("VirtualService prd.pay.global-incluster-vs"));
  }
});

test("splits the gateway's requests evenly where a Deployment becomes a Rollout", () => {
  const annotations = { "sidecar.istio.io/inject": "true", "admiral.io/env": "prd" };
  const more = [
    workload(
      "c-us/shop/orders-new",
      { identity: "Orders", app: "orders-new" },
      {
        kind: "Rollout",
        annotations,
        rollout: { strategy: "blueGreen", activeService: "orders-new", previewService: "orders-preview" },
      },
    ),
    service("c-us/shop/orders-new", ["http:8080"]),
    service("c-us/shop/orders-preview", ["http:8080"], { selector: { app: "orders-new" } }),
  ];
  const fleet = routedFleet({ settings: admiral, facts: [...orders(), ...more] });
  const object = planned(fleet, "identity:orders", "c-us")["VirtualService prd.orders.global-routing-vs"];
  const weights = JSON.stringify(object).match(/"weight":\d+/g);
  assert.deepEqual(weights, ['"weight":50', '"weight":50']);
});

test("routes callers of a cluster to its own Services, as far as the weights of regions go", () => {
  const fleet = routedFleet({
    settings: admiral,
    facts: [...orders(), shares({ "eu-west-1": 70, "us-east-1": 30 })],
  });
  const name = "VirtualService prd.orders.global-incluster-vs";
  assert.deepEqual(planned(fleet, "identity:orders", "c-eu")[name], {
    apiVersion: networking,
    kind: "VirtualService",
    metadata: {
      name: "prd.orders.global-incluster-vs",
      namespace: "istio-system",
      labels: { "admiral.io/vs-routing": "enabled", "admiral.io/vs-routing-type": "incluster" },
      annotations: mark,
    },
    spec: {
      // The namespace of the service itself is among its callers, that of the gateways is not.
      exportTo: ["cart-ns", "shop"],
      hosts: ["prd.orders.global"],
      http: [
        {
          name: "prd.orders.global",
          match: [{ authority: { prefix: "prd.orders.global" } }, { authority: { prefix: "prd.Orders.global" } }],
          route: [
            { destination: { host: "orders-svc.shop.svc.cluster.local", port: { number: 8080 } }, weight: 70 },
            { destination: { host: "prd.orders.global", port: { number: 80 } }, weight: 30 },
          ],
        },
      ],
    },
  });
  assert.equal(planned(fleet, "identity:orders", "c-ap")[name], undefined);
});

test("keeps callers where they are at 100 percent, and sends all elsewhere at 0", () => {
  const routes = (weights: { [region: string]: number }): unknown => {
    const fleet = routedFleet({ settings: admiral, facts: [...orders(), shares(weights)] });
    const object = planned(fleet, "identity:orders", "c-eu")["VirtualService prd.orders.global-incluster-vs"];
    return (object!["spec"] as { http: { route: unknown }[] }).http[0]!.route;
  };
  const local = { destination: { host: "orders-svc.shop.svc.cluster.local", port: { number: 8080 } } };
  assert.deepEqual(routes({ "eu-west-1": 100, "us-east-1": 0 }), [local]);
  assert.deepEqual(routes({ "eu-west-1": 0, "us-east-1": 100 }), [
    local,
    { destination: { host: "prd.orders.global", port: { number: 80 } }, weight: 100 },
  ]);
});

test("hides routing in a cluster that is off from everybody but the sync namespace", () => {
  const exportTo = (settings: MeshSettings): unknown => {
    const fleet = routedFleet({ settings, facts: orders() });
    const object = planned(fleet, "identity:orders", "c-eu")["VirtualService prd.orders.global-incluster-vs"];
    return (object!["spec"] as { exportTo: unknown }).exportTo;
  };
  const inCluster = admiral.routing.inCluster!;
  const set = (change: Partial<typeof inCluster>): MeshSettings => ({
    ...admiral,
    routing: { ...admiral.routing, inCluster: { ...inCluster, ...change } },
  });
  assert.deepEqual(exportTo(set({})), ["cart-ns", "shop"]);
  assert.deepEqual(exportTo(set({ enabled: {} })), ["admiral-sync"]);
  assert.deepEqual(exportTo(set({ disabled: { "c-eu": ["Orders"] } })), ["admiral-sync"]);
  assert.deepEqual(exportTo(set({ disabled: { "c-us": ["*"] } })), ["cart-ns", "shop"]);
  assert.deepEqual(exportTo({ ...admiral, scope: { ...admiral.scope, exportTo: undefined } }), ["admiral-sync"]);
});

test("leaves callers alone where a user routes a name of the service, and says so", () => {
  const own = routing("c-us/shop/own", "VirtualService", ["prd.orders.global"], { hosts: ["prd.orders.global"] });
  const fleet = routedFleet({ settings: admiral, facts: [...orders(), own] });
  const object = planned(fleet, "identity:orders", "c-eu")["VirtualService prd.orders.global-incluster-vs"];
  assert.deepEqual((object!["spec"] as { exportTo: unknown }).exportTo, ["admiral-sync"]);
  const { findings } = planKey(fleet, "identity:orders");
  assert.deepEqual(
    findings.map(({ code, object: about }) => [code, about?.name]),
    [
      ["FL815", "own"],
      ["FL815", "own"],
    ],
  );
});

test("balances callers of a cluster over the Services of a namespace", () => {
  const fleet = routedFleet({ settings: admiral, facts: orders() });
  assert.deepEqual(
    planned(fleet, "namespace:c-eu/shop", "c-eu")["DestinationRule shop.svc.cluster.local-incluster-dr"],
    {
      apiVersion: networking,
      kind: "DestinationRule",
      metadata: {
        name: "shop.svc.cluster.local-incluster-dr",
        namespace: "istio-system",
        labels: { "admiral.io/vs-routing": "enabled" },
        annotations: mark,
      },
      spec: {
        host: "*.shop.svc.cluster.local",
        exportTo: ["cart-ns", "shop"],
        trafficPolicy: {
          loadBalancer: { simple: "ROUND_ROBIN", localityLbSetting: { enabled: false } },
          tls: { mode: "ISTIO_MUTUAL", subjectAltNames: ["spiffe://mesh.acme/Orders"] },
          connectionPool: { http: { maxRequestsPerConnection: 100 } },
        },
      },
    },
  );
});

test("keeps a namespace's rule as any of its identities was written last", () => {
  const key = "namespace:c-eu/shop";
  const annotations = { "sidecar.istio.io/inject": "true", "admiral.io/env": "prd" };
  const more: Fact[] = [
    workload("c-eu/shop/zoo", { identity: "zoo" }, { annotations }),
    service("c-eu/shop/zoo", ["http:80"]),
    dependency("dog", "dog", "zoo"),
  ];
  const name = "DestinationRule shop.svc.cluster.local-incluster-dr";
  const before = planned(routedFleet({ settings: admiral, facts: more }), key, "c-eu")[name]!;
  assert.match(JSON.stringify(before), /mesh\.acme\/zoo/);
  const facts = [...orders(), ...more];
  const fresh = planned(routedFleet({ settings: admiral, facts }), key, "c-eu")[name]!;
  assert.match(JSON.stringify(fresh), /mesh\.acme\/Orders/);
  const kept = planned(
    routedFleet({ settings: admiral, facts: [...facts, written(key, "c-eu", before)] }),
    key,
    "c-eu",
  );
  assert.deepEqual(kept[name], before);
});

test("puts prefixes of policies into the routing of gateways and callers", () => {
  const fleet = routedFleet({
    settings: admiral,
    facts: [...orders(), shares({ "eu-west-1": 90, "us-east-1": 10 }, "eu")],
  });
  const objects = planned(fleet, "identity:orders", "c-eu");
  const hosts = (name: string): unknown => (objects[`VirtualService ${name}`]!["spec"] as { hosts: unknown }).hosts;
  assert.deepEqual(hosts("prd.orders.global-incluster-vs"), ["eu.prd.orders.global", "prd.orders.global"]);
  assert.deepEqual(hosts("prd.orders.global-routing-vs"), [
    "outbound_.80_._.eu.prd.orders.global",
    "outbound_.80_._.prd.orders.global",
  ]);
});

test("is not shaken by a policy that says nothing", () => {
  const empty = policy("GlobalTrafficPolicy", "c-eu/shop/none", "orders", {}, { env: "prd" });
  const fleet = routedFleet({ settings: admiral, facts: [...orders(), empty] });
  assert.ok(planned(fleet, "identity:orders", "c-eu")["VirtualService prd.orders.global-incluster-vs"]);
});
