/** Names that may be read in several ways: whose they are, and that they are only one's. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { get } from "@fairlead/apimachinery";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { createFleet, type FleetSnapshot } from "../../src/plan/mesh/fleet/create-fleet.ts";
import type { MeshKey } from "../../src/plan/mesh/model/fleet.ts";
import type { MeshPlan } from "../../src/plan/mesh/model/plan.ts";
import { admiralSettings, defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { deployment, manifest, plansOf, registered, service } from "./world.ts";

const identities = [
  "orders",
  "prd.orders",
  "West.prd.orders",
  "region.prd.orders",
  "canary.prd.orders",
  "b.prd.orders",
  "db-0.prd.orders",
  "canary.west.prd.orders",
];
const envs = ["prd", "west", "a", "eu-west-1"];
const days = ["2025-01-01T00:00:00Z", "2025-02-01T00:00:00Z", "2025-03-01T00:00:00Z"];
const place = fc.record({
  cluster: fc.constantFrom("eu", "us"),
  namespace: fc.constantFrom("shop", "team"),
  at: fc.nat(5),
});

const workload = fc
  .record({
    place,
    identity: fc.constantFrom(...identities),
    env: fc.constantFrom(...envs),
    createdAt: fc.constantFrom(...days),
    kind: fc.constantFrom("Deployment", "StatefulSet", "Rollout"),
  })
  .map(({ place: { cluster, namespace, at }, identity, env, createdAt, kind }): FleetChange[] => {
    const name = kind === "StatefulSet" ? "db" : `w${at}`;
    const where = `${cluster}/${namespace}/${name}`;
    const template = { annotations: { "admiral.io/env": env } };
    const canary = {
      stableService: name,
      canaryService: `${name}-next`,
      trafficRouting: { istio: { virtualService: { name } } },
    };
    const spec = kind === "Rollout" ? { strategy: { canary } } : { serviceName: name, replicas: 1 };
    return [
      deployment(where, identity, { kind, createdAt, template, spec }),
      service(where, [80], kind === "StatefulSet" ? { spec: { clusterIP: "None" } } : {}),
      service(`${where}-next`, [80], { selector: { app: name } }),
    ];
  });

const policy = fc
  .record({
    place,
    identity: fc.constantFrom(...identities),
    prefixes: fc.subarray(["west", "canary", "a.b", "west.canary", "eu-west-1.region", "default"], { minLength: 1 }),
    shared: fc.boolean(),
  })
  .map(({ place: { cluster, namespace, at }, identity, prefixes, shared }): FleetChange[] => {
    const target = [
      { region: "eu-west-1", weight: 50 },
      { region: "us-east-1", weight: 50 },
    ];
    const policies = prefixes.map((dnsPrefix) => (shared ? { dnsPrefix, lbType: "FAILOVER", target } : { dnsPrefix }));
    return [
      manifest(`${cluster}/${namespace}/p${at}`, "GlobalTrafficPolicy", { policy: policies }, { labels: { identity } }),
    ];
  });

const sequences = fc
  .array(fc.oneof({ weight: 2, arbitrary: workload }, { weight: 1, arbitrary: policy }), {
    minLength: 3,
    maxLength: 10,
  })
  .chain((parts) =>
    fc.record({
      puts: fc.constant(parts.flat()),
      gone: fc.subarray(parts.flat(), { maxLength: 4 }),
    }),
  )
  .map(({ puts, gone }): readonly FleetChange[] => [
    ...puts,
    ...gone.map((change) => ({ ...change, kind: "delete" }) as FleetChange),
    ...gone.slice(0, 1),
  ]);

/** The keys that plan a host, by host in lower case and cluster. */
function plannersOf(plans: Iterable<MeshPlan>): ReadonlyMap<string, ReadonlySet<MeshKey>> {
  const found = new Map<string, Set<MeshKey>>();
  for (const { key, clusters } of plans) {
    for (const { desired } of clusters) {
      for (const object of desired) {
        if (object.kind !== "ServiceEntry") continue;
        for (const host of get(object["spec"], "hosts") as string[]) {
          const name = host.toLowerCase();
          found.set(name, (found.get(name) ?? new Set()).add(key));
        }
      }
    }
  }
  return found;
}

for (const [mode, preset] of [
  ["default", defaultSettings],
  ["admiral", admiralSettings],
] as const) {
  const settings = {
    ...preset,
    addresses: { ...preset.addresses, kind: "none" as const },
    discovery: { ...preset.discovery, sourceKinds: defaultSettings.discovery.sourceKinds },
  };
  const start = createFleet(settings).with([...registered("eu", "eu-west-1"), ...registered("us", "us-east-1")]).fleet;

  test(`no host is ever planned by two keys, and each change plans again whose names it decides (${mode})`, () => {
    let disputed = 0;
    fc.assert(
      fc.property(sequences, (sequence) => {
        let fleet: FleetSnapshot = start;
        const plans = new Map<MeshKey, MeshPlan>();
        for (const change of sequence) {
          const next = fleet.with([change]);
          fleet = next.fleet;
          for (const key of next.keys) plans.set(key, planKey(fleet, key));
        }
        for (const [host, keys] of plannersOf(plans.values()))
          assert.equal(keys.size, 1, `${host}: ${[...keys].join()}`);
        for (const [key, plan] of plansOf(fleet)) assert.deepEqual(plans.get(key), plan, key);
        if (
          [...plans.values()].some(({ findings }) =>
            findings.some(({ message }) => message.includes("was there first")),
          )
        )
          disputed++;
      }),
      runs(80),
    );
    assert.ok(disputed > 5, `names were disputed in ${disputed} fleets only`);
  });
}

test("a name is the oldest identity's, however it is made", () => {
  const settings = { ...defaultSettings, addresses: { ...defaultSettings.addresses, kind: "none" as const } };
  const app = (name: string, identity: string, env: string, createdAt: string): FleetChange[] => [
    deployment(`eu/${name}/${name}`, identity, { createdAt, template: { annotations: { "admiral.io/env": env } } }),
    service(`eu/${name}/${name}`, [80]),
  ];
  const cases = [
    ["canary", "canary.prd.orders", "west", { dnsPrefix: "west.canary" }, "west.canary.prd.orders.global"],
    [
      "region",
      "region.prd.orders",
      "eu-west-1",
      { dnsPrefix: "eu-west-1.region" },
      "eu-west-1.region.prd.orders.global",
    ],
    ["dots", "b.prd.orders", "a", { dnsPrefix: "a.b" }, "a.b.prd.orders.global"],
    ["near", "prd.orders", "b", { dnsPrefix: "a.b" }, "a.b.prd.orders.global"],
  ] as const;
  for (const [name, identity, env, rule, host] of cases) {
    for (const [createdAt, key] of [
      ["2024-01-01T00:00:00Z", "identity:" + identity],
      ["2026-01-01T00:00:00Z", "identity:orders"],
    ] as const) {
      const { fleet } = createFleet(settings).with([
        ...registered("eu", "eu-west-1"),
        ...app("orders", "orders", "prd", "2025-01-01T00:00:00Z"),
        ...app(name, identity, env, createdAt),
        manifest("eu/orders/gtp", "GlobalTrafficPolicy", { policy: [rule] }, { labels: { identity: "orders" } }),
      ]);
      const plans = plansOf(fleet);
      const planners = [...(plannersOf(plans.values()).get(host) ?? [])];
      // What stands in front of an older base host is that identity's, whether it uses it or not.
      assert.deepEqual(planners, name === "near" && createdAt.startsWith("2024") ? [] : [key], `${host} ${createdAt}`);
      const said = [...plans.values()].flatMap(({ findings }) => findings.filter(({ code }) => code === "FL807"));
      assert.ok(said.length > 0, host);
    }
  }
});
