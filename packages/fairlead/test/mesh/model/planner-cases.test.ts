/** What schedules of the model check have come to, each as small as it could be made. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { admiralSettings, defaultSettings } from "../../../src/plan/mesh/model/presets.ts";
import type { MeshSettings } from "../../../src/plan/mesh/model/settings.ts";
import { node, policy, put, service, workload } from "../fleet-objects.ts";
import { idOfObject, nameOf } from "./invariants.ts";
import { checkLocality } from "./locality.ts";
import { clusterBase, type Placed } from "./objects.ts";
import { PlannerWorld } from "./planner-world.ts";
import { checkRest } from "./schedule.ts";

function worldOf(settings: MeshSettings, names: readonly string[]): PlannerWorld {
  const world = new PlannerWorld(settings, ["home", ...names]);
  for (const [at, name] of names.entries()) for (const placed of clusterBase(name, at)) world.put(placed);
  return world;
}

/** A workload with its Service, that serves as `env` of orders. */
function serving(cluster: string, env: string): readonly Placed[] {
  const annotations = { "admiral.io/env": env };
  return [workload({ cluster, name: "app", identity: "orders", annotations }), service({ cluster, name: "app" })].map(
    (change) => change as Placed,
  );
}

const pick = <T>(list: readonly T[]): T => list[0]!;
const ours = (world: PlannerWorld): string[] => world.ours().map(nameOf);

test("a policy that gets another identity concerns the one it leaves as well", () => {
  const world = worldOf(defaultSettings, ["c1"]);
  const pool = { tcp: { maxConnections: 5 } };
  const limits = (identity: string): Placed =>
    policy("c1", "one", { labels: { identity } }, { connectionPool: pool }, "ClientConnectionConfig") as Placed;
  for (const placed of [...serving("c1", "prd"), limits("orders")]) world.put(placed);
  world.settle();
  world.put(limits("Cart"));
  assert.ok(checkLocality(world));
  assert.ok(world.dirty.has("identity:orders"));
});

for (const [mode, settings] of [
  ["default", defaultSettings],
  ["admiral", admiralSettings],
] as const) {
  test(`an entry that somebody emptied and nobody serves stays until every cluster was read (${mode})`, () => {
    const world = worldOf(settings, ["c1", "c2"]);
    for (const placed of serving("c2", "stage")) world.put(placed);
    world.settle();
    const isEntry = (object: JsonObject): boolean => object["kind"] === "ServiceEntry";
    const entry = world.ours().find(({ cluster, object }) => cluster === "c2" && isEntry(object))!;
    const title = nameOf(entry);
    const spec = entry.object["spec"] as JsonObject;
    world.put({ cluster: "c2", object: { ...entry.object, spec: { ...spec, endpoints: [] } } });
    world.lose("c1");
    world.remove("c2", idOfObject(serving("c2", "stage")[1]!.object));
    world.restart((list) => [...list]);
    world.settle();
    checkRest(world, pick);
    assert.ok(ours(world).includes(title));
    world.find("c1");
    world.settle();
    checkRest(world, pick);
    assert.ok(!ours(world).includes(title));
  });
}

test("where the name of an entry is somebody else's, no rule of its host is written, not that of the gateway either", () => {
  const world = worldOf(defaultSettings, ["c1", "c2"]);
  const metadata = { name: "prd.orders.global-se", namespace: defaultSettings.scope.syncNamespace };
  const spec = { hosts: ["theirs.example"], endpoints: [{ address: "theirs.example" }] };
  world.put(put("c2", "networking.istio.io/v1", "ServiceEntry", metadata, spec) as Placed);
  for (const placed of [...serving("c1", "prd"), ...serving("c2", "prd")]) world.put(placed);
  world.settle();
  checkRest(world, pick);
  assert.deepEqual(ours(world).sort(), [
    "c1: DestinationRule fairlead-mesh/prd.orders.global-default-dr",
    "c1: DestinationRule istio-system/prd.orders.global-gateway-dr",
    "c1: ServiceEntry fairlead-mesh/prd.orders.global-se",
  ]);
});

test("callers in a cluster whose region, or only zone, is another have the tiers called otherwise", () => {
  const names = ["c1", "c2", "c3", "c4", "c5"];
  const regions = ["west", "east", "us-east-1", "south"];
  const world = worldOf(defaultSettings, names);
  for (const [at, name] of names.slice(0, 4).entries()) {
    world.put(node(name, "n1", regions[at]!, `${regions[at]!}a`) as Placed);
    for (const placed of serving(name, "prd")) world.put(placed);
  }
  const target = regions.slice(0, 3).map((region, at) => ({ region, weight: at === 0 ? 100 : 0 }));
  const spec = { policy: [{ dnsPrefix: "default", lbType: "FAILOVER", target }] };
  world.put(policy("c1", "one", { labels: { identity: "orders" } }, spec) as Placed);
  world.settle();
  const localities = (): unknown[] => {
    const isEntry = (object: JsonObject): boolean => object["kind"] === "ServiceEntry";
    const entry = world.ours().find(({ cluster, object }) => cluster === "c5" && isEntry(object))!;
    const { endpoints } = entry.object["spec"] as unknown as { endpoints: readonly JsonObject[] };
    return endpoints.map(({ locality }) => locality);
  };
  const movedTo = (region: string, zone: string): unknown[] => {
    world.put(node("c5", "n1", region, zone) as Placed);
    world.settle();
    checkRest(world, pick);
    return localities();
  };
  assert.deepEqual(movedTo("north", "a"), ["north/a", "north/next", "standby", "last-resort"]);
  assert.deepEqual(movedTo("east", "a"), ["east/a", "east/next", "standby", "last-resort"]);
  assert.deepEqual(movedTo("east", "b"), ["east/b", "east/next", "standby", "last-resort"]);
  world.put(node("c5", "n2", "east", "c") as Placed);
  world.settle();
  checkRest(world, pick);
  assert.deepEqual(localities(), ["east", "standby", "last-resort", "last-resort"]);
});
