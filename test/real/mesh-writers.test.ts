/** What routes, filters and guards the services of a fleet: the server accepts each object, with Istio's CEL rules. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { canonicalJson, type JsonObject } from "@fairlead/apimachinery";
import { ambientInfrastructure } from "../../packages/fairlead/src/plan/mesh/write/ambient/infrastructure.ts";
import { intentOf } from "../../packages/fairlead/src/plan/mesh/identity/intent.ts";
import { clusterDns } from "../../packages/fairlead/src/plan/mesh/write/cluster-dns.ts";
import type { Fact } from "../../packages/fairlead/src/plan/mesh/model/facts.ts";
import type { MeshKey } from "../../packages/fairlead/src/plan/mesh/model/fleet.ts";
import type { MeshSettings } from "../../packages/fairlead/src/plan/mesh/model/settings.ts";
import { planKey } from "../../packages/fairlead/src/plan/mesh/plan-key.ts";
import { policy, routing, service } from "../../packages/fairlead/test/mesh/facts.ts";
import { admiral, orders, ours, routedFleet, shares } from "../../packages/fairlead/test/mesh/routed-fleet.ts";
import { readAccess } from "../../scripts/real/access.ts";
import { discover } from "../../scripts/real/discovery.ts";
import { dryRun, formatVerdict } from "../../scripts/real/dry-run.ts";
import { runs } from "../../scripts/runs.ts";

const { plane } = readAccess();
const resources = await discover(plane);

const inCluster = { enabled: { "*": ["*"] }, disabled: {}, mergeCreatedBy: undefined };
const additional = { suffixes: ["mesh", "svc.acme"], labels: ["*"] };
const scope = { ...ours.scope, authorization: true };
const full: MeshSettings = { ...ours, scope, names: { ...ours.names, additional } };
const modes: readonly MeshSettings[] = [
  { ...admiral, names: { ...admiral.names, additional } },
  full,
  { ...full, routing: { ...admiral.routing, inCluster, rulesPlugin: "routes" } },
  { ...full, output: "ambient" },
];

const weight = fc.nat(100);
const text = fc.constantFrom("/a", "/a/b", "{exact: /x}", "{regex: '/v[0-9]+'}", "{prefix: /}");
const rule = fc
  .record({
    path: text,
    header: fc.constantFrom("", "headers: {X-A: b, y: {prefix: c}, z: {regex: 'd+'}}, "),
    methods: fc.constantFrom("", "methods: [GET], ", "methods: [GET, PUT], "),
    query: fc.constantFrom("", "query: {q: {exact: '1'}}, "),
    to: fc.constantFrom("default", "eu", "[{name: eu, weight: 3}, {region: us-east-1, weight: 1}]"),
    more: fc.constantFrom("", ", timeout: 1500ms", ", timeout: 2m, retries: 3"),
  })
  .map(
    ({ path, header, methods, query, to, more }) =>
      `- {match: {${header}${methods}${query}path: ${path}}, to: ${to}${more}}`,
  );

const given = fc.record({
  settings: fc.constantFrom(...modes),
  base: fc.tuple(weight, weight),
  eu: fc.tuple(weight, weight),
  rules: fc.array(rule, { maxLength: 4 }),
  ports: fc.subarray(["http:8080", "grpc:9000", "tcp-db:5432", "tls-admin:9443"], { minLength: 1 }),
  own: fc.boolean(),
});

type Given = typeof given extends fc.Arbitrary<infer Value> ? Value : never;

function objectsOf({ settings, base, eu, rules, ports, own }: Given): JsonObject[] {
  const host = "prd.orders.global";
  const destination = { host: "orders-svc.shop.svc.cluster.local" };
  const facts: Fact[] = [
    ...orders().filter(({ fact }) => fact !== "service"),
    service("c-eu/shop/orders-svc", ports),
    service("c-us/shop/orders-svc", ports),
    {
      ...(shares({ "eu-west-1": base[0], "us-east-1": base[1] }) as Fact & { spec: JsonObject }),
      spec: {
        policy: [base, eu].map(([west, east], at) => ({
          dnsPrefix: at === 0 ? "default" : "eu",
          lbType: "FAILOVER",
          target: [
            { region: "eu-west-1", weight: west },
            { region: "us-east-1", weight: east },
          ],
        })),
      },
    } as Fact,
    policy("RoutingPolicy", "c-eu/shop/routes", "orders", {
      plugin: "routes",
      config: { rules: rules.join("\n"), wasmPath: "/a.wasm" },
    }),
    policy("RoutingPolicy", "c-eu/shop/geo", "orders", {
      plugin: "geo",
      hosts: [host],
      config: { wasmPath: "/a.wasm" },
    }),
    ...(own
      ? [
          routing("c-eu/shop/mine", "VirtualService", [host], { hosts: [host], http: [{ route: [{ destination }] }] }),
          routing("c-eu/shop/mine", "DestinationRule", [host], { host, subsets: [{ name: "v1", labels: { v: "1" } }] }),
        ]
      : []),
  ];
  const fleet = routedFleet({ settings, facts });
  const keys: MeshKey[] = ["identity:orders", "namespace:c-eu/shop", "namespace:c-us/shop"];
  const planned = keys.flatMap((key) => planKey(fleet, key).clusters.flatMap(({ desired }) => [...desired]));
  const dns = clusterDns(fleet, "c-eu", intentOf(fleet, "orders").intent.hosts, "addresses").object;
  return [...planned, ...ambientInfrastructure(settings), dns];
}

test("what routes, filters and guards becomes objects that the server accepts", async (t) => {
  const objects = new Map<string, JsonObject>();
  for (const sample of fc.sample(given, runs(120)))
    for (const object of objectsOf(sample)) objects.set(canonicalJson(object), object);
  const kinds = new Set([...objects.values()].map(({ kind }) => String(kind)));
  const wanted = ["AuthorizationPolicy", "ConfigMap", "DestinationRule", "EnvoyFilter", "Gateway", "HTTPRoute"];
  assert.deepEqual([...kinds].sort(), [...wanted, "ServiceEntry", "VirtualService"]);
  const verdicts = await dryRun(plane, [...objects.values()], resources);
  const refused = verdicts.filter(({ accepted }) => !accepted).map(formatVerdict);
  const shown = [...new Set(refused)].slice(0, 20).join("\n");
  assert.equal(refused.length, 0, `${refused.length} of ${objects.size} objects are refused:\n${shown}`);
  t.diagnostic(`${objects.size} objects, all accepted`);
});
