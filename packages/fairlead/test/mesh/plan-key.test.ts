import assert from "node:assert/strict";
import { test } from "node:test";
import { defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { registered, deployment, endpointsIn, service, world } from "./world.ts";

const stage = { template: { annotations: { "admiral.io/env": "stage" } } };
const clusters = [...registered("1", "west"), ...registered("2", "east"), ...registered("3", "south")];
const orders = [
  deployment("1/shop/orders", "orders", stage),
  service("1/shop/orders", [8080]),
  deployment("2/store/orders", "orders", stage),
  service("2/store/orders", [8080]),
];

test("leads from a third cluster to the gateways of both, and from the second to its own Service and the first's gateway", () => {
  const plan = planKey(world(defaultSettings, [...clusters, ...orders]), "identity:orders");
  assert.deepEqual(plan.findings, []);
  assert.deepEqual(
    plan.clusters.map(({ cluster: name }) => name),
    ["1", "2", "3"],
  );
  assert.deepEqual(endpointsIn(plan, "3", "stage.orders.global"), [
    "lb-1.acme.example. http-80=15443 http-8080=15443",
    "lb-2.acme.example. http-80=15443 http-8080=15443",
  ]);
  assert.deepEqual(endpointsIn(plan, "2", "stage.orders.global"), [
    "lb-1.acme.example. http-80=15443 http-8080=15443",
    "orders.store.svc.cluster.local http-80=8080 http-8080=8080",
  ]);
});
