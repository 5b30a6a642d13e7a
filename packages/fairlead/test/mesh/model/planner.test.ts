/** The planner and the fleet under random schedules: see `schedule.ts` for what must hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { admiralSettings, defaultSettings } from "../../../src/plan/mesh/model/presets.ts";
import type { MeshSettings } from "../../../src/plan/mesh/model/settings.ts";
import { soaked, timeLimit } from "./soaked.ts";
import { runSchedule, schedules, type Counts } from "./schedule.ts";

const inCluster = { enabled: { "*": ["*"] }, disabled: {}, mergeCreatedBy: undefined };
const modes: readonly (readonly [string, MeshSettings, number])[] = [
  ["default", defaultSettings, 120],
  ["admiral", admiralSettings, 120],
  [
    "default, with everything on",
    {
      ...defaultSettings,
      scope: { ...defaultSettings.scope, authorization: true, withoutDependency: "nowhere" },
      routing: { ...defaultSettings.routing, inCluster },
      copies: { ...defaultSettings.copies, withoutDependents: "everywhere" },
    },
    60,
  ],
];

for (const [mode, settings, most] of modes) {
  const runs = soaked(most, 4);
  test(`whatever happens in whatever order, clusters have what is planned (${mode})`, timeLimit(runs), (t) => {
    const counts: Counts = { schedules: 0, events: 0, writes: 0, plans: 0, localChecks: 0, shifts: 0 };
    fc.assert(
      fc.property(schedules, (schedule) => runSchedule(settings, schedule, counts)),
      runs,
    );
    t.diagnostic(JSON.stringify(counts));
    assert.ok(counts.writes > 4 * counts.schedules, JSON.stringify(counts));
    assert.ok(counts.localChecks > counts.schedules / 4, JSON.stringify(counts));
  });
}
