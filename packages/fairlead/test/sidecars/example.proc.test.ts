/** `npm run example mesh/sidecars-upgrade`: two embedded clusters whose control planes are upgraded. */
import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { runUpgrade } from "../../../../scripts/example/run-upgrade.ts";
import { recordingContext } from "../support/cli.ts";

const folder = path.resolve(import.meta.dirname, "../../../../examples/mesh/sidecars-upgrade");

test("in examples/mesh/sidecars-upgrade every workload follows its control plane, the canaries first", async () => {
  const { context, output } = recordingContext();
  const isDone = await runUpgrade(folder, context);
  const shown = output();
  assert.ok(isDone, shown);
  assert.match(shown, /^Istio 1\.28\.0 → 1\.29\.0 in us and eu$/m);
  assert.match(shown, /^CLUSTER +WORKLOAD +STATE +WAVE/m);
  assert.match(shown, /of 8 done.*; wave canary/);
  assert.match(shown, /^✓ sidecars: done, 8 of 8 done/m);
  assert.match(shown, /^Every proxy is of its control plane's version:$/m);
  assert.match(shown, /eu: batch\/report none, pay\/pay 1\.29\.0/);
});
