/** Several Services of one workload: each port is reachable, by the name or by one in front of it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { admiralSettings, defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { app, shares, stage, threeClusters, trafficPolicy } from "./scenarios.ts";
import { deployment, endpointsIn, plannedObject, service, world } from "./world.ts";

const host = "stage.orders.global";
const selector = { app: "orders" };
const later = "2025-06-01T00:00:00Z";
const changes: readonly FleetChange[] = [
  ...threeClusters,
  ...app("us/shop/orders", "orders", ["http:8080"]),
  deployment("eu/shop/orders", "orders", stage),
  service("eu/shop/orders", ["http:8080"]),
  service("eu/shop/orders-admin", ["http:8080", "grpc:9090"], { selector, createdAt: later }),
  service("eu/shop/orders-again", ["http:8080"], { selector, createdAt: later }),
  service("eu/shop/orders-pods", ["tcp:7000"], { selector, createdAt: later, spec: { clusterIP: "None" } }),
];

function hostsIn(fleet: ReturnType<typeof world>): readonly string[] {
  const own = planKey(fleet, "identity:orders").clusters.find(({ cluster }) => cluster === "ap");
  return (own?.desired ?? [])
    .filter(({ kind }) => kind === "ServiceEntry")
    .map(({ metadata }) => String(metadata.name).slice(0, -"-se".length));
}

test("a further Service with ports of its own has a name in front, and no endpoint under the other", () => {
  const fleet = world(defaultSettings, changes);
  const plan = planKey(fleet, "identity:orders");
  assert.deepEqual(hostsIn(fleet), [`orders-admin.${host}`, host]);
  const admin = `orders-admin.${host}`;
  assert.deepEqual(endpointsIn(plan, "ap", admin), [
    "lb-eu.acme.example. http-80=15443 http-8080=15443 grpc-9090=15443",
  ]);
  assert.deepEqual(endpointsIn(plan, "eu", admin), [
    "orders-admin.shop.svc.cluster.local http-80=8080 http-8080=8080 grpc-9090=9090",
  ]);
  assert.equal(endpointsIn(plan, "ap", host).length, 2);
  plannedObject(plan, "ap", `DestinationRule ${admin}-dr`);
});

test("a policy's prefixes stand in front of the name alone", () => {
  const fleet = world(defaultSettings, [
    ...changes,
    trafficPolicy("eu/shop/gtp", "orders", shares, { dnsPrefix: "west" }),
  ]);
  assert.deepEqual(
    hostsIn(fleet).filter((name) => name.startsWith("west.")),
    [`west.${host}`],
  );
});

test("the predecessor has one Service", () => {
  assert.deepEqual(
    hostsIn(world(admiralSettings, changes)).filter((name) => name !== host),
    [],
  );
});
