/** Planning again what a change touches gives what planning everything gives. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import type { FleetChange } from "../../src/plan/mesh/fleet/change.ts";
import { createFleet } from "../../src/plan/mesh/fleet/create-fleet.ts";
import type { Fleet, MeshKey } from "../../src/plan/mesh/model/fleet.ts";
import type { MeshPlan } from "../../src/plan/mesh/model/plan.ts";
import { planKey } from "../../src/plan/mesh/plan-key.ts";
import { fleets, meshSettings } from "./arbitraries.ts";

/** Changes one by one: everything comes, some of it goes, some comes again; clusters are lost and found. */
const sequences: fc.Arbitrary<readonly FleetChange[]> = fc
  .record({
    changes: fleets,
    order: fc.array(fc.nat(), { minLength: 50, maxLength: 50 }),
    gone: fc.array(fc.nat(), { maxLength: 6 }),
    views: fc.array(
      fc.record({
        kind: fc.constant("cluster" as const),
        cluster: fc.constantFrom("c1", "c2", "c3"),
        view: fc.constantFrom("current", "stale", "paused", "unread"),
      }),
      { maxLength: 3 },
    ),
  })
  .map(({ changes, order, gone, views }) => {
    const shuffled = [...changes, ...views]
      .map((change, index) => ({ change, at: order[index % order.length]! }))
      .sort((a, b) => a.at - b.at)
      .map(({ change }) => change as FleetChange);
    const removed = gone.flatMap((at): FleetChange[] => {
      const change = changes[at % changes.length]!;
      return change.kind === "put" ? [{ ...change, kind: "delete" }] : [];
    });
    return [...shuffled, ...removed, ...shuffled.slice(0, 2)];
  });

function planAll(fleet: Fleet, keys: Iterable<MeshKey>): ReadonlyMap<MeshKey, MeshPlan> {
  return new Map([...keys].map((key) => [key, planKey(fleet, key)]));
}

test("what a change touches is all that it changes", () => {
  fc.assert(
    fc.property(sequences, meshSettings, (sequence, chosen) => {
      const settings = { ...chosen, addresses: { ...chosen.addresses, kind: "none" as const } };
      let fleet = createFleet(settings);
      const plans = new Map<MeshKey, MeshPlan>();
      for (const change of sequence) {
        const next = fleet.with([change]);
        fleet = next.fleet;
        for (const [key, plan] of planAll(fleet, next.keys)) plans.set(key, plan);
      }
      // With nothing kept from the snapshots before.
      const alone = { ...fleet, revision: () => undefined };
      for (const [key, plan] of planAll(alone, new Set([...fleet.keys(), ...plans.keys()]))) {
        assert.deepEqual(plans.get(key), plan, key);
      }
    }),
    runs(60),
  );
});
