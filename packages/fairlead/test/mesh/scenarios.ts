/** Fleets that people have, by what is special about them. */
import type { JsonObject } from "@fairlead/apimachinery";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { admiralSettings, defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { dependency, deployment, manifest, registered, service, type WorkloadText } from "./world.ts";

export interface Scenario {
  readonly name: string;
  readonly settings: MeshSettings;
  readonly changes: readonly FleetChange[];
}

export const stage = { template: { annotations: { "admiral.io/env": "stage" } } } satisfies WorkloadText;

/** `eu` and `us` with a gateway each, `ap` too. */
export const threeClusters: readonly FleetChange[] = [
  ...registered("eu", "eu-west-1"),
  ...registered("us", "us-east-1"),
  ...registered("ap", "ap-south-1"),
];

/** A Deployment and its Service at `CLUSTER/NAMESPACE/NAME`. */
export function app(
  place: string,
  identity: string,
  ports: readonly (string | number)[] = ["http:8080"],
  text: WorkloadText = stage,
): FleetChange[] {
  return [deployment(place, identity, text), service(place, ports)];
}

export function trafficPolicy(place: string, identity: string, ...policy: JsonObject[]): FleetChange {
  return manifest(place, "GlobalTrafficPolicy", { policy }, { labels: { identity } });
}

export const shares = {
  dnsPrefix: "default",
  lbType: "FAILOVER",
  target: [
    { region: "eu-west-1", weight: 70 },
    { region: "us-east-1", weight: 30 },
    { region: "ap-south-1", weight: 0 },
  ],
};

export const canaryRollout: readonly FleetChange[] = [
  deployment("us/pay/pay", "pay", {
    ...stage,
    kind: "Rollout",
    spec: {
      strategy: {
        canary: {
          stableService: "pay-stable",
          canaryService: "pay-canary",
          trafficRouting: { istio: { virtualService: { name: "pay" } } },
        },
      },
    },
  }),
  service("us/pay/pay-stable", ["grpc:9000"], { selector: { app: "pay" } }),
  service("us/pay/pay-canary", ["grpc:9000"], { selector: { app: "pay" } }),
  manifest(
    "us/pay/pay",
    "VirtualService",
    {
      hosts: ["pay"],
      http: [
        {
          route: [
            { destination: { host: "pay-stable" }, weight: 85 },
            { destination: { host: "pay-canary.pay.svc.cluster.local" }, weight: 15 },
          ],
        },
      ],
    },
    { apiVersion: "networking.istio.io/v1" },
  ),
];

export const blueGreenRollout: readonly FleetChange[] = [
  deployment("eu/web/web", "web", {
    ...stage,
    kind: "Rollout",
    spec: { strategy: { blueGreen: { activeService: "web-active", previewService: "web-preview" } } },
  }),
  service("eu/web/web-active", [80], { selector: { app: "web" } }),
  service("eu/web/web-preview", [80], { selector: { app: "web" } }),
];

export const database: readonly FleetChange[] = [
  deployment("eu/data/db", "db", { ...stage, kind: "StatefulSet", spec: { serviceName: "db", replicas: 2 } }),
  service("eu/data/db", ["tcp-sql:5432>sql"], { spec: { clusterIP: "None" } }),
];

export const machines: readonly FleetChange[] = [
  manifest(
    "eu/legacy/vm-1",
    "WorkloadEntry",
    {
      address: "10.1.2.3",
      labels: { app: "ledger", identity: "ledger" },
      ports: { http: 8080 },
      serviceAccount: "ledger",
    },
    { apiVersion: "networking.istio.io/v1", labels: { identity: "ledger" } },
  ),
  manifest(
    "us/partners/rates",
    "ServiceEntry",
    {
      hosts: ["api.rates.example"],
      ports: [{ number: 443, name: "tls", protocol: "TLS" }],
      location: "MESH_EXTERNAL",
      resolution: "DNS",
    },
    { apiVersion: "networking.istio.io/v1", labels: { identity: "rates" } },
  ),
];

const orders = [...app("eu/shop/orders", "orders"), ...app("us/store/orders", "orders")];
const everything: readonly FleetChange[] = [
  ...threeClusters,
  ...orders,
  ...app("ap/shop/orders", "orders", ["http:8080", "grpc:9090", "metrics:9100", "dns:53/UDP"]),
  ...app("ap/carts/cart", "cart"),
  ...canaryRollout,
  ...blueGreenRollout,
  ...database,
  ...machines,
  dependency("cart", ["orders", "pay", "db"]),
  trafficPolicy("eu/shop/orders", "orders", shares, { dnsPrefix: "west", lbType: "TOPOLOGY" }),
  manifest(
    "eu/shop/orders",
    "ClientConnectionConfig",
    {
      connectionPool: {
        tcp: {
          maxConnections: 50,
          connectTimeout: "3s",
          tcpKeepalive: { probes: 3, time: "2h", interval: "75s" },
          maxConnectionDuration: "10m",
        },
        http: {
          http1MaxPendingRequests: 10,
          http2MaxRequests: 20,
          maxRequestsPerConnection: 30,
          maxRetries: 4,
          idleTimeout: "90s",
          h2UpgradePolicy: "UPGRADE",
          useClientProtocol: true,
        },
      },
      tunnel: { protocol: "CONNECT", targetHost: "proxy.acme.example", targetPort: 443 },
    },
    { labels: { identity: "orders" } },
  ),
  manifest(
    "eu/shop/orders",
    "OutlierDetection",
    { outlier_config: { base_ejection_time: 20, consecutive_gateway_errors: 3, interval: 4 } },
    { labels: { identity: "orders" } },
  ),
];

export const scenarios: readonly Scenario[] = [
  { name: "one service in two clusters", settings: defaultSettings, changes: [...threeClusters, ...orders] },
  { name: "everything at once", settings: defaultSettings, changes: everything },
  { name: "everything at once, as the predecessor", settings: admiralSettings, changes: everything },
  {
    name: "everything at once, as the predecessor with all of its options",
    settings: {
      ...admiralSettings,
      scope: { ...admiralSettings.scope, exportTo: { identities: ["*"], most: 35 } },
      traffic: {
        ...admiralSettings.traffic,
        subjectNames: { kind: "prefix", prefix: "mesh.acme" },
        clientConnections: true,
        activePassive: true,
      },
    },
    changes: everything,
  },
  {
    name: "addresses of both families",
    settings: {
      ...defaultSettings,
      addresses: { ...defaultSettings.addresses, ranges: ["240.0.0.0/16", "fd00::/112"] },
    },
    changes: everything,
  },
];
