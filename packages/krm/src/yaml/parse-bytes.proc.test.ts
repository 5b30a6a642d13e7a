import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import path from "node:path";
import { test } from "node:test";

test("reads 30 MB of documents in less than 150 MB", () => {
  const script = path.join(import.meta.dirname, "../../../../bench/krm/yaml-stream.ts");
  const child = spawnSync(process.execPath, ["--conditions=@fairlead/source", script, "--child", "30"], {
    encoding: "utf8",
  });
  assert.equal(child.status, 0, child.stderr);
  const { documents, peakMiB } = JSON.parse(child.stdout) as { documents: number; peakMiB: number };
  assert.ok(documents > 10_000, `${documents} documents`);
  assert.ok(peakMiB < 150, `peak ${peakMiB} MiB`);
});
