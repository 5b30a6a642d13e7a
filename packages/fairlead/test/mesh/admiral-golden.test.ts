/** The objects that the predecessor writes, to the letter: what its reference shows is what is planned. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { isObject, type JsonObject } from "@fairlead/apimachinery";
import { parseStream } from "@fairlead/krm";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { admiralSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { registered, dependency, deployment, manifest, plannedObject, service, world } from "./world.ts";

const settings: MeshSettings = {
  ...admiralSettings,
  scope: { ...admiralSettings.scope, exportTo: { identities: ["*"], most: 35 } },
  traffic: {
    ...admiralSettings.traffic,
    subjectNames: { kind: "prefix", prefix: "mesh.acme" },
    clientConnections: true,
  },
};

const clusters = [
  ...registered("c-eu", "eu-west-1"),
  ...registered("c-us", "us-east-1"),
  ...registered("c-ap", "ap-south-1"),
];
const prd = { annotations: { "admiral.io/env": "prd" } };
const orders: FleetChange[] = [
  deployment("c-eu/shop/orders", "Orders", { template: prd }),
  service("c-eu/shop/orders-svc", [8080], { selector: { app: "orders" } }),
  deployment("c-us/shop/orders", "Orders", { template: prd }),
  service("c-us/shop/orders-svc", [8080], { selector: { app: "orders" } }),
  deployment("c-ap/cart-ns/cart", "cart", { template: prd }),
  // A client beside the source, so that its namespace sees the name there too.
  deployment("c-eu/cart-ns/cart", "cart", { template: prd }),
  dependency("cart", ["Orders"]),
];
const addresses = { "prd.orders.global": ["240.0.10.1"], "eu.prd.orders.global": ["240.0.10.9"] };

function yaml(text: string): JsonObject {
  const value = parseStream(text).documents[0]!.value;
  assert.ok(isObject(value));
  return value;
}

function ordersPlan(...more: FleetChange[]) {
  return planKey(world(settings, [...clusters, ...orders, ...more], addresses), "identity:orders");
}

test("a ServiceEntry in a source cluster has its Service, the other sources' gateways and who may see it", () => {
  assert.deepEqual(
    plannedObject(ordersPlan(), "c-eu", "ServiceEntry prd.orders.global-se"),
    yaml(`apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: prd.orders.global-se, namespace: admiral-sync, labels: {admiral.io/env: prd},
  annotations: {app.kubernetes.io/created-by: admiral, identity: Orders}}
spec:
  hosts: [prd.orders.global]
  addresses: [240.0.10.1]
  ports: [{number: 80, name: http, protocol: http}]
  location: MESH_INTERNAL
  resolution: DNS
  subjectAltNames: ["spiffe://mesh.acme/Orders"]
  exportTo: [cart-ns, istio-system, shop]
  endpoints:
  - {address: lb-us.acme.example., locality: us-east-1, ports: {http: 15443}, labels: {type: deployment, security.istio.io/tlsMode: istio}}
  - {address: orders-svc.shop.svc.cluster.local, locality: eu-west-1, ports: {http: 8080}, labels: {type: deployment, security.istio.io/tlsMode: istio}}
`),
  );
});

test("a ServiceEntry in a dependent cluster has gateways only", () => {
  assert.deepEqual(
    plannedObject(ordersPlan(), "c-ap", "ServiceEntry prd.orders.global-se"),
    yaml(`apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: prd.orders.global-se, namespace: admiral-sync, labels: {admiral.io/env: prd},
  annotations: {app.kubernetes.io/created-by: admiral, identity: Orders}}
spec:
  hosts: [prd.orders.global]
  addresses: [240.0.10.1]
  ports: [{number: 80, name: http, protocol: http}]
  location: MESH_INTERNAL
  resolution: DNS
  subjectAltNames: ["spiffe://mesh.acme/Orders"]
  exportTo: [cart-ns]
  endpoints:
  - {address: lb-eu.acme.example., locality: eu-west-1, ports: {http: 15443}, labels: {type: deployment, security.istio.io/tlsMode: istio}}
  - {address: lb-us.acme.example., locality: us-east-1, ports: {http: 15443}, labels: {type: deployment, security.istio.io/tlsMode: istio}}
`),
  );
});

const failover = manifest(
  "c-eu/shop/orders-gtp",
  "GlobalTrafficPolicy",
  {
    policy: [
      {
        dnsPrefix: "default",
        lbType: 1,
        target: [
          { region: "eu-west-1", weight: 0 },
          { region: "us-east-1", weight: 100 },
        ],
      },
      {
        dnsPrefix: "eu",
        lbType: 1,
        target: [
          { region: "eu-west-1", weight: 90 },
          { region: "us-east-1", weight: 10 },
        ],
      },
    ],
  },
  { labels: { identity: "Orders", env: "prd" } },
);

test("a DestinationRule has shares by region, the OutlierDetection's numbers and the ClientConnectionConfig's", () => {
  const plan = ordersPlan(
    failover,
    manifest(
      "c-us/shop/orders-od",
      "OutlierDetection",
      { outlier_config: { base_ejection_time: 90, consecutive_gateway_errors: 12, interval: 15 } },
      { labels: { identity: "Orders", env: "prd" } },
    ),
    manifest(
      "c-us/shop/orders-ccc",
      "ClientConnectionConfig",
      { connectionPool: { http: { idleTimeout: "30s", maxRetries: 3 }, tcp: { maxConnectionDuration: "10m" } } },
      { labels: { identity: "Orders", env: "prd" } },
    ),
  );
  assert.deepEqual(
    plannedObject(plan, "c-eu", "DestinationRule prd.orders.global-default-dr"),
    yaml(`apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: prd.orders.global-default-dr, namespace: admiral-sync, annotations: {app.kubernetes.io/created-by: admiral}}
spec:
  host: prd.orders.global
  exportTo: [cart-ns, istio-system, shop]
  trafficPolicy:
    tls: {mode: ISTIO_MUTUAL}
    connectionPool: {http: {maxRequestsPerConnection: 100, idleTimeout: 30s}, tcp: {maxConnectionDuration: 600s}}
    loadBalancer:
      simple: LEAST_REQUEST
      warmupDurationSecs: 45s
      localityLbSetting: {distribute: [{from: "eu-west-1/*", to: {us-east-1: 100}}]}
    outlierDetection: {baseEjectionTime: 90s, consecutiveGatewayErrors: 12, consecutive5xxErrors: 0, interval: 15s, maxEjectionPercent: 100}
`),
  );
});

test("a policy's prefix makes a host of its own, with its own address and shares", () => {
  const plan = ordersPlan(failover);
  assert.deepEqual(
    plannedObject(plan, "c-eu", "ServiceEntry eu.prd.orders.global-se"),
    yaml(`apiVersion: networking.istio.io/v1
kind: ServiceEntry
metadata: {name: eu.prd.orders.global-se, namespace: admiral-sync, labels: {admiral.io/env: prd},
  annotations: {app.kubernetes.io/created-by: admiral, identity: Orders, dns-prefix: eu, associated-gtp: orders-gtp}}
spec:
  hosts: [eu.prd.orders.global]
  addresses: [240.0.10.9]
  ports: [{number: 80, name: http, protocol: http}]
  location: MESH_INTERNAL
  resolution: DNS
  subjectAltNames: ["spiffe://mesh.acme/Orders"]
  exportTo: [cart-ns, istio-system, shop]
  endpoints:
  - {address: lb-us.acme.example., locality: us-east-1, ports: {http: 15443}, labels: {type: deployment, security.istio.io/tlsMode: istio}}
  - {address: orders-svc.shop.svc.cluster.local, locality: eu-west-1, ports: {http: 8080}, labels: {type: deployment, security.istio.io/tlsMode: istio}}
`),
  );
  assert.deepEqual(
    plannedObject(plan, "c-eu", "DestinationRule eu.prd.orders.global-dr"),
    yaml(`apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: eu.prd.orders.global-dr, namespace: admiral-sync, annotations: {app.kubernetes.io/created-by: admiral}}
spec:
  host: eu.prd.orders.global
  exportTo: [cart-ns, istio-system, shop]
  trafficPolicy:
    tls: {mode: ISTIO_MUTUAL}
    connectionPool: {http: {maxRequestsPerConnection: 100}}
    loadBalancer: {simple: LEAST_REQUEST, warmupDurationSecs: 45s, localityLbSetting: {distribute: [{from: "eu-west-1/*", to: {eu-west-1: 90, us-east-1: 10}}]}}
    outlierDetection: {baseEjectionTime: 300s, consecutiveGatewayErrors: 50, consecutive5xxErrors: 0, interval: 60s, maxEjectionPercent: 100}
`),
  );
});

test("a canary's weights are those of its Services' endpoints in its own cluster alone", () => {
  const pay: FleetChange[] = [
    deployment("c-us/pay/pay", "pay", {
      kind: "Rollout",
      template: prd,
      spec: {
        strategy: {
          canary: {
            stableService: "pay-stable",
            canaryService: "pay-canary",
            trafficRouting: { istio: { virtualService: { name: "pay", routes: ["primary"] } } },
          },
        },
      },
    }),
    service("c-us/pay/pay-stable", ["grpc:9000"], { selector: { app: "pay" } }),
    service("c-us/pay/pay-canary", ["grpc:9000"], { selector: { app: "pay" } }),
    manifest(
      "c-us/pay/pay",
      "VirtualService",
      {
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
      },
      { apiVersion: "networking.istio.io/v1" },
    ),
    dependency("cart", ["pay"]),
  ];
  const plan = planKey(world(settings, [...clusters, ...orders, ...pay]), "identity:pay");
  const entry = (name: string, title: string) =>
    (plannedObject(plan, name, `ServiceEntry ${title}-se`)["spec"] as JsonObject)["endpoints"];
  assert.deepEqual(
    { endpoints: entry("c-us", "prd.pay.global") },
    yaml(`endpoints:
- {address: pay-stable.pay.svc.cluster.local, weight: 85, locality: us-east-1, ports: {grpc: 9000}, labels: {type: rollout, security.istio.io/tlsMode: istio}}
- {address: pay-canary.pay.svc.cluster.local, weight: 15, locality: us-east-1, ports: {grpc: 9000}, labels: {type: rollout, security.istio.io/tlsMode: istio}}
`),
  );
  const canary = yaml(`endpoints:
- {address: pay-canary.pay.svc.cluster.local, locality: us-east-1, ports: {grpc: 9000}, labels: {type: rollout, security.istio.io/tlsMode: istio}}
`);
  assert.deepEqual({ endpoints: entry("c-us", "canary.prd.pay.global") }, canary);
  const gateway = yaml(`endpoints:
- {address: lb-us.acme.example., locality: us-east-1, ports: {grpc: 15443}, labels: {type: rollout, security.istio.io/tlsMode: istio}}
`);
  for (const host of ["prd.pay.global", "canary.prd.pay.global"]) {
    assert.deepEqual({ endpoints: entry("c-ap", host) }, gateway, host);
  }
});
