/** Identities that are divided into partitions: Dependencies name a partition, hosts never do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { createFleet, type FleetSnapshot } from "../../src/plan/mesh/fleet/create-fleet.ts";
import type { MeshKey } from "../../src/plan/mesh/model/fleet.ts";
import { admiralSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshPlan } from "../../src/plan/mesh/model/plan.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { threeClusters } from "./scenarios.ts";
import { dependency, deployment, manifest, plansOf, service, specOf, world } from "./world.ts";

const key = "admiral.io/identityPartition";
const settings: MeshSettings = {
  ...admiralSettings,
  discovery: { ...admiralSettings.discovery, partitionKey: key },
  scope: { ...admiralSettings.scope, exportTo: { identities: ["*"], most: 35 } },
};

function app(place: string, identity: string, env: string, partition?: string, by = "annotations"): FleetChange[] {
  const annotations = { "admiral.io/env": env };
  const template =
    partition === undefined
      ? { annotations }
      : by === "labels"
        ? { annotations, labels: { [key]: partition } }
        : { annotations: { ...annotations, [key]: partition } };
  return [deployment(place, identity, { template }), service(place, ["http:8080"])];
}

function hostsIn(plan: MeshPlan): readonly string[] {
  return plan.clusters.flatMap(({ cluster, desired }) =>
    desired
      .filter(({ kind }) => kind === "ServiceEntry")
      .map(({ metadata }) => `${cluster} ${String(metadata.name).slice(0, -"-se".length)}`),
  );
}

const orders = [...app("eu/shop/orders", "Orders", "prd", "swx"), ...app("us/shop/orders", "Orders", "prd", "swx")];

test("a partition is called by its own name, and reached by that of the whole", () => {
  const fleet = world(settings, [
    ...threeClusters,
    ...orders,
    ...app("ap/carts/cart", "cart", "prd"),
    dependency("cart", ["swx.orders"]),
  ]);
  const plan = planKey(fleet, "identity:orders");
  assert.deepEqual(hostsIn(plan), ["ap prd.orders.global", "eu prd.orders.global", "us prd.orders.global"]);
  const entry = specOf(plan, "ap", "ServiceEntry prd.orders.global-se");
  assert.deepEqual(entry["hosts"], ["prd.orders.global"]);
  assert.deepEqual(entry["exportTo"], ["carts"]);
});

test("a Dependency on the whole is none on a partition, and one of the whole none of a partition", () => {
  const onWhole = world(settings, [
    ...threeClusters,
    ...orders,
    ...app("ap/carts/cart", "cart", "prd"),
    dependency("cart", ["orders"]),
  ]);
  assert.deepEqual(hostsIn(planKey(onWhole, "identity:orders")), ["eu prd.orders.global", "us prd.orders.global"]);
  const cart = (source: string) =>
    world(settings, [
      ...threeClusters,
      ...orders,
      ...app("ap/carts/cart", "cart", "prd", "West", "labels"),
      dependency(source, ["swx.orders"]),
    ]);
  assert.equal(hostsIn(planKey(cart("cart"), "identity:orders")).length, 2);
  assert.equal(hostsIn(planKey(cart("west.cart"), "identity:orders")).length, 3);
});

test("the annotation of a template counts before its label, and two partitions have clients of their own", () => {
  const both = app("us/shop/orders", "orders", "e2e", "a");
  const fleet = world(settings, [
    ...threeClusters,
    ...app("eu/shop/orders", "orders", "prd", "b", "labels"),
    ...both,
    ...app("ap/carts/cart", "cart", "prd"),
    dependency("cart", ["a.orders"]),
  ]);
  assert.deepEqual(hostsIn(planKey(fleet, "identity:orders")), [
    "ap e2e.orders.global",
    "eu prd.orders.global",
    "us e2e.orders.global",
  ]);
});

test("without the setting a partition is nothing", () => {
  const { partitionKey: _, ...discovery } = settings.discovery;
  const fleet = world({ ...settings, discovery: { ...discovery, partitionKey: undefined } }, [
    ...threeClusters,
    ...orders,
    ...app("ap/carts/cart", "cart", "prd"),
    dependency("cart", ["orders"]),
  ]);
  assert.equal(hostsIn(planKey(fleet, "identity:orders")).length, 3);
});

test("a policy of the whole counts for its partitions, and is reported once", () => {
  const policy = manifest(
    "eu/shop/gtp",
    "GlobalTrafficPolicy",
    { policy: [{ dnsPrefix: "west" }] },
    { labels: { identity: "Orders", env: "prd" } },
  );
  const plans = plansOf(world(settings, [...threeClusters, ...orders, policy]));
  assert.deepEqual(
    [...plans.values()].flatMap(({ key: of, reports }) => reports.map(({ reason }) => `${of} ${reason}`)),
    ["identity:orders Applied"],
  );
});

test("a Sidecar lets out the names of partitions that its namespace calls", () => {
  const scope = { ...settings.scope, sidecars: { name: "default" } };
  const sidecar = manifest(
    "ap/carts/default",
    "Sidecar",
    { egress: [{ hosts: ["istio-system/*"] }] },
    { apiVersion: "networking.istio.io/v1" },
  );
  const fleet = world({ ...settings, scope }, [
    ...threeClusters,
    ...orders,
    ...app("ap/carts/cart", "cart", "prd", "west"),
    dependency("west.cart", ["swx.orders"]),
    sidecar,
  ]);
  const [edit] = planKey(fleet, "namespace:ap/carts").clusters.flatMap(({ edits }) => edits);
  assert.ok(edit?.kind === "sidecar-hosts" && edit.hosts.includes("shop/prd.orders.global"), JSON.stringify(edit));
});

test("each step plans what it changes: partitions that come, move and go, in whatever order", () => {
  const steps: readonly FleetChange[] = [
    ...threeClusters,
    dependency("west.cart", ["swx.orders"]),
    ...app("eu/shop/orders", "orders", "prd", "swx"),
    ...app("ap/carts/cart", "cart", "prd", "west"),
    ...app("ap/carts/cart", "cart", "prd", "east"),
    ...app("eu/shop/orders", "orders", "prd", "other"),
    ...app("ap/carts/cart", "cart", "prd", "west"),
    ...app("eu/shop/orders", "orders", "prd", "swx"),
    ...app("us/carts/cart", "cart", "prd", "west"),
    dependency("west.cart", []),
    dependency("west.cart", ["swx.orders"]),
    ...app("eu/shop/orders", "orders", "prd").map((change) => ({ ...change, kind: "delete" }) as FleetChange),
  ];
  const addresses = { ...settings.addresses, kind: "keep" as const };
  let most = 0;
  let fleet: FleetSnapshot = createFleet({ ...settings, addresses });
  const plans = new Map<MeshKey, MeshPlan>();
  for (const step of steps) {
    const next = fleet.with([step]);
    fleet = next.fleet;
    for (const one of next.keys) plans.set(one, planKey(fleet, one));
    most = Math.max(most, ...[...plans.values()].map((plan) => hostsIn(plan).length));
    for (const one of fleet.keys()) assert.deepEqual(plans.get(one), planKey(fleet, one), one);
  }
  assert.equal(most, 3);
});
