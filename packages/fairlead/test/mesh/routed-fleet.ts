/** Services that several clusters have, for the writers of what routes; in either mode. */
import type { KrmObject } from "@fairlead/krm";
import type { Fact, SidecarFact, WrittenFact } from "../../src/plan/mesh/model/facts.ts";
import type { Fleet, MeshKey } from "../../src/plan/mesh/model/fleet.ts";
import { admiralSettings, defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import type { Edit } from "../../src/plan/mesh/model/plan.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { dependency, policy, service, workload } from "./facts.ts";
import { smallFleet } from "./small-fleet.ts";

export const clusters = [
  { name: "c-ap", region: "ap-south-1" },
  { name: "c-eu", region: "eu-west-1" },
  { name: "c-us", region: "us-east-1" },
];

/** The predecessor with everything on that these tests are about. */
export const admiral: MeshSettings = {
  ...admiralSettings,
  scope: { ...admiralSettings.scope, exportTo: { identities: ["*"], most: 35 } },
  traffic: { ...admiralSettings.traffic, subjectNames: { kind: "prefix", prefix: "mesh.acme" } },
  routing: {
    ...admiralSettings.routing,
    ingress: {
      gateways: ["istio-system/mesh-passthrough"],
      exportTo: ["istio-system"],
      disabledClusters: [],
      slowStartClusters: [],
      simple: "ROUND_ROBIN",
    },
    inCluster: { enabled: { "*": ["*"] }, disabled: {}, mergeCreatedBy: undefined },
  },
  filters: { ...admiralSettings.filters, clusters: ["*"], proxyVersions: ["1.20"] },
};

export const ours: MeshSettings = {
  ...defaultSettings,
  scope: { ...defaultSettings.scope, withoutDependency: "nowhere" },
};

/** Orders in c-eu and c-us (namespace shop, port 8080 of orders-svc), called by cart in c-ap and c-eu. */
export function orders(name = "Orders"): Fact[] {
  const annotations = { "sidecar.istio.io/inject": "true", "admiral.io/env": "prd" };
  const own = (cluster: string): Fact[] => [
    workload(
      `${cluster}/shop/orders`,
      { identity: name, app: "orders-svc" },
      { annotations, serviceAccount: "orders" },
    ),
    service(`${cluster}/shop/orders-svc`, ["http:8080"]),
  ];
  const cart = (cluster: string): Fact =>
    workload(`${cluster}/cart-ns/cart`, { identity: "cart" }, { annotations, serviceAccount: "cart" });
  return [...own("c-eu"), ...own("c-us"), cart("c-ap"), cart("c-eu"), dependency("cart", "cart", name)];
}

/** A GlobalTrafficPolicy of orders with shares of regions. */
export function shares(weights: { readonly [region: string]: number }, dnsPrefix = "default"): Fact {
  const target = Object.entries(weights).map(([region, weight]) => ({ region, weight }));
  const spec = { policy: [{ dnsPrefix, lbType: "FAILOVER", target }] };
  return policy("GlobalTrafficPolicy", "c-eu/shop/orders-gtp", "orders", spec, { env: "prd" });
}

export interface RoutedFleet {
  readonly settings: MeshSettings;
  readonly facts: readonly Fact[];
  readonly sidecars?: readonly SidecarFact[];
}

export function routedFleet({ settings, facts, sidecars = [] }: RoutedFleet): Fleet {
  const fleet = smallFleet({ settings, clusters, facts });
  const of = (cluster: string, namespace: string): readonly SidecarFact[] =>
    sidecars.filter((one) => one.cluster === cluster && one.namespace === namespace);
  const destinationsOf = (identity: string): readonly string[] =>
    fleet.destinationsOf(identity).map((destination) => destination.toLowerCase());
  return { ...fleet, sidecars: of, destinationsOf };
}

/** What a key has in a cluster, by `KIND NAME`. */
export function planned(fleet: Fleet, key: MeshKey, cluster: string): { readonly [name: string]: KrmObject } {
  const plan = planKey(fleet, key).clusters.find((one) => one.cluster === cluster);
  return Object.fromEntries((plan?.desired ?? []).map((object) => [`${object.kind} ${object.metadata.name}`, object]));
}

export function edits(fleet: Fleet, key: MeshKey, cluster: string): readonly Edit[] {
  return planKey(fleet, key).clusters.find((one) => one.cluster === cluster)?.edits ?? [];
}

/** As if it had been written before. */
export function written(key: MeshKey, cluster: string, object: KrmObject): WrittenFact {
  return {
    fact: "written",
    cluster,
    namespace: object.metadata.namespace ?? "",
    name: object.metadata.name ?? "",
    createdAt: "2025-01-01T00:00:00Z",
    ignored: false,
    kind: object.kind,
    apiVersion: object.apiVersion,
    key,
    object,
  };
}

export function ofKind(objects: { readonly [name: string]: KrmObject }, kind: string): KrmObject[] {
  return Object.values(objects).filter((object) => object.kind === kind);
}
