/** Random small fleets: what comes together in them, nobody would write by hand. */
import fc from "fast-check";
import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { admiralSettings, defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { dependency, deployment, manifest, registered, service } from "./world.ts";

const clusterNames = ["c1", "c2", "c3", "c4"];
const regions = ["west", "east", "us-east-1"];
const identities = ["orders", "Cart", "pay.core", "prd.orders", ""];
const envs = ["prd", "stage", "PRD", ""];
const namespaces = ["shop", "store"];

const clusterName = fc.constantFrom(...clusterNames);
const identity = fc.constantFrom(...identities);
const env = fc.constantFrom(...envs);
const namespace = fc.constantFrom(...namespaces);
const day = fc.integer({ min: 1, max: 28 }).map((at) => `2025-01-${String(at).padStart(2, "0")}T00:00:00Z`);

/** Clusters with or without region and gateway. */
const clusters: fc.Arbitrary<readonly FleetChange[]> = fc
  .tuple(
    ...clusterNames.map((name) =>
      fc
        .record({ region: fc.constantFrom(...regions), bare: fc.integer({ min: 0, max: 9 }) })
        .map(({ region, bare }) => {
          const whole = registered(name, region);
          return bare === 0 ? whole.slice(0, 1) : bare === 1 ? whole.slice(0, 2) : whole;
        }),
    ),
  )
  .map((lists) => lists.flat());

const strategies: readonly JsonObject[] = [
  { blueGreen: { activeService: "app-a", previewService: "app-b" } },
  {
    canary: {
      stableService: "app-a",
      canaryService: "app-b",
      trafficRouting: { istio: { virtualService: { name: "app-routes" } } },
    },
  },
  { canary: { stableService: "app-a" } },
];

const workloads: fc.Arbitrary<FleetChange> = fc
  .record({
    cluster: clusterName,
    namespace,
    identity,
    env,
    name: fc.constantFrom("app", "other"),
    kind: fc.constantFrom("Deployment", "Deployment", "Rollout", "StatefulSet", "DaemonSet", "Job"),
    createdAt: day,
    strategy: fc.constantFrom(...strategies),
    handOver: fc.constantFrom("", "store", "*"),
  })
  .map((one) =>
    deployment(`${one.cluster}/${one.namespace}/${one.name}`, one.identity, {
      kind: one.kind,
      createdAt: one.createdAt,
      annotations: one.handOver === "" ? {} : { "fairlead.dev/hand-over": one.handOver },
      template: { labels: { app: "app" }, annotations: one.env === "" ? {} : { "admiral.io/env": one.env } },
      spec: {
        selector: { matchLabels: { app: "app" } },
        ...(one.kind === "Rollout" ? { strategy: one.strategy } : {}),
        ...(one.kind === "StatefulSet" ? { serviceName: "app-b", replicas: 2 } : {}),
      },
    }),
  );

const ports = ["8080", "http:80", "grpc-api:9000", "tcp-db:5432", "web:8443", "dns:53/UDP", "https:443"];

const services: fc.Arbitrary<FleetChange> = fc
  .record({
    cluster: clusterName,
    namespace,
    name: fc.constantFrom("app-a", "app-b", "app"),
    ports: fc.uniqueArray(fc.constantFrom(...ports), { minLength: 1, maxLength: 3 }),
    headless: fc.boolean(),
    createdAt: day,
  })
  .map((one) =>
    service(`${one.cluster}/${one.namespace}/${one.name}`, one.ports, {
      selector: { app: "app" },
      createdAt: one.createdAt,
      spec: one.headless ? { clusterIP: "None" } : {},
    }),
  );

const routes: fc.Arbitrary<FleetChange> = fc
  .record({ cluster: clusterName, namespace, canary: fc.integer({ min: 0, max: 100 }) })
  .map((one) =>
    manifest(
      `${one.cluster}/${one.namespace}/app-routes`,
      "VirtualService",
      {
        hosts: ["app"],
        http: [
          {
            route: [
              { destination: { host: "app-a" }, weight: 100 - one.canary },
              { destination: { host: "app-b" }, weight: one.canary },
            ],
          },
        ],
      },
      { apiVersion: "networking.istio.io/v1" },
    ),
  );

const junk: fc.Arbitrary<JsonValue> = fc.constantFrom<JsonValue>(null, "x", -1, 1e9, [], {}, "10s", true, "0");
const orJunk = (values: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonValue> =>
  fc.oneof({ weight: 12, arbitrary: values }, { weight: 1, arbitrary: junk });

const rule: fc.Arbitrary<JsonValue> = fc.record({
  dnsPrefix: orJunk(fc.constantFrom("default", "west", "stage", "prd", "West", "not a name", "")),
  lbType: orJunk(fc.constantFrom<JsonValue>(0, 1, "TOPOLOGY", "FAILOVER", "failover")),
  target: orJunk(
    fc.array(
      fc.record({
        region: orJunk(fc.constantFrom(...regions, "nowhere")),
        weight: orJunk(fc.constantFrom(0, 10, 50, 90, 100)),
      }),
      { maxLength: 3 },
    ),
  ),
  outlier_detection: orJunk(fc.constantFrom<JsonValue>({}, { base_ejection_time: 5, interval: 3 })),
});

const specs: fc.Arbitrary<{ kind: string; spec: JsonObject }> = fc.oneof(
  fc.array(rule, { maxLength: 3 }).map((policy) => ({ kind: "GlobalTrafficPolicy", spec: { policy } })),
  fc
    .record({ base_ejection_time: orJunk(fc.nat(600)), consecutive_gateway_errors: orJunk(fc.nat(60)) })
    .map((config) => ({ kind: "OutlierDetection", spec: { outlier_config: config } })),
  fc
    .record({
      tcp: orJunk(
        fc.constantFrom<JsonValue>(
          { maxConnections: 5, connectTimeout: "3s" },
          { tcpKeepalive: { probes: 3, time: "2m" } },
        ),
      ),
      http: orJunk(
        fc.constantFrom<JsonValue>(
          { idleTimeout: "1h30m", h2UpgradePolicy: 2 },
          { maxRetries: 3, useClientProtocol: true },
        ),
      ),
      tunnel: orJunk(
        fc.constantFrom<JsonValue>({}, { protocol: "CONNECT", targetHost: "proxy.acme", targetPort: 443 }),
      ),
    })
    .map(({ tcp, http, tunnel }) => ({
      kind: "ClientConnectionConfig",
      spec: { connectionPool: { tcp, http }, tunnel },
    })),
  fc.record({ duration: orJunk(fc.constantFrom("90s", "2m")), env }).map((one) => ({
    kind: "TrafficConfig",
    spec: { edgeService: { slowStartConfig: [{ workloadEnvSelectors: [one.env], duration: one.duration }] } },
  })),
);

const policies: fc.Arbitrary<FleetChange> = fc
  .record({
    cluster: clusterName,
    namespace,
    identity,
    env,
    name: fc.constantFrom("one", "two"),
    said: specs,
    createdAt: day,
  })
  .map(({ cluster, namespace: space, identity: name, env: where, name: own, said, createdAt }) =>
    manifest(`${cluster}/${space}/${own}`, said.kind, said.spec, {
      createdAt,
      labels: {
        ...(name === "" ? {} : { identity: name, asset: name }),
        ...(where === "" ? {} : { env: where }),
      },
    }),
  );

const dependencies: fc.Arbitrary<FleetChange> = fc
  .record({
    source: fc.constantFrom("orders", "Cart", "pay.core", "*"),
    destinations: fc.subarray(["orders", "cart", "pay.core", "*"]),
  })
  .map(({ source, destinations }) => dependency(source, destinations));

const exports: fc.Arbitrary<FleetChange> = fc
  .record({
    cluster: clusterName,
    namespace,
    name: fc.constantFrom("app-a", "app"),
    kind: fc.constantFrom("ServiceExport", "ServiceExport", "ServiceImport"),
    createdAt: day,
  })
  .map((one) =>
    manifest(
      `${one.cluster}/${one.namespace}/${one.name}`,
      one.kind,
      {},
      {
        apiVersion: "multicluster.x-k8s.io/v1alpha1",
        createdAt: one.createdAt,
      },
    ),
  );

/** What two changes say of the same object: the later one counts, so a fleet that does not depend on order has one. */
function objectOf(change: FleetChange): string {
  if (change.kind !== "put") return `${change.kind} ${"cluster" in change ? change.cluster : ""}`;
  const { kind, metadata } = change.object as { kind: string; metadata: { namespace?: string; name: string } };
  return `${change.cluster} ${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
}

/** The changes of one fleet, one for each object. */
export const fleets: fc.Arbitrary<readonly FleetChange[]> = fc
  .tuple(
    clusters,
    fc.array(workloads, { minLength: 1, maxLength: 8 }),
    fc.array(services, { minLength: 1, maxLength: 8 }),
    fc.array(routes, { maxLength: 2 }),
    fc.array(policies, { maxLength: 4 }),
    fc.array(dependencies, { maxLength: 3 }),
    fc.array(exports, { maxLength: 4 }),
  )
  .map((parts) => [...new Map(parts.flat().map((change) => [objectOf(change), change])).values()]);

/** Both modes, with what is off by default too. */
export const meshSettings: fc.Arbitrary<MeshSettings> = fc.constantFrom<MeshSettings>(
  defaultSettings,
  { ...defaultSettings, scope: { ...defaultSettings.scope, withoutDependency: "nowhere" } },
  { ...defaultSettings, addresses: { ...defaultSettings.addresses, kind: "istio" } },
  admiralSettings,
  {
    ...admiralSettings,
    scope: { ...admiralSettings.scope, exportTo: { identities: ["*"], most: 1 } },
    traffic: {
      ...admiralSettings.traffic,
      subjectNames: { kind: "prefix", prefix: "mesh.acme" },
      clientConnections: true,
      outlierOnlyIfAsked: true,
    },
  },
);
