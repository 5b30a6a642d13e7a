import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { service, workload } from "./facts.ts";
import { cluster, smallFleet } from "./small-fleet.ts";

const clusters = [cluster("1", "west"), cluster("2", "east"), cluster("3", "south")];
const orders = { app: "orders", identity: "orders", env: "stage" };
const facts = [
  workload("1/shop/orders", orders),
  service("1/shop/orders", [8080]),
  workload("2/store/orders", orders),
  service("2/store/orders", [8080]),
];

function endpoints(name: string, objects: readonly JsonObject[]): unknown {
  const entry = objects.find(
    ({ kind, metadata }) => kind === "ServiceEntry" && (metadata as JsonObject)["name"] === name,
  );
  return ((entry?.["spec"] as JsonObject)["endpoints"] as JsonObject[]).map(({ address, ports }) => [address, ports]);
}

test("leads from a third cluster to the gateways of both, and from the second to its own Service and the first's gateway", () => {
  const plan = planKey(smallFleet({ settings: defaultSettings, clusters, facts }), "identity:orders");
  assert.deepEqual(plan.findings, []);
  assert.deepEqual(
    plan.clusters.map(({ cluster: name }) => name),
    ["1", "2", "3"],
  );
  const seen = (name: string) =>
    endpoints("stage.orders.global-se", plan.clusters.find((one) => one.cluster === name)!.desired);
  const gateways = { "http-80": 15443, "http-8080": 15443 };
  assert.deepEqual(seen("3"), [
    ["lb-1.acme.example.", gateways],
    ["lb-2.acme.example.", gateways],
  ]);
  assert.deepEqual(seen("2"), [
    ["lb-1.acme.example.", gateways],
    ["orders.store.svc.cluster.local", { "http-80": 8080, "http-8080": 8080 }],
  ]);
});
