import assert from "node:assert/strict";
import { test } from "node:test";
import { virtualClock } from "@fairlead/apimachinery";
import type { FleetChange } from "../../../plan/mesh/fleet/change.ts";
import { createFleet, type FleetSnapshot } from "../../../plan/mesh/fleet/create-fleet.ts";
import type { MeshKey } from "../../../plan/mesh/model/fleet.ts";
import { defaultSettings } from "../../../plan/mesh/model/presets.ts";
import { createEngine } from "./engine.ts";

const key: MeshKey = "identity:orders";
const change: FleetChange = { kind: "cluster", cluster: "eu", view: "current" };

/** An engine whose key needs a write in every cluster each time that it is planned. */
function setUp(clusters: readonly string[]) {
  const clock = virtualClock();
  const plans: number[] = [];
  const taken: FleetChange[] = [];
  // Whatever changes is the key's, but for the time.
  const fleet: FleetSnapshot = {
    ...createFleet(defaultSettings),
    with(changes) {
      const told = [...changes].filter(({ kind }) => kind !== "time");
      taken.push(...told);
      return { fleet, keys: told.length > 0 ? [key] : [] };
    },
  };
  const engine = createEngine({
    fleet,
    plan() {
      plans.push(clock.monotonic());
      const plan = { desired: [], edits: [], complete: true };
      return {
        key,
        clusters: clusters.map((cluster) => ({ ...plan, cluster })),
        needsAddresses: [],
        findings: [],
        reports: [],
      };
    },
    clock,
    turn: () => Promise.resolve(),
    mayWrite: () => true,
    isNeeded: () => plans.length === 1,
    write: () => {},
    onAddresses: () => {},
    onPlan: () => {},
    onError: (_key, error) => assert.fail(String(error)),
  });
  engine.start();
  engine.change(change);
  clock.advance(10);
  assert.equal(plans.length, 1);
  return { clock, engine, plans, taken };
}

test("a key is looked at once after all of its writes, not after each", () => {
  const { clock, engine, plans } = setUp(["eu", "us"]);
  engine.wrote(change);
  engine.settled("eu", key);
  clock.advance(1_000);
  assert.equal(plans.length, 1, "it is still being written in us");
  engine.wrote(change);
  engine.settled("us", key);
  clock.advance(200);
  assert.equal(plans.length, 2);
  clock.advance(60_000);
  assert.equal(plans.length, 2);
});

test("a cluster that does not answer keeps a key from being looked at for five seconds", () => {
  const { clock, engine, plans } = setUp(["eu", "us"]);
  engine.wrote(change);
  engine.settled("eu", key);
  clock.advance(4_900);
  assert.equal(plans.length, 1);
  clock.advance(400);
  assert.equal(plans.length, 2);
});

test("a cluster that goes is not waited for", () => {
  const { clock, engine, plans } = setUp(["eu", "us"]);
  engine.wrote(change);
  engine.settled("eu", key);
  engine.drop("us");
  clock.advance(200);
  assert.equal(plans.length, 2);
});

test("what others change is looked at at once, whatever is being written", () => {
  const { clock, engine, plans } = setUp(["eu", "us"]);
  engine.change(change);
  clock.advance(10);
  assert.equal(plans.length, 2);
});

test("changes count in the order in which they come, whoever's they are", () => {
  const { clock, engine, taken } = setUp(["eu"]);
  const told = ["a", "b", "c", "d"].map((cluster): FleetChange => ({ kind: "cluster", cluster, view: "current" }));
  engine.wrote(told[0]!);
  engine.change(told[1]!);
  engine.wrote(told[2]!);
  engine.change(told[3]!);
  clock.advance(10);
  assert.deepEqual(taken.slice(1), told);
});
