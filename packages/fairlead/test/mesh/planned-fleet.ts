/** What the proxies of each cluster know once a fleet's plan is written, for tests and benchmarks of the data plane. */
import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import type { FleetSnapshot } from "../../src/plan/mesh/fleet/create-fleet.ts";
import { defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { app, shares, threeClusters, trafficPolicy } from "./scenarios.ts";
import { deployment, manifest, plansOf, registered, service, world } from "./world.ts";

export interface PlannedCluster {
  readonly name: string;
  readonly region: string;
  /** Of its gateway, as endpoints name it. */
  readonly gateway: string;
  readonly objects: readonly JsonValue[];
}

/** The clusters of a fleet with everything that is planned for them. */
export function plannedClusters(
  changes: readonly FleetChange[],
  settings: MeshSettings = defaultSettings,
): readonly PlannedCluster[] {
  return plannedOf(world(settings, changes));
}

export function plannedOf(fleet: FleetSnapshot): readonly PlannedCluster[] {
  const objects = new Map<string, JsonValue[]>();
  for (const { clusters } of plansOf(fleet).values()) {
    for (const { cluster, desired } of clusters) {
      objects.set(cluster, [...(objects.get(cluster) ?? []), ...(desired as readonly unknown[] as JsonValue[])]);
    }
  }
  return fleet.clusters.map(({ name, region, gateway }) => ({
    name,
    region,
    gateway: gateway?.address ?? "",
    objects: objects.get(name) ?? [],
  }));
}

const prd = { template: { annotations: { "admiral.io/env": "prd" } } };
export const host = "prd.orders.global";

function ordersIn(...clusters: string[]): readonly FleetChange[] {
  const callers = ["eu", "us", "ap"].flatMap((cluster) => app(`${cluster}/carts/cart`, "cart", ["http:8080"], prd));
  return [
    ...threeClusters,
    ...callers,
    ...clusters.flatMap((cluster) => app(`${cluster}/shop/orders`, "orders", ["http:8080"], prd)),
  ];
}

function failover(weights: { readonly [region: string]: number }): FleetChange {
  const target = Object.entries(weights).map(([region, weight]) => ({ region, weight }));
  return trafficPolicy("eu/shop/orders", "orders", { dnsPrefix: "default", lbType: "FAILOVER", target });
}

/** A Rollout of orders in eu with two Services, of which the canary has a fifth. */
const canary: readonly FleetChange[] = [
  deployment("eu/shop/orders", "orders", {
    ...prd,
    kind: "Rollout",
    spec: {
      strategy: {
        canary: {
          stableService: "orders",
          canaryService: "orders-canary",
          trafficRouting: { istio: { virtualService: { name: "orders" } } },
        },
      },
    },
  }),
  service("eu/shop/orders", ["http:8080"]),
  service("eu/shop/orders-canary", ["http:8080"], { selector: { app: "orders" } }),
  manifest(
    "eu/shop/orders",
    "VirtualService",
    {
      hosts: ["orders"],
      http: [
        {
          route: [
            { destination: { host: "orders" }, weight: 80 },
            { destination: { host: "orders-canary" }, weight: 20 },
          ],
        },
      ],
    },
    { apiVersion: "networking.istio.io/v1" },
  ),
];

/** The same service in `eu` (which is going to die), elsewhere too, under every kind of policy; `cart` calls it everywhere. */
export const fleets = {
  nearest: ordersIn("eu", "us"),
  topology: [
    ...ordersIn("eu", "us"),
    trafficPolicy("eu/shop/orders", "orders", { dnsPrefix: "default", lbType: "TOPOLOGY", target: [] }),
  ],
  tiers: [...ordersIn("eu", "us"), failover({ "eu-west-1": 100, "us-east-1": 0 })],
  weights: [...ordersIn("eu", "us"), failover({ "eu-west-1": 70, "us-east-1": 30 })],
  threeRegions: [...ordersIn("eu", "us", "ap"), trafficPolicy("eu/shop/orders", "orders", shares)],
  threeTiers: [...ordersIn("eu", "us", "ap"), failover({ "eu-west-1": 100, "ap-south-1": 0, "us-east-1": 0 })],
  canary: [...ordersIn("us"), ...canary],
  /** Two clusters in the region that stays, one in the other. */
  twoInRegion: [
    ...ordersIn("eu", "us"),
    ...registered("us2", "us-east-1"),
    ...app("us2/shop/orders", "orders", ["http:8080"], prd),
  ],
} satisfies { readonly [name: string]: readonly FleetChange[] };

/** `spec` of an object of a cluster. */
export function specIn({ objects }: PlannedCluster, kind: string, name: string): JsonObject {
  for (const object of objects as readonly JsonObject[]) {
    const metadata = object["metadata"] as JsonObject;
    if (object["kind"] === kind && metadata["name"] === name) return object["spec"] as JsonObject;
  }
  throw new Error(`${kind} ${name} is not planned`);
}
