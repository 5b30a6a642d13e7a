/** The controller under random schedules on a virtual clock: see `controller-schedule.ts` for what must hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { admiralSettings, defaultSettings } from "../../../src/plan/mesh/model/presets.ts";
import type { MeshSettings } from "../../../src/plan/mesh/model/settings.ts";
import { syncNamespace } from "../fake-mesh.ts";
import { soaked, timeLimit } from "./soaked.ts";
import type { ControllerCounts } from "./controller-drift.ts";
import { controllerSchedules, runController } from "./controller-schedule.ts";

const modes: readonly (readonly [string, MeshSettings])[] = [
  ["default", defaultSettings],
  [
    "admiral",
    { ...admiralSettings, scope: { ...admiralSettings.scope, syncNamespace, dependencyNamespace: syncNamespace } },
  ],
];

for (const [mode, settings] of modes) {
  const runs = soaked(20, 3);
  test(`whatever fails, clusters have what is planned in the end (${mode})`, timeLimit(runs), async (t) => {
    const counts: ControllerCounts = {
      schedules: 0,
      events: 0,
      writes: 0,
      restarts: 0,
      repairs: 0,
      shifts: 0,
      virtualSeconds: 0,
    };
    await fc.assert(
      fc.asyncProperty(controllerSchedules, (schedule) => runController(settings, schedule, counts)),
      runs,
    );
    t.diagnostic(JSON.stringify(counts));
    assert.ok(counts.writes > counts.schedules && counts.repairs > 0, JSON.stringify(counts));
  });
}
