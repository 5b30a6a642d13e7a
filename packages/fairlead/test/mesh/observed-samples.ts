import type { JsonObject } from "@fairlead/apimachinery";

function object(apiVersion: string, kind: string, metadata: JsonObject, rest: JsonObject): JsonObject {
  const times = { creationTimestamp: "2026-01-01T00:00:00Z", uid: "u", resourceVersion: "7", generation: 3 };
  const managedFields = [{ manager: "kubectl", operation: "Apply", fieldsV1: { "f:spec": {} } }];
  return { apiVersion, kind, metadata: { namespace: "shop", ...times, managedFields, ...metadata }, ...rest };
}

const template: JsonObject = {
  metadata: {
    labels: { app: "orders", identity: "Orders", env: "prd", "sidecar.istio.io/inject": "true" },
    annotations: { "sidecar.istio.io/inject": "true", "admiral.io/env": "prd", checksum: "x".repeat(200) },
  },
  spec: {
    serviceAccountName: "orders",
    containers: [
      {
        name: "main",
        image: "orders:1",
        env: [{ name: "A", value: "b" }],
        ports: [{ name: "http", containerPort: 8080 }],
      },
    ],
  },
};
const selector = { matchLabels: { app: "orders" } };

/** One object of each kind that is observed, as a cluster has it. */
export const samples: readonly JsonObject[] = [
  object(
    "apps/v1",
    "Deployment",
    { name: "orders", annotations: { "fairlead.dev/hand-over": "new, other" } },
    {
      spec: { replicas: 2, selector, template },
      status: { readyReplicas: 2 },
    },
  ),
  object("apps/v1", "StatefulSet", { name: "db" }, { spec: { replicas: 3, serviceName: "db", selector, template } }),
  object("apps/v1", "DaemonSet", { name: "agent" }, { spec: { selector, template } }),
  object("batch/v1", "Job", { name: "once" }, { spec: { template } }),
  object(
    "argoproj.io/v1alpha1",
    "Rollout",
    { name: "pay" },
    {
      spec: {
        selector,
        template,
        strategy: {
          canary: {
            stableService: "pay-stable",
            canaryService: "pay-canary",
            trafficRouting: {
              managedRoutes: [{ name: "header" }],
              istio: { virtualServices: [{ name: "pay", routes: ["primary"] }] },
            },
          },
        },
      },
      status: { canary: { weights: { canary: { weight: 15, serviceName: "pay-canary" } } }, phase: "Paused" },
    },
  ),
  object(
    "argoproj.io/v1alpha1",
    "Rollout",
    { name: "green" },
    {
      spec: { selector, template, strategy: { blueGreen: { activeService: "active", previewService: "preview" } } },
    },
  ),
  object(
    "numaflow.numaproj.io/v1alpha1",
    "Vertex",
    { name: "v" },
    {
      spec: { metadata: template["metadata"]!, serviceAccountName: "v", source: { http: {} } },
    },
  ),
  object("numaflow.numaproj.io/v1alpha1", "MonoVertex", { name: "m" }, { spec: { metadata: template["metadata"]! } }),
  object(
    "v1",
    "Service",
    { name: "orders", labels: { identity: "Orders" } },
    {
      spec: {
        type: "LoadBalancer",
        clusterIP: "10.0.0.1",
        selector: { app: "orders" },
        externalIPs: ["192.0.2.9"],
        ports: [{ name: "http", port: 80, targetPort: "http", protocol: "TCP", appProtocol: "http", nodePort: 30_080 }],
      },
      status: { loadBalancer: { ingress: [{ ip: "192.0.2.1" }, { hostname: "lb.example" }] } },
    },
  ),
  object("v1", "Namespace", { name: "shop", namespace: "", labels: { "istio-injection": "enabled" } }, {}),
  object(
    "v1",
    "Node",
    {
      name: "node",
      namespace: "",
      labels: { "topology.kubernetes.io/region": "eu", "topology.kubernetes.io/zone": "eu-a", other: "x" },
    },
    { status: { images: [{ names: ["a"], sizeBytes: 1 }] } },
  ),
  object(
    "v1",
    "ConfigMap",
    { name: "istio", namespace: "istio-system" },
    {
      data: { mesh: 'trustDomain: eu.example\ndefaultConfig:\n  proxyMetadata:\n    ISTIO_META_DNS_CAPTURE: "true"\n' },
    },
  ),
  object(
    "networking.istio.io/v1",
    "WorkloadEntry",
    { name: "vm", labels: { identity: "legacy" } },
    {
      spec: { address: "192.0.2.7", ports: { http: 8080 }, labels: { app: "vm" }, serviceAccount: "vm", weight: 2 },
    },
  ),
  object(
    "networking.istio.io/v1",
    "ServiceEntry",
    { name: "bank", labels: { identity: "bank" } },
    {
      spec: {
        hosts: ["bank.example"],
        location: "MESH_EXTERNAL",
        resolution: "DNS",
        ports: [{ number: 443, name: "tls", protocol: "TLS" }],
      },
    },
  ),
  object(
    "networking.istio.io/v1",
    "VirtualService",
    { name: "pay" },
    {
      spec: { hosts: ["pay"], exportTo: ["*"], http: [{ name: "primary", route: [] }] },
    },
  ),
  object("networking.istio.io/v1", "DestinationRule", { name: "pay" }, { spec: { host: "pay", subsets: [] } }),
  object(
    "networking.istio.io/v1",
    "Sidecar",
    { name: "default", annotations: { "fairlead.dev/mesh-hosts": "a/b,c/d" } },
    {
      spec: { workloadSelector: { labels: { app: "x" } }, egress: [{ hosts: ["./*"] }] },
    },
  ),
  object(
    "networking.istio.io/v1",
    "ServiceEntry",
    {
      name: "prd.orders.global-se",
      namespace: "fairlead-mesh",
      labels: { "app.kubernetes.io/managed-by": "fairlead" },
      annotations: { "fairlead.dev/owner": "Identity//orders" },
    },
    { spec: { hosts: ["prd.orders.global"] }, status: {} },
  ),
  ...["GlobalTrafficPolicy", "OutlierDetection", "ClientConnectionConfig", "RoutingPolicy"].map((kind) =>
    object(
      "admiral.io/v1alpha1",
      kind,
      { name: "p", labels: { identity: "Orders", priority: "5" } },
      {
        spec: { selector: { "admiral.io/env": "prd" }, policy: [] },
      },
    ),
  ),
  object(
    "admiral.io/v1alpha1",
    "TrafficConfig",
    { name: "t", namespace: "admiral", labels: { asset: "Orders", env: "prd" } },
    {
      spec: { edgeService: {} },
    },
  ),
  object(
    "admiral.io/v1alpha1",
    "Dependency",
    { name: "d", namespace: "admiral" },
    {
      spec: { source: "cart", identityLabel: "app-id", destinations: ["Orders", "pay"] },
    },
  ),
  object(
    "admiral.io/v1alpha1",
    "DependencyProxy",
    { name: "x", namespace: "admiral", annotations: { "admiral.io/env": "prd" } },
    {
      spec: { destination: { identity: "old", dnsSuffix: "corp" }, proxy: { identity: "edge" } },
    },
  ),
  object("multicluster.x-k8s.io/v1alpha1", "ServiceExport", { name: "orders" }, {}),
  object(
    "multicluster.x-k8s.io/v1alpha1",
    "ServiceImport",
    { name: "orders" },
    { spec: { type: "ClusterSetIP", ports: [] } },
  ),
];
