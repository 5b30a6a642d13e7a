/** What is written is known again as the same key's, and is right: nothing is written twice, nothing is deleted. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { compareText } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { createFleet } from "../../src/plan/mesh/fleet/create-fleet.ts";
import { dependency, gateway, node, policy, put, service, workload } from "./fleet-objects.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planFleet } from "../../src/plan/mesh/plan-fleet.ts";
import { admiral, ours } from "./routed-fleet.ts";

const additional = { suffixes: ["mesh"], labels: ["*"] };
const routed: MeshSettings = {
  ...ours,
  names: { ...ours.names, additional },
  scope: { ...ours.scope, authorization: true },
  routing: {
    ...admiral.routing,
    rulesPlugin: "routes",
    inCluster: { enabled: { eu: ["*"] }, disabled: {}, mergeCreatedBy: undefined },
  },
};

const target = [
  { region: "eu-west-1", weight: 60 },
  { region: "us-east-1", weight: 40 },
];
const labels = { labels: { identity: "orders" } };
const host = "default.orders.global";

const objects: readonly FleetChange[] = [
  ...["eu", "us", "ap"].flatMap((cluster, at): FleetChange[] => [
    { kind: "cluster", cluster, view: "current" },
    gateway(cluster),
    node(cluster, "a", ["eu-west-1", "us-east-1", "ap-south-1"][at]!, "a"),
    workload({ cluster, name: "cart", namespace: "carts", labels: { assetAlias: "cart" } }),
    service({ cluster, name: "cart", namespace: "carts" }),
  ]),
  ...["eu", "us"].flatMap((cluster) => [workload({ cluster, name: "orders" }), service({ cluster, name: "orders" })]),
  dependency("cart", "cart", ["orders"]),
  policy("eu", "orders", labels, {
    policy: [{ dnsPrefix: "default", lbType: "FAILOVER", target }, { dnsPrefix: "west" }],
  }),
  policy("eu", "geo", labels, { plugin: "geo", hosts: [host], config: { wasmPath: "/x" } }, "RoutingPolicy"),
  policy("eu", "routes", labels, { plugin: "routes", config: { rules: "[{to: west}]" } }, "RoutingPolicy"),
  put("us", "networking.istio.io/v1", "VirtualService", { name: "own" }, { hosts: [host], http: [{ timeout: "1s" }] }),
  put("us", "networking.istio.io/v1", "DestinationRule", { name: "own" }, { host, subsets: [{ name: "a" }] }),
  put("us", "networking.istio.io/v1", "VirtualService", { name: "else" }, { hosts: ["else.acme"], http: [] }),
];

const modes: readonly (readonly [string, MeshSettings])[] = [
  ["the predecessor's way", { ...admiral, names: { ...admiral.names, additional } }],
  ["ours", routed],
  ["ours, with copies for everybody", { ...routed, copies: { ...routed.copies, withoutDependents: "everywhere" } }],
  ["for waypoints", { ...routed, output: "ambient" }],
];

for (const [name, settings] of modes) {
  test(`is known again and right as it is, written ${name}`, () => {
    const first = planFleet(createFleet(settings).with(objects).fleet, [], 0);
    const puts = first.plans.flatMap(({ clusters }) =>
      clusters.flatMap(({ cluster, desired }) =>
        desired.map((object): FleetChange => ({ kind: "put", cluster, object })),
      ),
    );
    const { fleet } = first.fleet.with(puts);
    const again = planFleet(fleet, first.stores, 0);
    assert.deepEqual(again.findings, first.findings);
    const kinds = new Set<string>();
    for (const plan of again.plans) {
      const written = fleet.written(plan.key);
      for (const { cluster, desired } of plan.clusters) {
        for (const { kind } of desired) kinds.add(kind);
        assert.deepEqual(
          written
            .filter((fact) => fact.cluster === cluster)
            .map(({ object }) => object as KrmObject)
            .sort((a, b) => compareText(order(a), order(b))),
          [...desired].sort((a, b) => compareText(order(a), order(b))),
          `${plan.key} in ${cluster}`,
        );
      }
    }
    assert.ok(kinds.size >= 4, [...kinds].join(", "));
  });
}

function order({ kind, metadata }: KrmObject): string {
  return [metadata.namespace, metadata.name, kind].join(" ");
}
