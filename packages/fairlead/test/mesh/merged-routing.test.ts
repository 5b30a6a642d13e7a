/** Routing in a cluster together with the VirtualService that another tool makes for the same identity. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { Fact, RoutingFact } from "../../src/plan/mesh/model/facts.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { routing } from "./facts.ts";
import { admiral, orders, planned, routedFleet, shares } from "./routed-fleet.ts";

const host = "prd.orders.global";
const settings: MeshSettings = {
  ...admiral,
  routing: { ...admiral.routing, inCluster: { ...admiral.routing.inCluster!, mergeCreatedBy: "tool" } },
};

function custom(http: JsonObject[], more: Partial<RoutingFact> = {}): RoutingFact {
  const fact = routing("c-eu/admiral-sync/custom", "VirtualService", [host], { hosts: [host], http });
  const labels = { createdBy: "tool", createdFor: "orders" };
  return { ...fact, labels, annotations: { createdForEnv: "stg_prd" }, exportTo: ["."], ...more };
}

function specOf(facts: readonly Fact[]): { hosts: string[]; http: { name?: string; route: JsonObject[] }[] } {
  const objects = planned(routedFleet({ settings, facts }), "identity:orders", "c-eu");
  return objects[`VirtualService ${host}-incluster-vs`]!["spec"] as never;
}

const local = { host: "orders-svc.shop.svc.cluster.local", port: { number: 8080 } };
const away = { host, port: { number: 80 } };

test("routes as the tool says, to the Services of the cluster, by the shares of both", () => {
  const http = [
    { match: [{ uri: { prefix: "/a" } }], route: [{ destination: { host } }] },
    {
      route: [
        { destination: { host }, weight: 90 },
        { destination: { host: "else.acme" }, weight: 10 },
      ],
    },
  ];
  const spec = specOf([...orders(), shares({ "eu-west-1": 70, "us-east-1": 30 }), custom(http)]);
  assert.deepEqual(spec.hosts, [host]);
  assert.deepEqual(
    spec.http.map(({ route }) => route),
    [
      [
        { destination: local, weight: 70 },
        { destination: away, weight: 30 },
      ],
      [
        { destination: local, weight: 63 },
        { destination: away, weight: 27 },
        { destination: { host: "else.acme" }, weight: 10 },
      ],
      [
        { destination: local, weight: 70 },
        { destination: away, weight: 30 },
      ],
    ],
  );
});

test("puts hosts that the tool does not know first, and drops its own routes of the same name", () => {
  const http = [{ name: host, route: [{ destination: { host } }] }];
  const eu = shares({ "eu-west-1": 100, "us-east-1": 0 }, "eu");
  const spec = specOf([...orders(), eu, custom(http)]);
  assert.deepEqual(spec.hosts, [host, `eu.${host}`]);
  assert.deepEqual(
    spec.http.map(({ name }) => name),
    [`eu.${host}`, host],
  );
});

test("merges with nothing of another identity, env or tool", () => {
  const http = [{ name: "x", route: [] }];
  const others: Partial<RoutingFact>[] = [
    { labels: { createdBy: "other", createdFor: "orders" } },
    { labels: { createdBy: "tool", createdFor: "cart" } },
    { annotations: { createdForEnv: "stg" } },
    { annotations: {} },
    { kind: "DestinationRule" },
  ];
  for (const more of others) assert.deepEqual(specOf([...orders(), custom(http, more)]), specOf(orders()));
});
