/** What holds for the objects of every fleet, in both modes and both outputs. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isObject, type JsonValue } from "@fairlead/apimachinery";
import { runs } from "../../../../scripts/runs.ts";
import type { Fact } from "../../src/plan/mesh/model/facts.ts";
import type { Fleet, MeshKey } from "../../src/plan/mesh/model/fleet.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import type { MeshPlan } from "../../src/plan/mesh/model/plan.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { dependency, policy, routing, service, workload } from "./facts.ts";
import { admiral, ours, routedFleet, written } from "./routed-fleet.ts";

const inCluster = { enabled: { "c-eu": ["*"] }, disabled: {}, mergeCreatedBy: undefined };
const additional = { suffixes: ["mesh"], labels: ["*"] };
const full: MeshSettings = {
  ...ours,
  scope: { ...ours.scope, authorization: true },
  names: { ...ours.names, additional },
};
const modes: readonly MeshSettings[] = [
  { ...admiral, names: { ...admiral.names, additional } },
  full,
  { ...full, routing: { ...admiral.routing, inCluster, rulesPlugin: "routes", previewPrefixes: true } },
  { ...full, output: "ambient" },
];

const clusterName = fc.constantFrom("c-ap", "c-eu", "c-us");
const identity = fc.constantFrom("cart", "Orders", "pay");
const annotations = { "sidecar.istio.io/inject": "true", "admiral.io/env": "prd" };

const running = fc.record({
  cluster: clusterName,
  identity,
  port: fc.constantFrom("http:80", "tcp:5432", "tls-x:8443"),
});
const traffic = fc.record({
  identity,
  prefix: fc.constantFrom("default", "eu"),
  weights: fc.tuple(fc.nat(100), fc.nat(100), fc.nat(100)),
});
const path = fc.record({ identity, to: fc.constantFrom("default", "eu", "{region: us-east-1}", "nowhere") });
const own = fc.record({ identity, cluster: clusterName });

const given = fc.record({
  settings: fc.constantFrom(...modes),
  running: fc.array(running, { maxLength: 6 }),
  traffic: fc.array(traffic, { maxLength: 3 }),
  paths: fc.array(path, { maxLength: 3 }),
  own: fc.array(own, { maxLength: 2 }),
  calls: fc.array(fc.tuple(identity, identity), { maxLength: 4 }),
  without: fc.subarray(["c-ap", "c-eu", "c-us"]),
});

type Given = typeof given extends fc.Arbitrary<infer Value> ? Value : never;

function factsOf({ running: places, traffic: policies, paths, own: users, calls }: Given): Fact[] {
  const regions = ["ap-south-1", "eu-west-1", "us-east-1"];
  return [
    ...places.flatMap(({ cluster, identity: name, port }, at) => {
      const place = `${cluster}/${name.toLowerCase()}-ns/app-${at}`;
      return [workload(place, { identity: name, app: `app-${at}` }, { annotations }), service(place, [port])];
    }),
    ...policies.map(({ identity: name, prefix, weights }, at) => {
      const target = regions.map((region, index) => ({ region, weight: weights[index]! }));
      const spec = { policy: [{ dnsPrefix: prefix, lbType: "FAILOVER", target }] };
      const place = `c-eu/${name.toLowerCase()}-ns/gtp-${at}`;
      return policy("GlobalTrafficPolicy", place, name.toLowerCase(), spec, { env: "prd" });
    }),
    ...paths.map(({ identity: name, to }, at) => {
      const config = { rules: `[{match: {path: /a}, to: [${to}]}]`, wasmPath: "/x" };
      const spec = { plugin: at % 2 === 0 ? "routes" : "geo", hosts: [], config };
      return policy("RoutingPolicy", `c-eu/${name.toLowerCase()}-ns/rp-${at}`, name.toLowerCase(), spec);
    }),
    ...users.map(({ identity: name, cluster }, at) => {
      const host = `prd.${name.toLowerCase()}.global`;
      const spec = { hosts: [host], http: [{ route: [{ destination: { host: "app.svc.cluster.local" } }] }] };
      return routing(`${cluster}/users/own-${at}`, "VirtualService", [host], spec);
    }),
    ...calls.map(([source, destination], at) => dependency(`d-${at}`, source, destination)),
  ];
}

const keys: readonly MeshKey[] = [
  ...["cart", "orders", "pay"].map((name) => `identity:${name}` as const),
  ...["c-ap", "c-eu", "c-us"].flatMap((cluster) =>
    ["cart", "orders", "pay"].map((name) => `namespace:${cluster}/${name}-ns` as const),
  ),
];

function fleetOf(sample: Given, facts: readonly Fact[]): Fleet {
  const fleet = routedFleet({ settings: sample.settings, facts });
  const closed = (name: string): boolean => sample.without.includes(name);
  const clusters = fleet.clusters.map((one) => (closed(one.name) ? { ...one, gateway: undefined } : one));
  // Addresses of every host are the same whatever is asked first.
  const addresses = (host: string): readonly string[] => [`240.0.0.${host.length}`];
  return { ...fleet, clusters, addresses, cluster: (name) => clusters.find((one) => one.name === name) };
}

function plans(fleet: Fleet): readonly MeshPlan[] {
  return keys.map((key) => planKey(fleet, key));
}

test("says the same whatever the order of what was seen", () => {
  fc.assert(
    fc.property(given, (sample) => {
      const facts = factsOf(sample);
      const turned = JSON.stringify(plans(fleetOf(sample, facts.toReversed())));
      assert.equal(turned, JSON.stringify(plans(fleetOf(sample, facts))));
    }),
    runs(100),
  );
});

test("says the same once it is written", () => {
  fc.assert(
    fc.property(given, (sample) => {
      const facts = factsOf(sample);
      const first = plans(fleetOf(sample, facts));
      const there = first.flatMap(({ key, clusters }) =>
        clusters.flatMap(({ cluster, desired }) => desired.map((object) => written(key, cluster, object))),
      );
      const again = plans(fleetOf(sample, [...facts, ...there]));
      assert.deepEqual(
        again.map(({ clusters }) => clusters.filter(({ desired }) => desired.length > 0).map(({ desired }) => desired)),
        first.map(({ clusters }) => clusters.filter(({ desired }) => desired.length > 0).map(({ desired }) => desired)),
      );
    }),
    runs(100),
  );
});

/** Hosts to which a route leads. */
function destinations(value: JsonValue | undefined): string[] {
  if (Array.isArray(value)) return value.flatMap(destinations);
  if (!isObject(value)) return [];
  const { destination, backendRefs } = value;
  const host = isObject(destination) ? [String(destination["host"])] : [];
  const names = Array.isArray(backendRefs) ? backendRefs.map((ref) => (isObject(ref) ? String(ref["name"]) : "")) : [];
  return [...host, ...names, ...Object.values(value).flatMap(destinations)];
}

test("leads to no name that a cluster does not have", () => {
  let routes = 0;
  fc.assert(
    fc.property(given, (sample) => {
      const all = plans(fleetOf(sample, factsOf(sample)));
      for (const cluster of ["c-ap", "c-eu", "c-us"]) {
        const objects = all.flatMap(({ clusters }) => clusters.filter((one) => one.cluster === cluster));
        const desired = objects.flatMap((plan) => [...plan.desired]);
        const hosts = new Set(
          desired
            .filter(({ kind }) => kind === "ServiceEntry")
            .flatMap((object) => (object["spec"] as { hosts: string[] }).hosts),
        );
        for (const object of desired) {
          if (object.kind !== "VirtualService" && object.kind !== "HTTPRoute") continue;
          const to = destinations(object["spec"]).filter((host) => host.endsWith(".global"));
          routes += to.length;
          for (const host of to) assert.ok(hosts.has(host), `${object.metadata.name} of ${cluster} leads to ${host}`);
        }
      }
    }),
    runs(200),
  );
  assert.ok(routes > 100, `only ${routes} routes`);
});
