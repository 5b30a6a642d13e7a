/** Runs of whole fleets under random schedules on a virtual clock: see `watcher.ts` for what must hold at every moment. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { soaked } from "../../mesh/model/soaked.ts";
import { runSchedule, schedules } from "./schedule.ts";
import type { Counts } from "./watcher.ts";

function noCounts(): Counts {
  return { schedules: 0, restarts: 0, evictions: 0, held: 0, conflicts: 0, crashes: 0, jumps: 0, most: 0, steps: 0 };
}

test("whatever happens, no rule is broken, and nothing is forgotten", (t) => {
  const counts = noCounts();
  fc.assert(
    fc.property(schedules({ min: 1, max: 40 }), (schedule) => runSchedule(schedule, counts)),
    soaked(40, 3),
  );
  t.diagnostic(JSON.stringify(counts));
  assert.ok(
    counts.restarts > 0 && counts.evictions > 0 && counts.crashes > 0 && counts.most > 1,
    JSON.stringify(counts),
  );
});

test("a large fleet keeps its rules, too", (t) => {
  const counts = noCounts();
  // A thousand of them in `npm run soak`.
  const workloads = process.env["FAIRLEAD_RUNS"] === undefined ? 300 : 1000;
  fc.assert(
    fc.property(schedules({ min: workloads, max: workloads }), (schedule) => runSchedule(schedule, counts)),
    soaked(1, 1),
  );
  t.diagnostic(JSON.stringify(counts));
  assert.ok(counts.restarts + counts.evictions > 0, JSON.stringify(counts));
});
