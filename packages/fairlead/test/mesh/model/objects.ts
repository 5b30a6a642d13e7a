/** Objects of users for model checks: each follows from a few numbers, so that a schedule can be shrunk. */
import type { JsonObject, JsonValue } from "@fairlead/apimachinery";

/** Draws from lists by the numbers of one event, in turn. */
export interface Pick {
  <T>(list: readonly T[]): T;
}

export function pickOf(numbers: readonly number[]): Pick {
  let at = 0;
  return (list) => list[numbers[at++ % numbers.length]! % list.length]!;
}

export interface Placed {
  readonly cluster: string;
  readonly object: JsonObject;
}

export const spaces = ["shop", "store"] as const;
export const identities = ["orders", "Cart", "pay"] as const;
const callers = [...identities, "web"];
const regions = ["west", "east", "us-east-1"];
const envs = ["prd", "stage", ""];
const apps = ["app", "other"];
const hosts = [
  "prd.orders.global",
  "stage.cart.global",
  "default.pay.global",
  "west.prd.orders.global",
  "apart.example",
];

function made(
  apiVersion: string,
  kind: string,
  namespace: string,
  name: string,
  body: JsonObject,
  metadata: JsonObject = {},
): JsonObject {
  return { apiVersion, kind, metadata: { name, ...(namespace === "" ? {} : { namespace }), ...metadata }, ...body };
}

const unless = (empty: string, value: string, key: string): JsonObject => (value === empty ? {} : { [key]: value });

function workload(pick: Pick): JsonObject {
  const namespace = pick(spaces);
  const identity = pick([...callers, "orders", ""]);
  const name = pick(apps);
  const kind = pick(["Deployment", "Deployment", "Deployment", "Rollout", "StatefulSet", "DaemonSet", "Job"]);
  const env = pick(envs);
  const handOver = pick(["", "", "", "store", "*"]);
  const inject = pick(["true", "true", "true", "true", "false"]);
  const ignored = pick([false, false, false, false, false, true]);
  const strategy = pick<JsonObject>([
    {
      canary: {
        stableService: "app",
        canaryService: "other",
        trafficRouting: { istio: { virtualService: { name: "routes" } } },
      },
    },
    { blueGreen: { activeService: "app", previewService: "other" } },
    { canary: { stableService: "app" } },
  ]);
  const apiVersion = kind === "Rollout" ? "argoproj.io/v1alpha1" : kind === "Job" ? "batch/v1" : "apps/v1";
  return made(
    apiVersion,
    kind,
    namespace,
    name,
    {
      spec: {
        selector: { matchLabels: { app: "app" } },
        template: {
          metadata: {
            labels: {
              app: "app",
              "sidecar.istio.io/inject": inject,
              ...unless("", identity, "identity"),
              ...(ignored ? { "admiral-ignore": "true" } : {}),
            },
            annotations: { "sidecar.istio.io/inject": inject, ...unless("", env, "admiral.io/env") },
          },
          spec: { serviceAccountName: name, containers: [{ name: "main" }] },
        },
        ...(kind === "Rollout" ? { strategy } : {}),
        ...(kind === "StatefulSet" ? { serviceName: "other", replicas: 2 } : {}),
      },
    },
    { annotations: unless("", handOver, "fairlead.dev/hand-over") },
  );
}

function service(pick: Pick): JsonObject {
  const namespace = pick(spaces);
  const name = pick(apps);
  const identity = pick(["", "", "", ...identities]);
  const ports = pick<JsonObject[]>([
    [{ name: "http", port: 80, targetPort: 8080 }],
    [{ port: 8080 }],
    [
      { name: "grpc-api", port: 9000 },
      { name: "tcp-db", port: 5432 },
    ],
    [
      { name: "http", port: 8090 },
      { name: "dns", port: 53, protocol: "UDP" },
    ],
    [{ name: "dns", port: 53, protocol: "UDP" }],
  ]);
  const selector = pick<JsonObject>([{ app: "app" }, { app: "app" }, { app: "app" }, { app: "nobody" }]);
  return made(
    "v1",
    "Service",
    namespace,
    name,
    { spec: { selector, ports } },
    { labels: unless("", identity, "identity") },
  );
}

function gateway(pick: Pick, cluster: string): JsonObject {
  const ingress = pick<JsonValue[]>([
    [{ hostname: `lb-${cluster}.example` }],
    [{ hostname: `lb2-${cluster}.example` }],
    [{ ip: `192.0.2.${cluster.charCodeAt(cluster.length - 1) % 200}` }],
    [],
  ]);
  const ports = [{ name: "tls", port: 15_443, nodePort: 31_443 }];
  return made(
    "v1",
    "Service",
    "istio-system",
    "gateway",
    { spec: { ports }, status: { loadBalancer: { ingress } } },
    { labels: { app: "istio-ingressgateway", istio: "eastwestgateway" } },
  );
}

function node(pick: Pick): JsonObject {
  const region = pick(regions);
  const zone = pick([`${region}a`, `${region}b`]);
  const labels = { "topology.kubernetes.io/region": region, "topology.kubernetes.io/zone": zone };
  return made("v1", "Node", "", pick(["n1", "n1", "n2"]), {}, { labels });
}

function namespaceObject(pick: Pick): JsonObject {
  const name = pick(spaces);
  return made(
    "v1",
    "Namespace",
    "",
    name,
    {},
    {
      labels: pick<JsonObject>([{}, {}, { "istio-injection": "enabled" }, { "istio-injection": "disabled" }]),
      annotations: pick<JsonObject>([{}, {}, { "fairlead.dev/hand-over": "*" }, { "admiral.io/ignore": "true" }]),
    },
  );
}

function policy(pick: Pick): JsonObject {
  const space = pick(spaces);
  const identity = pick([...identities, ""]);
  const env = pick(["prd", "stage", "", ""]);
  const kind = pick([
    "GlobalTrafficPolicy",
    "GlobalTrafficPolicy",
    "OutlierDetection",
    "ClientConnectionConfig",
    "RoutingPolicy",
  ]);
  const [a, b] = [pick(regions), pick([...regions, "nowhere"])];
  const weight = pick([100, 100, 0, 50, 70, 30]);
  const rule = {
    dnsPrefix: pick(["default", "default", "west", "east", "not a name"]),
    lbType: pick<JsonValue>([0, 1, 1, "FAILOVER"]),
    target:
      a === b
        ? [{ region: a, weight }]
        : [
            { region: a, weight },
            { region: b, weight: 100 - weight },
          ],
  };
  const second = pick<JsonValue[]>([[], [{ dnsPrefix: "west", lbType: 0 }], [{ dnsPrefix: "default", lbType: 0 }]]);
  const spec: JsonObject =
    kind === "GlobalTrafficPolicy"
      ? { policy: [rule, ...second] }
      : kind === "OutlierDetection"
        ? { outlier_config: { base_ejection_time: weight, interval: 5, consecutive_gateway_errors: 3 } }
        : kind === "ClientConnectionConfig"
          ? { connectionPool: { tcp: { maxConnections: 5 }, http: { idleTimeout: "90s" } } }
          : weight > 50
            ? { plugin: "routes", hosts: [], config: { rules: "[{match: {path: /a}, to: west}, {to: default}]" } }
            : { plugin: "geo", hosts: [hosts[0]!], config: { wasmPath: "/x" } };
  return made(
    "admiral.io/v1alpha1",
    kind,
    space,
    pick(["one", "two"]),
    { spec },
    {
      labels: { ...unless("", identity, "identity"), ...unless("", env, "env"), priority: pick(["0", "0", "5"]) },
      ...(kind === "GlobalTrafficPolicy" && pick([true, false])
        ? { annotations: { "fairlead.dev/shift": pick(["40%/1m", "7%/30s"]) } }
        : {}),
    },
  );
}

function trafficConfig(pick: Pick): JsonObject {
  const spec = {
    edgeService: { slowStartConfig: [{ workloadEnvSelectors: [pick(envs)], duration: pick(["90s", "2m"]) }] },
  };
  const labels = { asset: pick(identities) };
  return made("admiral.io/v1alpha1", "TrafficConfig", "admiral", pick(["one", "two"]), { spec }, { labels });
}

function dependency(pick: Pick): JsonObject {
  const source = pick([...callers, "web", "*"]);
  const destinations = [...new Set([pick(identities), pick([...identities, "orders", "*"])])];
  return made("admiral.io/v1alpha1", "Dependency", "admiral", source === "*" ? "all" : source.toLowerCase(), {
    spec: { source, destinations: pick([destinations, destinations, []]), identityLabel: "identity" },
  });
}

function dependencyProxy(pick: Pick): JsonObject {
  const [proxy, destination] = [pick(identities), pick(identities)];
  const spec = {
    proxy: { identity: proxy, dnsSuffix: "xyz", dnsPrefixes: ["test"] },
    destination: { identity: destination, dnsSuffix: "global", dnsPrefixes: pick<string[]>([[], ["west"]]) },
  };
  return made(
    "admiral.io/v1alpha1",
    "DependencyProxy",
    "admiral",
    pick(["one", "two"]),
    { spec },
    {
      annotations: { "admiral.io/env": pick(["prd", "stage"]) },
    },
  );
}

function virtualService(pick: Pick): JsonObject {
  const space = pick(spaces);
  const isRoutes = pick([true, false]);
  const weight = pick([0, 10, 50, 100]);
  const route = [
    { destination: { host: "app" }, weight: 100 - weight },
    { destination: { host: "other" }, weight },
  ];
  const host = isRoutes ? "app" : pick(hosts);
  return made("networking.istio.io/v1", "VirtualService", space, isRoutes ? "routes" : pick(["own", "own2"]), {
    spec: { hosts: [host], http: [{ route }], ...(pick([false, false, true]) ? { exportTo: ["*"] } : {}) },
  });
}

function destinationRule(pick: Pick): JsonObject {
  const space = pick(spaces);
  const spec = { host: pick(hosts), subsets: pick<JsonObject[]>([[], [{ name: "v1", labels: { v: "1" } }]]) };
  // The predecessor names copies as what they are copied from: of two of one name, one is copied.
  return made("networking.istio.io/v1", "DestinationRule", space, pick([`own-${space}`, "own-both"]), { spec });
}

function sidecar(pick: Pick): JsonObject {
  const listed = pick<string[]>([["./*"], ["./*", "istio-system/*"], ["*/*"]]);
  return made("networking.istio.io/v1", "Sidecar", pick(spaces), "default", { spec: { egress: [{ hosts: listed }] } });
}

function external(pick: Pick): JsonObject {
  const labels = { identity: pick(identities) };
  if (pick([true, false])) {
    const spec = {
      address: pick(["198.51.100.7", "vm.example"]),
      ports: { http: 80 },
      labels: { app: "vm", ...labels },
    };
    return made("networking.istio.io/v1", "WorkloadEntry", pick(spaces), "vm", { spec }, { labels });
  }
  const spec = {
    hosts: ["api.partner.example"],
    ports: [{ number: 443, name: "tls", protocol: "TLS" }],
    resolution: "DNS",
  };
  return made("networking.istio.io/v1", "ServiceEntry", pick(spaces), "partner", { spec }, { labels });
}

function exported(pick: Pick): JsonObject {
  const kind = pick(["ServiceExport", "ServiceExport", "ServiceImport"]);
  const spec = kind === "ServiceImport" ? { type: "ClusterSetIP", ports: [{ port: 80 }] } : {};
  return made("multicluster.x-k8s.io/v1alpha1", kind, pick(spaces), pick(apps), { spec });
}

function meshConfig(pick: Pick): JsonObject {
  const mesh = pick([
    "trustDomain: one.local\n",
    "trustDomain: two.local\ndefaultConfig: {proxyMetadata: {ISTIO_META_DNS_CAPTURE: 'true'}}\n",
  ]);
  return made("v1", "ConfigMap", "istio-system", "istio", { data: { mesh } });
}

const anywhere: readonly ((pick: Pick, cluster: string) => JsonObject)[] = [
  ...Array.from({ length: 8 }, () => workload),
  ...Array.from({ length: 5 }, () => service),
  ...Array.from({ length: 4 }, () => policy),
  virtualService,
  virtualService,
  destinationRule,
  sidecar,
  namespaceObject,
  gateway,
  node,
  external,
  exported,
  meshConfig,
];
const atHome: readonly ((pick: Pick) => JsonObject)[] = [
  dependency,
  dependency,
  dependency,
  trafficConfig,
  dependencyProxy,
];

/** Any object of a user in one of the clusters, or in the home cluster. */
export function someObject(pick: Pick, clusters: readonly string[]): Placed {
  if (pick([false, false, false, false, true])) return { cluster: "home", object: pick(atHome)(pick) };
  const cluster = pick(clusters);
  return { cluster, object: pick(anywhere)(pick, cluster) };
}

/** A workload with its Service, that serves. */
export function someServing(pick: Pick, clusters: readonly string[]): readonly Placed[] {
  const cluster = pick(clusters);
  const rest = pick(spaces);
  const identity = pick(identities);
  const env = pick(["prd", "stage"]);
  const template = {
    metadata: {
      labels: { app: "app", identity, "sidecar.istio.io/inject": "true" },
      annotations: { "sidecar.istio.io/inject": "true", "admiral.io/env": env },
    },
    spec: { serviceAccountName: "app", containers: [{ name: "main" }] },
  };
  return [
    {
      cluster,
      object: made("apps/v1", "Deployment", rest, "app", {
        spec: { selector: { matchLabels: { app: "app" } }, template },
      }),
    },
    {
      cluster,
      object: made("v1", "Service", rest, "app", {
        spec: { selector: { app: "app" }, ports: [{ name: "http", port: 80 }] },
      }),
    },
  ];
}

/** What a cluster has before anything runs in it. */
export function clusterBase(cluster: string, at: number): readonly Placed[] {
  const region = regions[at % regions.length]!;
  return [
    { cluster, object: gateway((list) => list[0]!, cluster) },
    {
      cluster,
      object: made(
        "v1",
        "Node",
        "",
        "n1",
        {},
        {
          labels: { "topology.kubernetes.io/region": region, "topology.kubernetes.io/zone": `${region}a` },
        },
      ),
    },
  ];
}
