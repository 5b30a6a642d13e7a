/** A fleet of two clusters in which most rules of the predecessor show. */
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";

/** What is in each cluster; the first one is the home. */
export interface World {
  readonly west: readonly KrmObject[];
  readonly east: readonly KrmObject[];
}

export const regions = { west: "us-west-2", east: "us-east-2" } as const;
export const syncNamespace = "admiral-sync";
export const homeNamespace = "admiral";

interface Template {
  readonly labels?: JsonObject;
  readonly annotations?: JsonObject;
}

const stage: Template = { annotations: { "admiral.io/env": "stage" } };

function workload(
  kind: "Deployment" | "Rollout",
  place: string,
  { labels = {}, annotations = {} }: Template,
  spec: JsonObject = {},
  own: JsonObject = {},
): KrmObject {
  const [namespace, name] = place.split("/") as [string, string];
  return {
    apiVersion: kind === "Deployment" ? "apps/v1" : "argoproj.io/v1alpha1",
    kind,
    metadata: { name, namespace, ...own },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: name } },
      template: {
        metadata: {
          labels: { app: name, ...labels },
          annotations: { "sidecar.istio.io/inject": "true", ...annotations },
        },
        spec: { containers: [{ name: "main", image: "registry.example/app:1" }] },
      },
      ...spec,
    },
  } as KrmObject;
}

/** Ports as `NAME:PORT` or `NAME:PORT>TARGET`. */
function service(place: string, ports: readonly string[], selected?: string): KrmObject {
  const [namespace, name] = place.split("/") as [string, string];
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name, namespace },
    spec: {
      selector: { app: selected ?? name },
      ports: ports.map((text) => {
        const [, port, number, target] = /^(.+):(\d+)(?:>(\d+))?$/.exec(text)!;
        return { name: port, port: Number(number), targetPort: Number(target ?? number), protocol: "TCP" };
      }),
    },
  } as KrmObject;
}

function app(place: string, identity: string, ports = ["http:8080"], template: Template = stage): KrmObject[] {
  const labels = { identity, ...template.labels };
  return [workload("Deployment", place, { ...template, labels }), service(place, ports)];
}

function policy(place: string, metadata: JsonObject, ...policies: JsonObject[]): KrmObject {
  const [namespace, name] = place.split("/") as [string, string];
  return {
    apiVersion: "admiral.io/v1alpha1",
    kind: "GlobalTrafficPolicy",
    metadata: { name, namespace, ...metadata },
    spec: { policy: policies },
  } as KrmObject;
}

function failover(dnsPrefix: string, west: number, east: number, more: JsonObject = {}): JsonObject {
  const target = [
    { region: regions.west, weight: west },
    { region: regions.east, weight: east },
  ];
  return { dnsPrefix, lbType: 1, target, ...more };
}

function dependency(source: string, ...destinations: string[]): KrmObject {
  return {
    apiVersion: "admiral.io/v1alpha1",
    kind: "Dependency",
    metadata: { name: source.toLowerCase(), namespace: homeNamespace },
    spec: { source, identityLabel: "identity", destinations },
  } as KrmObject;
}

function clusterParts(region: string, gateway: JsonObject): KrmObject[] {
  return [
    {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name: "node-1", labels: { "failure-domain.beta.kubernetes.io/region": region } },
    },
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "gateway", namespace: "istio-system", labels: { app: "istio-ingressgateway" } },
      ...gateway,
    },
  ] as KrmObject[];
}

const tls = { name: "tls", port: 15443, targetPort: 15443, protocol: "TCP" };
const balancer = { type: "LoadBalancer", selector: { app: "gateway" }, ports: [tls] };
export const gateways = {
  hostname: { spec: balancer, status: { loadBalancer: { ingress: [{ hostname: "lb-west.example" }] } } },
  address: { spec: balancer, status: { loadBalancer: { ingress: [{ ip: "192.0.2.10" }] } } },
  external: {
    spec: {
      type: "NodePort",
      selector: { app: "gateway" },
      externalIPs: ["192.0.2.7"],
      ports: [
        { name: "status", port: 15021, targetPort: 15021, protocol: "TCP" },
        { ...tls, nodePort: 31_443 },
      ],
    },
  },
} satisfies { [name: string]: JsonObject };

const canary = {
  strategy: {
    canary: {
      stableService: "pay-stable",
      canaryService: "pay-canary",
      trafficRouting: { istio: { virtualService: { name: "pay", routes: ["primary"] } } },
    },
  },
};
const blueGreen = { strategy: { blueGreen: { activeService: "web-active", previewService: "web-preview" } } };
const payRoutes = (stable: number): KrmObject => ({
  apiVersion: "networking.istio.io/v1",
  kind: "VirtualService",
  metadata: { name: "pay", namespace: "pay", annotations: { "admiral.io/ignore": "true" } },
  spec: {
    hosts: ["pay.internal"],
    http: [
      {
        name: "primary",
        route: [
          { destination: { host: "pay-stable" }, weight: stable },
          { destination: { host: "pay-canary" }, weight: 100 - stable },
        ],
      },
    ],
  },
});

const ordersMetadata = { labels: { identity: "orders" }, annotations: { "admiral.io/env": "stage" } };

/** What both clusters call, so that all names are wanted everywhere. */
const called = ["greeting", "orders", "Billing", "Keep.Case", "rpc", "inbound", "pay", "web", "told", "lone", "prio"];

export const world: World = {
  west: [
    ...clusterParts(regions.west, gateways.hostname),
    // One cluster only, an env of its own.
    ...app("sample/greeting", "greeting"),
    // In both clusters, in different namespaces; weights, and names of regions.
    ...app("shop/orders", "orders"),
    policy(
      "shop/orders",
      ordersMetadata,
      failover("default", 70, 30, {
        outlier_detection: { base_ejection_time: 90, consecutive_gateway_errors: 12, interval: 15 },
      }),
      failover("west", 100, 0),
      failover("East", 0, 100),
    ),
    // In another namespace than its workload: nothing for it.
    policy("sample/stray", { labels: { identity: "orders", env: "stage", priority: "9" } }, failover("default", 1, 99)),
    ...app("shop/billing", "Billing", ["http2-api:9000"], { labels: { env: "stage" } }),
    policy("shop/billing", { labels: { identity: "Billing", env: "stage" } }, { dnsPrefix: "default", lbType: 0 }),
    ...app("cases/keep", "Keep.Case", ["http:80"], {
      annotations: { "admiral.io/env": "stage", "admiral.io/cname-case-sensitive": "true" },
    }),
    ...app("rpc/rpc", "rpc", ["grpc-api:9090"]),
    ...app("rpc/inbound", "inbound", ["metrics:9100", "grpc-web-ui:7000>7070", "http:8080"], {
      annotations: { "admiral.io/env": "stage", "traffic.sidecar.istio.io/includeInboundPorts": "7070,8080" },
    }),
    workload("Rollout", "pay/pay", { ...stage, labels: { identity: "pay" } }, canary),
    service("pay/pay-stable", ["grpc:9000"], "pay"),
    service("pay/pay-canary", ["grpc:9000"], "pay"),
    payRoutes(85),
    // Two policies: priority beats age. The third is for another env.
    ...app("prio/prio", "prio"),
    policy("prio/high", { labels: { identity: "prio", env: "stage", priority: "2" } }, failover("stage", 40, 60)),
    policy("prio/low", { labels: { identity: "prio", env: "stage", priority: "1" } }, failover("default", 10, 90)),
    policy("prio/other", { labels: { identity: "prio", env: "qal" } }, failover("default", 0, 100)),
    // Nobody calls it: known in its own cluster only.
    ...app("sample/quiet", "quiet"),
    // None of these is part of the mesh.
    workload("Deployment", "out/label", { ...stage, labels: { identity: "out1", "admiral-ignore": "true" } }),
    service("out/label", ["http:80"]),
    workload("Deployment", "out/plain", {
      labels: { identity: "out2" },
      annotations: { "sidecar.istio.io/inject": "false" },
    }),
    service("out/plain", ["http:80"]),
    workload(
      "Deployment",
      "out/annotated",
      { labels: { identity: "out3" } },
      {},
      {
        annotations: { "admiral.io/ignore": "true" },
      },
    ),
    service("out/annotated", ["http:80"]),
    workload("Deployment", "out/nobody", stage),
    service("out/nobody", ["http:80"]),
    workload("Deployment", "out/unserved", { ...stage, labels: { identity: "out4" } }),
    ...app("callers/west-caller", "west.caller"),
    dependency("west.caller", ...called),
    dependency("east.caller", ...called, "nobody-runs-this", "out1"),
  ],
  east: [
    ...clusterParts(regions.east, gateways.external),
    ...app("shop-east/orders", "orders", ["http-web:8081"]),
    // The same name in another env is another one.
    ...app("shop-east/orders-qal", "orders", ["http:8080"], { annotations: { "admiral.io/env": "qal" } }),
    workload("Rollout", "web/web", { ...stage, labels: { identity: "web" } }, blueGreen),
    service("web/web-active", ["http:8080"], "web"),
    service("web/web-preview", ["http:8080"], "web"),
    // Its env is the last part of its namespace, its identity an annotation.
    workload("Deployment", "team-prd/told", { annotations: { identity: "told" } }),
    service("team-prd/told", ["web:8080"]),
    // No env at all.
    ...app("lone/lone", "lone", ["http:8080"], {}),
    ...app("callers/east-caller", "east.caller"),
  ],
};

/** Names that must be there once the predecessor has done its work: what nobody waits for nobody misses. */
export const expected: { readonly [cluster in keyof World]: readonly string[] } = (() => {
  const everywhere =
    "default.lone East.stage.orders prd.told preview.stage.web qal.orders stage.Keep.Case stage.billing stage.greeting " +
    "stage.inbound stage.orders stage.pay stage.prio stage.rpc stage.web west.stage.orders";
  const all = (more: string[]): string[] => [...everywhere.split(" "), ...more].map((name) => `${name}.mesh`).sort();
  return { west: all(["stage.quiet", "stage.west.caller"]), east: all(["stage.east.caller"]) };
})();

/** What becomes of the fleet while the predecessor runs. */
export const changed: {
  readonly [cluster in keyof World]: { readonly put: readonly KrmObject[]; readonly gone: readonly KrmObject[] };
} = {
  west: {
    put: [payRoutes(60), policy("shop/orders", ordersMetadata, failover("default", 20, 80), failover("west", 100, 0))],
    gone: [...app("sample/greeting", "greeting").slice(0, 1), policy("prio/high", {})],
  },
  east: { put: clusterParts(regions.east, gateways.address).slice(1), gone: [] },
};

/** The Dependency without which the east calls nothing. */
export const eastCalls = dependency("east.caller");
