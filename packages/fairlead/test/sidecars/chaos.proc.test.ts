/**
 * A leader that dies or stalls at some request of an upgrade or between them, API errors, watches that have to begin anew, an
 * injector that is down or wrong for a while, clocks that jump, journals and Leases that others change, a namespace that leaves
 * the mesh and comes back: no workload is restarted twice for one change, none is left behind, and none is restarted by what is
 * no longer so. `npm run soak` makes 200 runs.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { calm, chaos } from "./chaos-plan.ts";
import { chaosClock, chaosRuns, names, noCounts } from "./chaos-world.ts";
import { sidecarWorld, type World } from "./live-world.ts";

const counts = { ...noCounts };
const isSoak = process.env["FAIRLEAD_RUNS"] !== undefined;
let world: World;
let chaosRun: ReturnType<typeof chaosRuns>;
const time = chaosClock(() => world.east.requests.length);

before(async () => {
  world = await sidecarWorld({ clock: time.clock });
  for (const name of names) await world.east.deploy("shop", name);
  await world.east.namespace("plain", {});
  await world.east.deploy("plain", "db");
  await world.east.cluster.settled();
  chaosRun = chaosRuns(world, time, counts);
});
after(() => {
  chaosRun.stop();
  return world.stop();
});

// Each is in the midst of another write: of the journal, before workloads are written, or of one of them.
for (const at of [1, 2, 3]) {
  test(`what a leader had begun at its write ${at} counts for nothing where it arrives after others have taken over`, async () => {
    await chaosRun.run({ ...calm, end: { at, of: "writes", how: "sleep" } });
  });
}

test("whatever happens to a leader, every workload is restarted once for one change", async (t) => {
  await fc.assert(fc.asyncProperty(chaos, chaosRun.run), { ...runs(isSoak ? 10 : 4), endOnFailure: true });
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.restarts > 0 && counts.ended > 0 && counts.faults > 0 && counts.jumps > 0, JSON.stringify(counts));
});
