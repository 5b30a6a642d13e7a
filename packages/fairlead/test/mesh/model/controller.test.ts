/** The controller under random schedules on a virtual clock: see `controller-schedule.ts` for what must hold. */
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { admiralSettings, defaultSettings } from "../../../src/plan/mesh/model/presets.ts";
import type { MeshSettings } from "../../../src/plan/mesh/model/settings.ts";
import { syncNamespace } from "../fake-mesh.ts";
import { soaked } from "./soaked.ts";
import { controllerSchedules, runController, type ControllerCounts } from "./controller-schedule.ts";

const modes: readonly (readonly [string, MeshSettings])[] = [
  ["default", defaultSettings],
  [
    "admiral",
    { ...admiralSettings, scope: { ...admiralSettings.scope, syncNamespace, dependencyNamespace: syncNamespace } },
  ],
];

for (const [mode, settings] of modes) {
  test(`whatever fails, clusters have what is planned in the end (${mode})`, async (t) => {
    const counts: ControllerCounts = { schedules: 0, events: 0, writes: 0, restarts: 0, repairs: 0, virtualSeconds: 0 };
    await fc.assert(
      fc.asyncProperty(controllerSchedules, (schedule) => runController(settings, schedule, counts)),
      soaked(12, 3),
    );
    t.diagnostic(JSON.stringify(counts));
    assert.ok(counts.writes > counts.schedules && counts.repairs > 0, JSON.stringify(counts));
  });
}
