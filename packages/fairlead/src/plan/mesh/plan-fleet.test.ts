import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { get } from "@fairlead/apimachinery";
import { app, threeClusters } from "../../../test/mesh/scenarios.ts";
import { manifest } from "../../../test/mesh/world.ts";
import type { AddressStore } from "./addresses/store.ts";
import type { FleetChange } from "./fleet/change.ts";
import { createFleet, type FleetSnapshot } from "./fleet/create-fleet.ts";
import { admiralSettings, defaultSettings } from "./model/presets.ts";
import type { MeshSettings } from "./model/settings.ts";
import { type FleetPlan, planFleet, writtenAddresses } from "./plan-fleet.ts";

const now = Date.parse("2026-01-01T00:00:00Z");
const apps: readonly FleetChange[] = [
  ...app("eu/shop/orders", "orders"),
  ...app("us/shop/orders", "orders"),
  ...app("us/pay/pay", "pay"),
];
const changes: readonly FleetChange[] = [...threeClusters, ...apps];
const modes = [
  ["hash", defaultSettings],
  ["counter", admiralSettings],
] as const;

function fleetOf(settings: MeshSettings, seen: readonly FleetChange[] = changes): FleetSnapshot {
  return createFleet(settings).with(seen).fleet;
}

/** The addresses of planned ServiceEntries by host; a host has the same everywhere. */
function addressesIn({ plans }: FleetPlan): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const { desired } of plans.flatMap(({ clusters }) => clusters)) {
    for (const object of desired) {
      if (object.kind !== "ServiceEntry") continue;
      const [host] = get(object["spec"], "hosts") as [string];
      const addresses = ((get(object["spec"], "addresses") ?? []) as string[]).join();
      assert.equal(found.get(host) ?? addresses, addresses, host);
      found.set(host, addresses);
    }
  }
  return found;
}

function asWritten({ plans }: FleetPlan): FleetChange[] {
  return plans.flatMap(({ clusters }) =>
    clusters.flatMap(({ cluster, desired }) =>
      desired.map((object): FleetChange => ({ kind: "put", cluster, object })),
    ),
  );
}

for (const [name, settings] of modes) {
  test(`allocates an address for each host, once (${name})`, () => {
    const first = planFleet(fleetOf(settings), [], now);
    const addresses = addressesIn(first);
    assert.deepEqual([...addresses.keys()].sort(), ["stage.orders.global", "stage.pay.global"]);
    assert.equal(new Set(addresses.values()).size, 2);
    assert.ok(first.changedStores.length > 0);
    assert.deepEqual(
      first.plans.flatMap(({ needsAddresses }) => needsAddresses),
      [],
    );
    for (const [host, address] of addresses) assert.deepEqual(first.fleet.addresses(host), [address]);

    const again = planFleet(fleetOf(settings), first.stores, now + 1);
    assert.deepEqual(again.plans, first.plans);
    assert.deepEqual([again.changedStores, again.stores], [[], first.stores]);
  });

  test(`a further host changes no address (${name})`, () => {
    const first = planFleet(fleetOf(settings), [], now);
    const more = planFleet(fleetOf(settings, [...changes, ...app("eu/a/a", "a")]), first.stores, now);
    const addresses = addressesIn(more);
    for (const [host, address] of addressesIn(first)) assert.equal(addresses.get(host), address);
    assert.equal(addresses.size, 3);
  });

  test(`a lost store is made again of what is written (${name})`, () => {
    // Not the order in which they would be allocated from nothing.
    const one = planFleet(fleetOf(settings, [...threeClusters, ...app("us/pay/pay", "pay")]), [], now);
    const first = planFleet(fleetOf(settings), one.stores, now);
    const lost = planFleet(fleetOf(settings, [...changes, ...asWritten(first)]), [], now);
    assert.deepEqual(addressesIn(lost), addressesIn(first));
    assert.ok(lost.changedStores.length > 0);
  });

  test(`a store that cannot be read is left alone, and is said once (${name})`, () => {
    const first = planFleet(fleetOf(settings), [], now);
    const broken = first.stores.map((store): AddressStore => ({
      ...store,
      data: Object.fromEntries(Object.keys(store.data).map((key) => [key, "{["])),
    }));
    const planned = planFleet(fleetOf(settings), broken, now);
    assert.deepEqual([planned.changedStores, planned.stores], [[], broken]);
    assert.deepEqual([...addressesIn(planned)], []);
    assert.ok(planned.plans.every(({ clusters }) => clusters.every(({ complete }) => !complete)));
    const said = planned.findings.filter(({ code }) => code === "FL811").map(({ message }) => message);
    assert.ok(said.length > 0);
    assert.deepEqual(said, [...new Set(said)]);
  });
}

test("does not depend on the order in which objects were seen", () => {
  const expected = planFleet(fleetOf(defaultSettings), [], now);
  fc.assert(
    fc.property(fc.shuffledSubarray([...apps], { minLength: apps.length }), (shuffled) => {
      const { plans, stores, findings } = planFleet(fleetOf(defaultSettings, [...threeClusters, ...shuffled]), [], now);
      assert.deepEqual(
        { plans, stores, findings },
        { plans: expected.plans, stores: expected.stores, findings: expected.findings },
      );
    }),
    { seed: 6, numRuns: 20 },
  );
});

test("says everything once, of clusters too", () => {
  const thief = app("eu/thief/orders", "orders", [80], {
    createdAt: "2026-06-01T00:00:00Z",
    template: { annotations: { "admiral.io/env": "stage" } },
  });
  const { findings } = planFleet(
    fleetOf(defaultSettings, [...changes, ...thief, ...app("bare/shop/orders", "orders")]),
    [],
    now,
  );
  const texts = findings.map(({ code, message }) => `${code} ${message}`);
  assert.deepEqual(texts, [...new Set(texts)]);
  assert.equal(findings.filter(({ code }) => code === "FL807").length, 1);
  assert.ok(texts.some((text) => text.includes("bare")));
});

test("what others put elsewhere is no host's address", () => {
  const fake = (namespace: string): FleetChange => {
    const change = manifest(
      `eu/${namespace}/stage.orders.global-se`,
      "ServiceEntry",
      { hosts: ["stage.orders.global"], addresses: ["10.0.0.1"] },
      {
        apiVersion: "networking.istio.io/v1",
        labels: { "app.kubernetes.io/managed-by": "fairlead" },
        annotations: { "fairlead.dev/owner": "Identity//orders" },
      },
    );
    return change;
  };
  const written = writtenAddresses(fleetOf(defaultSettings, [...changes, fake("team")]));
  assert.deepEqual([...written], []);
  const own = writtenAddresses(fleetOf(defaultSettings, [...changes, fake(defaultSettings.scope.syncNamespace)]));
  assert.deepEqual([...own], [["stage.orders.global", ["10.0.0.1"]]]);
});
