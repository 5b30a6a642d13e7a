/** Shares of regions and rules by path, as VirtualServices. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { Fact } from "../../src/plan/mesh/model/facts.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { policy, routing, service, workload } from "./facts.ts";
import { orders, ours, planned, routedFleet, shares } from "./routed-fleet.ts";

const key = "identity:orders";
const both = { "eu-west-1": 70, "us-east-1": 30 };

function specOf(facts: readonly Fact[], cluster = "c-ap", settings: MeshSettings = ours): JsonObject | undefined {
  const fleet = routedFleet({ settings, facts });
  return planned(fleet, key, cluster)["VirtualService prd.orders.global-vs"]?.["spec"] as JsonObject | undefined;
}

function shared(port: number): JsonObject[] {
  return Object.entries(both).map(([region, weight]) => ({
    destination: { host: `${region}.region.prd.orders.global`, port: { number: port } },
    weight,
  }));
}

test("shares requests between the hosts of regions, port by port", () => {
  assert.deepEqual(specOf([...orders(), shares(both)]), {
    hosts: ["prd.orders.global"],
    exportTo: ["cart-ns"],
    http: [80, 8080].map((port) => ({ match: [{ port }], route: shared(port) })),
  });
});

test("shares connections of TCP and TLS ports too", () => {
  const facts = orders().filter(({ fact }) => fact !== "service");
  const ports = ["tcp-db:5432", "tls-admin:9443"];
  const services = ["c-eu", "c-us"].map((cluster) => service(`${cluster}/shop/orders-svc`, ports));
  const spec = specOf([...facts, ...services, shares(both)]);
  assert.deepEqual(spec?.["tcp"], [{ match: [{ port: 5432 }], route: shared(5432) }]);
  assert.deepEqual(spec["tls"], [{ match: [{ port: 9443, sniHosts: ["prd.orders.global"] }], route: shared(9443) }]);
  assert.equal(spec["http"], undefined);
});

test("writes none for a policy of one region, which is a matter of order", () => {
  assert.equal(specOf([...orders(), shares({ "eu-west-1": 100, "us-east-1": 0 })]), undefined);
  assert.equal(specOf(orders()), undefined);
});

test("leaves the host to a user's own VirtualService where that is seen, and says so", () => {
  const own = routing("c-eu/shop/mine", "VirtualService", ["prd.orders.global"], { hosts: ["prd.orders.global"] });
  const facts = [...orders(), shares(both), own];
  assert.equal(specOf(facts, "c-eu"), undefined);
  assert.notEqual(specOf(facts, "c-us"), undefined);
  const { findings } = planKey(routedFleet({ settings: ours, facts }), key);
  assert.deepEqual(
    findings.map(({ code, message }) => [code, /mine of cluster c-eu/.test(message)]),
    [["FL815", true]],
  );
  const hidden = { ...own, exportTo: ["."] };
  assert.notEqual(specOf([...orders(), shares(both), hidden], "c-eu"), undefined);
});

test("leaves it to the routing in a cluster where that is active", () => {
  const inCluster = { enabled: { "c-eu": ["orders"] }, disabled: {}, mergeCreatedBy: undefined };
  const settings = { ...ours, routing: { ...ours.routing, inCluster } };
  const facts = [...orders(), shares(both)];
  assert.equal(specOf(facts, "c-eu", settings), undefined);
  assert.notEqual(specOf(facts, "c-us", settings), undefined);
  const fleet = routedFleet({ settings, facts });
  const object = planned(fleet, key, "c-eu")["VirtualService prd.orders.global-incluster-vs"];
  const http = (object!["spec"] as { http: { route: unknown[] }[] }).http;
  assert.deepEqual(http[0]!.route, [
    { destination: { host: "orders-svc.shop.svc.cluster.local", port: { number: 8080 } }, weight: 70 },
    { destination: { host: "us-east-1.region.prd.orders.global", port: { number: 80 } }, weight: 30 },
  ]);
});

/** A RoutingPolicy with the built-in plug-in. */
function rules(text: string, more: { hosts?: string[]; name?: string; priority?: number } = {}): Fact {
  const { hosts = [], name = "orders-routes", priority = 0 } = more;
  const spec = { plugin: "routes", hosts, config: { rules: text } };
  return policy("RoutingPolicy", `c-eu/shop/${name}`, "orders", spec, { priority });
}

test("sends requests on by path and header to a name of a policy, and the others where they went", () => {
  const text = `
- match: {path: /checkout, headers: {X-Beta: "1"}, methods: [GET, POST]}
  to: eu
  timeout: 2s
  retries: 3
`;
  const facts = [...orders(), shares({ "eu-west-1": 100, "us-east-1": 0 }, "eu"), rules(text)];
  const conditions = { headers: { "x-beta": { exact: "1" } }, method: { regex: "GET|POST" } };
  const route = (port: number) => [{ destination: { host: "eu.prd.orders.global", port: { number: port } } }];
  const rule = (port: number) => ({
    name: `orders-routes-0-${port}`,
    match: [
      { uri: { exact: "/checkout" }, ...conditions, port },
      { uri: { prefix: "/checkout/" }, ...conditions, port },
    ],
    route: route(port),
    timeout: "2s",
    retries: { attempts: 3 },
  });
  const plain = (port: number) => ({
    match: [{ port }],
    route: [{ destination: { host: "prd.orders.global", port: { number: port } } }],
  });
  assert.deepEqual(specOf(facts)?.["http"], [rule(80), rule(8080), plain(80), plain(8080)]);
  const plan = planKey(routedFleet({ settings: ours, facts }), key);
  assert.deepEqual(plan.findings, []);
  assert.deepEqual(
    plan.reports.filter(({ object }) => object.kind === "RoutingPolicy").map(({ reason, hosts }) => [reason, hosts]),
    [["Applied", ["prd.orders.global"]]],
  );
});

test("splits a rule's share by the regions of the name that it leads to", () => {
  const facts = [
    ...orders(),
    shares(both),
    rules("[{match: {path: {exact: /}}, to: [{name: default, weight: 1}, {region: us-east-1, weight: 1}]}]"),
  ];
  const http = specOf(facts)?.["http"] as { route: { destination: { host: string }; weight: number }[] }[];
  assert.deepEqual(
    http[0]!.route.map(({ destination, weight }) => [destination.host.split(".")[0], weight]),
    [
      ["eu-west-1", 35],
      ["us-east-1", 65],
    ],
  );
});

test("tries rules of higher priority first", () => {
  const facts = [
    ...orders(),
    shares(both),
    rules("[{match: {path: /a}, to: default}]", { name: "low" }),
    rules("[{match: {path: /b}, to: default}]", { name: "high", priority: 5 }),
  ];
  const http = specOf(facts)?.["http"] as { name?: string }[];
  assert.deepEqual(
    http.flatMap(({ name = [] }) => name),
    ["high-0-80", "high-0-8080", "low-0-80", "low-0-8080"],
  );
});

test("leaves a rule to an unknown name out, keeps the others, and says why", () => {
  const facts = [...orders(), rules("[{match: {path: /a}, to: nowhere}, {match: {path: /b}, to: default}]")];
  const http = specOf(facts)?.["http"] as { name?: string }[];
  assert.deepEqual(
    http.flatMap(({ name = [] }) => name),
    ["orders-routes-1-80", "orders-routes-1-8080"],
  );
  const { findings, reports } = planKey(routedFleet({ settings: ours, facts }), key);
  assert.deepEqual(
    findings.map(({ code, message }) => [code, message]),
    [["FL814", "rules[0]: prd.orders.global has no name nowhere"]],
  );
  assert.deepEqual(
    reports.filter(({ object }) => object.kind === "RoutingPolicy").map(({ accepted, reason }) => [accepted, reason]),
    [[false, "Invalid"]],
  );
});

test("follows rules for the hosts that they list, of their own namespace only", () => {
  const elsewhere = workload("c-us/other/x", { identity: "x" });
  const text = "[{to: default, timeout: 1s}]";
  assert.notEqual(specOf([...orders(), elsewhere, rules(text, { hosts: ["PRD.orders.global"] })]), undefined);
  assert.equal(specOf([...orders(), rules(text, { hosts: ["stg.orders.global"] })]), undefined);
  const foreign = { ...rules(text), namespace: "other" };
  assert.equal(specOf([...orders(), foreign]), undefined);
});

test("keeps rules of path in the routing of a cluster", () => {
  const inCluster = { enabled: { "*": ["*"] }, disabled: {}, mergeCreatedBy: undefined };
  const settings = { ...ours, routing: { ...ours.routing, inCluster } };
  const facts = [...orders(), rules("[{match: {path: {regex: '/v[0-9]+'}}, to: default}]")];
  const object = planned(routedFleet({ settings, facts }), key, "c-eu")[
    "VirtualService prd.orders.global-incluster-vs"
  ];
  const http = (object!["spec"] as { http: { name: string; match: JsonObject[] }[] }).http;
  assert.deepEqual(http[0]!.match[0], {
    authority: { prefix: "prd.orders.global" },
    uri: { regex: "/v[0-9]+" },
    port: 80,
  });
});

test("answers under additional suffixes with shares and rules", () => {
  const settings = { ...ours, names: { ...ours.names, additional: { suffixes: ["mesh"], labels: ["*"] } } };
  const facts = [...orders(), shares(both), rules("[{match: {path: /a}, to: default}]")];
  const object = planned(routedFleet({ settings, facts }), key, "c-ap")["VirtualService prd.orders.mesh-vs"];
  const spec = object?.["spec"] as { hosts: string[]; http: JsonObject[] };
  assert.deepEqual(spec.hosts, ["prd.orders.mesh"]);
  assert.deepEqual(spec.http, specOf(facts)?.["http"]);
});
