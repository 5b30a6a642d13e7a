/** What is planned while some clusters are not seen: nothing is lost, nothing is deleted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { createFleet, type FleetSnapshot } from "../../src/plan/mesh/fleet/create-fleet.ts";
import { admiralSettings, defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import type { ClusterView } from "../../src/plan/mesh/model/fleet.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { app, stage, threeClusters, trafficPolicy } from "./scenarios.ts";
import { dependency, endpointsIn, plansOf, plannedObject, world } from "./world.ts";

const host = "stage.orders.global";
const rule = {
  dnsPrefix: "west",
  lbType: "FAILOVER",
  target: [
    { region: "us-east-1", weight: 100 },
    { region: "eu-west-1", weight: 0 },
  ],
};
const changes: readonly FleetChange[] = [
  ...threeClusters,
  ...app("eu/shop/orders", "orders"),
  ...app("us/shop/orders", "orders"),
  ...app("us/lonely/only", "only"),
  ...app("ap/carts/cart", "cart"),
  trafficPolicy("us/shop/gtp", "orders", rule),
  dependency("cart", ["orders", "only"]),
];

/** The addresses of the fleet's hosts as a change. */
function addressesOf(fleet: FleetSnapshot): FleetChange {
  const hosts = new Map<string, readonly string[]>();
  for (const { clusters } of plansOf(fleet).values()) {
    for (const { desired } of clusters) {
      for (const object of desired) {
        if (object.kind !== "ServiceEntry") continue;
        const name = (object["spec"] as { hosts: string[] }).hosts[0]!;
        hosts.set(name, fleet.addresses(name) ?? []);
      }
    }
  }
  return { kind: "addresses", store: "addresses", hosts };
}

/** After everything was written, a controller starts anew and does not reach a cluster. */
function restarted(settings: MeshSettings, lost: string): { before: FleetSnapshot; after: FleetSnapshot } {
  const before = world(settings, changes);
  const objects = [...plansOf(before).values()].flatMap(({ clusters }) =>
    clusters.flatMap(({ cluster, desired }) =>
      desired.map((object): FleetChange => ({ kind: "put", cluster, object })),
    ),
  );
  const seen = [...changes, ...objects].filter((change) => !("cluster" in change) || change.cluster !== lost);
  const { fleet } = createFleet(settings).with([
    ...seen,
    addressesOf(before),
    { kind: "cluster", cluster: lost, view: "unread" },
  ]);
  return { before, after: fleet };
}

for (const [mode, settings] of [
  ["default", defaultSettings],
  ["admiral", admiralSettings],
] as const) {
  test(`endpoints, names and rules stay while a cluster has not been read since the start (${mode})`, () => {
    const { before, after } = restarted(settings, "us");
    for (const key of ["identity:orders", "identity:only"] as const) {
      const plan = planKey(after, key);
      const old = planKey(before, key);
      assert.deepEqual(
        plan.clusters,
        old.clusters.filter(({ cluster }) => cluster !== "us").map((one) => ({ ...one, complete: false })),
      );
      assert.deepEqual(plan.needsAddresses, []);
    }
    assert.deepEqual(endpointsIn(planKey(after, "identity:orders"), "ap", host).length, 2);
    assert.ok(planKey(after, "identity:orders").findings.some(({ code }) => code === "FL813"));
  });
}

test("what changes elsewhere is written while a cluster is unread", () => {
  const { after } = restarted(defaultSettings, "us");
  const { fleet } = after.with(app("ap/shop/orders", "orders"));
  const addresses = endpointsIn(planKey(fleet, "identity:orders"), "eu", host).map((one) => one.split(" ")[0]);
  assert.deepEqual(addresses, ["lb-ap.acme.example.", "lb-us.acme.example.", "orders.shop.svc.cluster.local"]);
});

test("endpoints of a cluster that is registered no longer go", () => {
  const before = world(defaultSettings, changes);
  const { fleet } = before.with([{ kind: "forget", cluster: "us" }]);
  const plan = planKey(fleet, "identity:orders");
  assert.deepEqual(
    endpointsIn(plan, "ap", host).map((one) => one.split(" ")[0]),
    ["lb-eu.acme.example."],
  );
  assert.ok(plan.clusters.every(({ complete }) => complete));
});

function viewed(view: ClusterView): FleetSnapshot {
  return world(defaultSettings, changes).with([{ kind: "cluster", cluster: "us", view }]).fleet;
}

test("a cluster that answers no longer stays as it was known, and is planned", () => {
  const before = planKey(world(defaultSettings, changes), "identity:orders");
  assert.deepEqual(planKey(viewed("stale"), "identity:orders"), before);
});

test("a paused cluster serves on and is not written to", () => {
  const plan = planKey(viewed("paused"), "identity:orders");
  assert.deepEqual(
    plan.clusters.map(({ cluster }) => cluster),
    ["ap", "eu"],
  );
  assert.equal(endpointsIn(plan, "ap", host).length, 2);
});

test("a suspended identity is planned nowhere, and neither is anything when all are suspended", () => {
  for (const suspended of ["orders", "*"]) {
    const fleet = world({ ...defaultSettings, suspended: [suspended] }, changes);
    assert.deepEqual(planKey(fleet, "identity:orders").clusters, []);
    assert.equal(planKey(fleet, "identity:only").clusters.length, suspended === "*" ? 0 : 2);
  }
});

test("what is written without a source is deleted where everything was read", () => {
  const before = world(defaultSettings, changes);
  const entry = plannedObject(planKey(before, "identity:only"), "ap", "ServiceEntry stage.only.global-se");
  const { fleet } = before.with([
    { kind: "put", cluster: "ap", object: entry },
    ...app("us/lonely/only", "only").map((change) => ({ ...change, kind: "delete" }) as FleetChange),
  ]);
  assert.deepEqual(planKey(fleet, "identity:only").clusters, [
    { cluster: "ap", desired: [], edits: [], complete: true },
  ]);
});

test("a host without an address is not written, and nothing is deleted meanwhile", () => {
  const { fleet } = createFleet(defaultSettings).with([
    ...threeClusters,
    ...app("eu/shop/orders", "orders", [80], stage),
  ]);
  const plan = planKey(fleet, "identity:orders");
  assert.deepEqual(plan.needsAddresses, [host]);
  assert.deepEqual(plan.clusters, []);
  const without = { ...defaultSettings, addresses: { ...defaultSettings.addresses, kind: "keep" as const } };
  const kept = createFleet(without).with([...threeClusters, ...app("eu/shop/orders", "orders", [80], stage)]).fleet;
  const entry = plannedObject(planKey(kept, "identity:orders"), "eu", `ServiceEntry ${host}-se`);
  assert.equal((entry["spec"] as { addresses?: unknown }).addresses, undefined);
});
