/** Policies of a cluster that was never read since the start: the rules that they shaped stay. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { get, type JsonValue } from "@fairlead/apimachinery";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { createFleet, type FleetSnapshot } from "../../src/plan/mesh/fleet/create-fleet.ts";
import { admiralSettings, defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import type { MeshSettings } from "../../src/plan/mesh/model/settings.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { app, stage, threeClusters, trafficPolicy } from "./scenarios.ts";
import { manifest, plansOf, specOf, world } from "./world.ts";

const host = "stage.orders.global";
const labels = { identity: "orders", env: "stage" };
const detection = (place: string, base: number, createdAt: string) =>
  manifest(place, "OutlierDetection", { outlier_config: { base_ejection_time: base } }, { labels, createdAt });
const connections = manifest(
  "us/shop/orders",
  "ClientConnectionConfig",
  { connectionPool: { http: { maxRequestsPerConnection: 7 } } },
  { labels },
);
const clusters = ["ap", "eu", "us"] as const;
const changes: readonly FleetChange[] = [
  ...threeClusters,
  ...clusters.flatMap((cluster) => app(`${cluster}/shop/orders`, "orders", ["http:8080"], stage)),
  connections,
  detection("eu/shop/orders", 20, "2025-01-01T00:00:00Z"),
  detection("us/shop/orders", 77, "2025-02-01T00:00:00Z"),
];
const connected = { ...admiralSettings, traffic: { ...admiralSettings.traffic, clientConnections: true } };

function policyIn(fleet: FleetSnapshot, cluster: string): JsonValue | undefined {
  return get(specOf(planKey(fleet, "identity:orders"), cluster, `DestinationRule ${host}-default-dr`), "trafficPolicy");
}

/** The fleet after everything was written, and the changes by which a new controller sees it. */
function written(
  settings: MeshSettings,
  all: readonly FleetChange[] = changes,
): { before: FleetSnapshot; seen: readonly FleetChange[] } {
  const before = world(settings, all, { [host]: ["240.0.10.1"] });
  const objects = [...plansOf(before).values()].flatMap((plan) =>
    plan.clusters.flatMap(({ cluster, desired }) =>
      desired.map((object): FleetChange => ({ kind: "put", cluster, object })),
    ),
  );
  return { before, seen: [...all.filter(({ kind }) => kind !== "cluster"), ...objects] };
}

function restarted(settings: MeshSettings): FleetSnapshot {
  return createFleet(settings).with([
    { kind: "addresses", store: "addresses", hosts: new Map([[host, ["240.0.10.1"]]]) },
    ...clusters.map((cluster): FleetChange => ({ kind: "cluster", cluster, view: "unread" })),
  ]).fleet;
}

for (const [mode, settings] of [
  ["default", defaultSettings],
  ["admiral", connected],
] as const) {
  test(`no rule falls back to defaults in whatever order clusters are read (${mode})`, () => {
    const { before, seen } = written(settings);
    const details = (policy: JsonValue | undefined) =>
      ["connectionPool", "outlierDetection", "tunnel"].map((part) => get(policy, part));
    assert.equal(get(details(policyIn(before, "eu"))[1], "baseEjectionTime"), "77s");
    assert.notEqual(details(policyIn(before, "eu"))[0], undefined);
    fc.assert(
      fc.property(fc.shuffledSubarray([...clusters], { minLength: 3 }), (order) => {
        let fleet = restarted(settings);
        for (const [at, cluster] of order.entries()) {
          fleet = fleet.with([
            ...seen.filter((change) => "cluster" in change && change.cluster === cluster),
            { kind: "cluster", cluster, view: "current" },
          ]).fleet;
          for (const read of order.slice(0, at + 1)) {
            assert.deepEqual(
              details(policyIn(fleet, read)),
              details(policyIn(before, read)),
              `${order.join()} ${read}`,
            );
          }
        }
        assert.deepEqual(
          planKey(fleet, "identity:orders").clusters.map(({ desired }) => desired),
          planKey(before, "identity:orders").clusters.map(({ desired }) => desired),
        );
      }),
      { seed: 4, numRuns: 12 },
    );
  });
}

test("a policy of traffic that is not seen keeps the rules that it shaped and the hosts that it made", () => {
  const target = [
    { region: "us-east-1", weight: 100 },
    { region: "eu-west-1", weight: 0 },
  ];
  const rules = ["default", "west"].map((dnsPrefix) => ({ dnsPrefix, lbType: "FAILOVER", target }));
  const { before, seen } = written(defaultSettings, [...changes, trafficPolicy("us/shop/gtp", "orders", ...rules)]);
  const { fleet } = restarted(defaultSettings).with([
    ...seen.filter((change) => "cluster" in change && change.cluster !== "us"),
    ...["ap", "eu"].map((cluster): FleetChange => ({ kind: "cluster", cluster, view: "current" })),
  ]);
  const desired = (of: FleetSnapshot) =>
    planKey(of, "identity:orders").clusters.find(({ cluster }) => cluster === "eu")!.desired;
  const notes = new Map(
    desired(before).map(({ kind, metadata }) => [
      `${kind} ${metadata.name}`,
      get(metadata.annotations, "associated-gtp"),
    ]),
  );
  // Of a host that is there anyway the rule alone is written anew for the note.
  assert.deepEqual(
    [notes.get(`ServiceEntry ${host}-se`), notes.get(`DestinationRule ${host}-default-dr`)],
    [undefined, "gtp"],
  );
  assert.deepEqual(
    [notes.get(`ServiceEntry west.${host}-se`), notes.get(`DestinationRule west.${host}-dr`)],
    ["gtp", "gtp"],
  );
  const rulesIn = (of: FleetSnapshot) => desired(of).filter(({ kind }) => kind === "DestinationRule");
  assert.deepEqual(rulesIn(fleet), rulesIn(before));
  assert.deepEqual(
    desired(fleet).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
    desired(before).map(({ kind, metadata }) => `${kind} ${metadata.name}`),
  );
});

test("a policy that is seen moves requests away from a cluster that is not", () => {
  const { seen } = written(defaultSettings);
  const { fleet } = restarted(defaultSettings).with([
    ...seen.filter((change) => "cluster" in change && change.cluster !== "us"),
    ...["ap", "eu"].map((cluster): FleetChange => ({ kind: "cluster", cluster, view: "current" })),
  ]);
  const planned = (...regions: readonly string[]) => {
    const target = regions.map((region, at) => ({ region, weight: at === 0 ? 100 : 0 }));
    const policy = trafficPolicy("eu/shop/away", "orders", { dnsPrefix: "default", lbType: "FAILOVER", target });
    const plan = planKey(fleet.with([policy]).fleet, "identity:orders");
    return plan.clusters.find(({ cluster }) => cluster === "ap")!.desired;
  };
  assert.notDeepEqual(planned("eu-west-1", "us-east-1"), planned("us-east-1", "eu-west-1"));
});

test("once the cluster is read, or registered no longer, what it says counts", () => {
  const { seen } = written(defaultSettings);
  const { fleet } = restarted(defaultSettings).with([
    ...seen.filter((change) => "cluster" in change && change.cluster !== "us"),
    ...["ap", "eu"].map((cluster): FleetChange => ({ kind: "cluster", cluster, view: "current" })),
  ]);
  const base = (of: FleetSnapshot) => get(get(policyIn(of, "eu"), "outlierDetection"), "baseEjectionTime");
  assert.equal(base(fleet), "77s");
  assert.equal(base(fleet.with([{ kind: "forget", cluster: "us" }]).fleet), "20s");
});
