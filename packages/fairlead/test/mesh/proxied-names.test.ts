/** Names that several DependencyProxies, or a proxy and the identity itself, would write: one of them has it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { admiralSettings, defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { app, shares, threeClusters, trafficPolicy } from "./scenarios.ts";
import { afterWriting, manifest, plansOf, world } from "./world.ts";

const prd = { template: { annotations: { "admiral.io/env": "prd" } } };

function proxy(name: string, identity: string, destination: string, suffix: string, day: number): FleetChange {
  const spec = { proxy: { identity }, destination: { identity: destination, dnsSuffix: suffix } };
  const annotations = { "admiral.io/env": "prd" };
  return manifest(`home/admiral/${name}`, "DependencyProxy", spec, {
    annotations,
    createdAt: `2025-01-0${day}T00:00:00Z`,
  });
}

const apps = ["orders", "pay"].flatMap((name) => app(`eu/shop/${name}`, name, ["http:8080"], prd));
const gone = (change: FleetChange): FleetChange => ({ ...change, kind: "delete" }) as FleetChange;

for (const settings of [admiralSettings, defaultSettings]) {
  describe(`in ${settings.mode} mode`, () => {
    const writersOf = (fleet: ReturnType<typeof world>, name: string): string[] =>
      [...plansOf(fleet)].flatMap(([key, { clusters }]) =>
        clusters.some(({ desired }) => desired.some(({ metadata }) => metadata.name === name)) ? [key] : [],
      );

    test("the oldest proxy of a name has it, the other is told; it follows without a gap", () => {
      const [first, second] = [proxy("b", "pay", "legacy", "acme", 1), proxy("a", "orders", "legacy", "acme", 2)];
      const fleet = world(settings, [...threeClusters, ...apps, first, second]);
      assert.deepEqual(writersOf(fleet, "prd.legacy.acme-vs"), ["identity:pay"]);
      const report = planKey(fleet, "identity:orders").reports.find(({ object }) => object.name === "a");
      assert.deepEqual([report?.accepted, report?.reason], [false, "Overruled"]);
      const { fleet: next, keys } = afterWriting(fleet).with([gone(first)]);
      assert.ok(keys.includes("identity:orders"), keys.join());
      assert.deepEqual(writersOf(next, "prd.legacy.acme-vs"), ["identity:orders"]);
      const { clusters } = planKey(next, "identity:pay");
      const left = clusters.filter((one) => one.left?.some(({ name }) => name === "prd.legacy.acme-vs"));
      const written = next.written("identity:pay").filter(({ name }) => name === "prd.legacy.acme-vs");
      assert.deepEqual(
        left.map(({ cluster }) => cluster),
        written.map(({ cluster }) => cluster),
      );
      assert.ok(left.length > 0);
    });

    test("a name is known where it is called, though the identity that it is of runs nowhere", () => {
      const everywhere = { ...settings, scope: { ...settings.scope, withoutDependency: "everywhere" } } as const;
      const cart = app("us/shop/cart", "cart", ["http:8080"], prd);
      const legacy = proxy("b", "pay", "legacy", "acme", 1);
      const fleet = world(everywhere, [...threeClusters, ...apps, ...cart, legacy]);
      const clustersIn = (now: typeof fleet): string[] =>
        planKey(now, "identity:pay").clusters.flatMap(({ cluster, desired }) =>
          desired.some(({ metadata }) => metadata.name === "prd.legacy.acme-vs") ? [cluster] : [],
        );
      const calls = manifest("home/admiral/cart", "Dependency", { source: "cart", destinations: ["legacy"] });
      const called = fleet.with([calls]);
      assert.ok(called.keys.includes("identity:pay"), called.keys.join());
      assert.deepEqual(clustersIn(called.fleet), ["us"]);
      const moved = called.fleet.with(app("eu/shop/cart", "cart", ["http:8080"], prd));
      assert.ok(moved.keys.includes("identity:pay"), moved.keys.join());
      assert.deepEqual(clustersIn(moved.fleet), ["eu", "us"]);
      const free = moved.fleet.with([gone(calls)]);
      assert.ok(free.keys.includes("identity:pay"), free.keys.join());
      assert.deepEqual(clustersIn(free.fleet), clustersIn(fleet));
    });

    test("a proxy that runs nowhere has no name", () => {
      const fleet = world(settings, [
        ...threeClusters,
        ...apps,
        proxy("b", "ghost", "legacy", "acme", 1),
        proxy("a", "orders", "legacy", "acme", 2),
      ]);
      assert.deepEqual(writersOf(fleet, "prd.legacy.acme-vs"), ["identity:orders"]);
    });
  });
}

test("a proxy in front of a name of the mesh has it, and not the shares of regions", () => {
  const changes = [...threeClusters, ...apps, ...app("us/shop/pay", "pay", ["http:8080"], prd)];
  const policy = trafficPolicy("eu/shop/pay", "pay", shares);
  const fleet = world(defaultSettings, [...changes, policy, proxy("p", "orders", "pay", "global", 1)]);
  const writers = [...plansOf(fleet)].flatMap(([key, { clusters }]) =>
    clusters.flatMap(({ cluster, desired }) =>
      desired.some(({ metadata }) => metadata.name === "prd.pay.global-vs") ? [`${cluster} ${key}`] : [],
    ),
  );
  assert.deepEqual(
    writers.filter((one) => !one.endsWith("identity:orders")),
    [],
  );
  assert.ok(writers.length > 0);
});
