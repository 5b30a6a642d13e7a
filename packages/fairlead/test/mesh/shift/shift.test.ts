/** Shares of regions that move step by step, in default mode. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createFleet } from "../../../src/plan/mesh/fleet/create-fleet.ts";
import { planKey } from "../../../src/plan/mesh/plan-key.ts";
import { fleets } from "../planned-fleet.ts";
import { afterWriting, manifest, plannedObject } from "../world.ts";
import { annotationIn, host, names, settings, sharesOf, shiftWorld, type ShiftWorld } from "./shift-world.ts";

const fiveMinutes = 300_000;
const toEu = { "eu-west-1": 100, "us-east-1": 0 };
const toUs = { "eu-west-1": 0, "us-east-1": 100 };

/** Writes everywhere until nothing is left to write. */
function settle(world: ShiftWorld): void {
  for (let round = 0; round < 6; round++) for (const name of names) world.write(name);
}

function started(serving: readonly string[] = ["eu", "us"]): ShiftWorld {
  const world = shiftWorld(undefined, serving);
  world.policy(toEu, "10%/5m");
  settle(world);
  return world;
}

const sharesIn = (world: ShiftWorld, cluster = "ap") => sharesOf(world.objects(cluster));
const noted = (world: ShiftWorld, what: string, cluster = "ap") =>
  annotationIn(world.objects(cluster), `fairlead.dev/${what}`);

describe("a shift", () => {
  test("is none the first time: what a policy says of a new service holds at once", () => {
    const world = started();
    assert.deepEqual(sharesIn(world), { "eu-west-1": 100 });
    assert.equal(noted(world, "shares"), "eu-west-1=100");
    assert.equal(noted(world, "shares-to"), undefined);
    assert.equal(world.plan().againAt, undefined);
    assert.deepEqual(world.plan().findings, []);
  });

  test("moves a step at once, then one every time, until it is there; then nothing is left of it", () => {
    const world = started();
    const before = world.objects("ap").map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    world.policy(toUs, "10%/5m");
    for (let step = 1; step <= 10; step++) {
      settle(world);
      const left = 100 - 10 * step;
      const wanted = left === 0 ? { "us-east-1": 100 } : { "eu-west-1": left, "us-east-1": 10 * step };
      for (const name of names) assert.deepEqual(sharesIn(world, name), wanted, name);
      const { againAt } = world.plan();
      assert.equal(againAt === undefined, step === 10);
      world.pass(fiveMinutes - 1_000);
      settle(world);
      assert.deepEqual(sharesIn(world), wanted, "nothing moves before its time");
      world.pass(1_000);
      if (againAt !== undefined) assert.equal(againAt, world.fleet().time);
    }
    settle(world);
    const after = world.objects("ap").map(({ kind, metadata }) => `${kind} ${metadata.name}`);
    assert.deepEqual(after.sort(), before.sort());
    assert.equal(noted(world, "shares-to"), undefined);
    assert.equal(noted(world, "shares-since"), "2026-01-01T00:45:00Z");
    world.pass(fiveMinutes * 100);
    assert.ok(
      names.every((name) => world.write(name, 0)),
      "there is nothing to write",
    );
  });

  test("begins when every cluster knows the names of the regions and where to", () => {
    const world = started();
    world.policy(toUs, "10%/5m");
    world.write("eu");
    world.write("us");
    assert.deepEqual(sharesIn(world, "eu"), { "eu-west-1": 100 });
    assert.match(
      world.plan().findings[0]!.message,
      /stays at eu-west-1=100: cluster ap does not have the last step yet/,
    );
    world.pass(fiveMinutes * 10);
    world.write("eu");
    assert.deepEqual(sharesIn(world, "eu"), { "eu-west-1": 100 });
    const entries = world.objects("us").map(({ metadata }) => metadata.name);
    assert.ok(entries.includes(`us-east-1.region.${host}-se`) && entries.includes(`eu-west-1.region.${host}-se`));
    world.write("ap");
    world.write("eu");
    assert.deepEqual(sharesIn(world, "eu"), { "eu-west-1": 90, "us-east-1": 10 });
  });

  test("keeps the names of regions until every cluster has done without them", () => {
    const world = started();
    world.policy(toUs, "50%/5m");
    settle(world);
    world.pass(fiveMinutes);
    world.write("eu");
    const entry = `us-east-1.region.${host}-se`;
    const knows = (cluster: string) => world.objects(cluster).some(({ metadata }) => metadata.name === entry);
    assert.deepEqual(sharesIn(world, "eu"), { "us-east-1": 100 });
    assert.deepEqual(sharesIn(world, "ap"), { "eu-west-1": 50, "us-east-1": 50 });
    world.write("eu");
    assert.ok(knows("eu") && knows("us") && knows("ap"));
    settle(world);
    assert.ok(!knows("eu") && !knows("us") && !knows("ap"));
  });

  test("is not needed for that: names of regions that somebody still calls stay whatever the policy says", () => {
    const world = started();
    world.policy({ "eu-west-1": 50, "us-east-1": 50 }, undefined);
    settle(world);
    const entry = `us-east-1.region.${host}-se`;
    const knows = (cluster: string) => world.objects(cluster).some(({ metadata }) => metadata.name === entry);
    world.lose("ap");
    world.policy(toUs, undefined);
    settle(world);
    assert.deepEqual(sharesIn(world, "us"), { "us-east-1": 100 });
    assert.ok(knows("us") && knows("eu"));
    world.find("ap");
    settle(world);
    assert.ok(!knows("us") && !knows("eu") && !knows("ap"));
  });

  test("turns round where it is when the policy does", () => {
    const world = started();
    world.policy(toUs, "10%/5m");
    settle(world);
    world.pass(fiveMinutes);
    settle(world);
    world.policy(toEu, "10%/5m");
    settle(world);
    assert.deepEqual(sharesIn(world), { "eu-west-1": 80, "us-east-1": 20 }, "it has moved just now");
    world.pass(fiveMinutes);
    settle(world);
    assert.deepEqual(sharesIn(world), { "eu-west-1": 90, "us-east-1": 10 });
    world.pass(fiveMinutes);
    settle(world);
    assert.deepEqual(sharesIn(world), { "eu-west-1": 100 });
    assert.equal(noted(world, "shares-to"), undefined);
  });

  test("goes on where it was after a restart, and after a pause with one step and no jump", () => {
    const world = started();
    world.policy(toUs, "10%/5m");
    settle(world);
    world.restart();
    settle(world);
    assert.deepEqual(sharesIn(world), { "eu-west-1": 90, "us-east-1": 10 });
    world.pass(fiveMinutes * 50);
    world.restart();
    settle(world);
    assert.deepEqual(sharesIn(world), { "eu-west-1": 80, "us-east-1": 20 });
  });

  test("is not forgotten while the cluster that has the policy is not read", () => {
    const world = started();
    world.policy(toUs, "10%/5m");
    settle(world);
    world.lose("eu");
    world.restart();
    for (let round = 0; round < 3; round++) {
      settle(world);
      world.pass(fiveMinutes);
    }
    assert.deepEqual(sharesIn(world), { "eu-west-1": 90, "us-east-1": 10 });
    assert.equal(noted(world, "shares"), "eu-west-1=90,us-east-1=10");
    world.find("eu");
    settle(world);
    assert.deepEqual(sharesIn(world), { "eu-west-1": 80, "us-east-1": 20 });
  });

  test("waits while a region that gains is not in view, and goes on with the others while another is not", () => {
    const world = started();
    world.policy(toUs, "10%/5m");
    settle(world);
    world.lose("us");
    world.pass(fiveMinutes * 3);
    settle(world);
    assert.deepEqual(sharesIn(world), { "eu-west-1": 90, "us-east-1": 10 });
    assert.equal(world.plan().againAt, undefined, "time does not heal it");
    const [finding] = world.plan().findings;
    assert.equal(finding!.code, "FL858");
    assert.match(finding!.message, /stays at eu-west-1=90,us-east-1=10: cluster us of region us-east-1 is stale/);
    world.find("us");
    world.lose("ap");
    settle(world);
    world.pass(fiveMinutes);
    settle(world);
    assert.deepEqual(sharesIn(world, "us"), { "eu-west-1": 70, "us-east-1": 30 });
    assert.deepEqual(sharesIn(world, "ap"), { "eu-west-1": 90, "us-east-1": 10 });
    world.find("ap");
    world.write("ap");
    assert.deepEqual(sharesIn(world, "ap"), { "eu-west-1": 70, "us-east-1": 30 }, "it catches up in one write");
  });

  test("is over at once when the region that loses has nothing left", () => {
    const world = started();
    world.policy(toUs, "10%/5m");
    settle(world);
    world.serve("eu", false);
    settle(world);
    assert.deepEqual(sharesIn(world), { "us-east-1": 100 });
    assert.equal(noted(world, "shares-to"), undefined);
  });

  test("is over at once when the annotation goes, and stays where it is when nobody can read it", () => {
    const world = started();
    world.policy(toUs, "ten percent");
    settle(world);
    world.pass(fiveMinutes);
    settle(world);
    assert.deepEqual(sharesIn(world), { "eu-west-1": 100 });
    assert.match(world.plan().findings[0]!.message, /stays at eu-west-1=100: .* is not such as 10%\/5m/);
    world.policy(toUs, undefined);
    settle(world);
    assert.deepEqual(sharesIn(world), { "us-east-1": 100 });
    assert.deepEqual(world.plan().findings, []);
  });

  test("that was cut short by a policy at once is not gone back to by a cluster that missed it", () => {
    const world = started();
    world.policy(toUs, "10%/5m");
    settle(world);
    world.lose("ap");
    world.policy({ "eu-west-1": 0, "us-east-1": 100 }, undefined);
    settle(world);
    assert.deepEqual(sharesIn(world, "eu"), { "us-east-1": 100 });
    world.find("ap");
    world.policy({ "eu-west-1": 100, "us-east-1": 0 }, "10%/5m");
    settle(world);
    assert.deepEqual(sharesIn(world, "ap"), { "us-east-1": 100 });
    // What was done at once counts as done a second after what it took the place of.
    world.pass(fiveMinutes + 1_000);
    settle(world);
    assert.deepEqual(sharesIn(world, "ap"), { "eu-west-1": 10, "us-east-1": 90 });
  });

  test("leads to a region that the policy did not name, and away from one that it names no more", () => {
    const world = started(names);
    world.policy({ "us-east-1": 60, "ap-south-1": 40 }, "50%/1m");
    settle(world);
    assert.deepEqual(sharesIn(world), { "us-east-1": 30, "ap-south-1": 20, "eu-west-1": 50 });
    world.pass(60_000);
    settle(world);
    assert.deepEqual(sharesIn(world), { "us-east-1": 60, "ap-south-1": 40 });
  });

  test("needs a time: without one, as in files, what a policy says holds at once, and that is said", () => {
    const policy = (eu: number) =>
      manifest(
        "eu/shop/orders",
        "GlobalTrafficPolicy",
        {
          policy: [
            {
              dnsPrefix: "default",
              lbType: "FAILOVER",
              target: [
                { region: "eu-west-1", weight: eu },
                { region: "us-east-1", weight: 100 - eu },
              ],
            },
          ],
        },
        { labels: { identity: "orders" }, annotations: { "fairlead.dev/shift": "10%/5m" } },
      );
    const before = afterWriting(createFleet(settings).with([...fleets.nearest, policy(100)]).fleet);
    const plan = planKey(before.with([policy(0)]).fleet, "identity:orders");
    const entry = plannedObject(plan, "ap", `ServiceEntry ${host}-se`);
    assert.equal(entry.metadata.annotations?.["fairlead.dev/shares"], "us-east-1=100");
    assert.deepEqual(
      plan.findings.map(({ code, message }) => `${code} ${message}`),
      [`FL858 there is no time here: ${host} has the shares of the policy at once`],
    );
    assert.equal(plan.againAt, undefined);
  });

  test("moves shares in an ambient mesh as well", () => {
    const world = shiftWorld({ ...settings, output: "ambient" }, ["eu", "us"]);
    world.policy(toEu, "40%/5m");
    settle(world);
    world.policy(toUs, "40%/5m");
    const seen: (string | undefined)[] = [];
    for (let step = 0; step < 3; step++) {
      settle(world);
      seen.push(noted(world, "shares"));
      world.pass(fiveMinutes);
    }
    settle(world);
    assert.deepEqual(seen, ["eu-west-1=60,us-east-1=40", "eu-west-1=20,us-east-1=80", "us-east-1=100"]);
    assert.equal(noted(world, "shares-to"), undefined);
  });

  test("is told in the status of its policy", () => {
    const world = started();
    const report = () => world.plan().reports.find(({ object }) => object.kind === "GlobalTrafficPolicy")!;
    assert.equal(report().reason, "Applied");
    world.policy(toUs, "10%/5m");
    settle(world);
    const { accepted, reason, message } = report();
    assert.deepEqual([accepted, reason], [true, "Shifting"]);
    assert.match(message, /prd\.orders\.global has eu-west-1=90,us-east-1=10 on the way to us-east-1=100\./);
  });
});
