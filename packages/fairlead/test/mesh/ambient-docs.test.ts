import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parseStream } from "@fairlead/krm";
import { defaultSettings } from "../../src/plan/mesh/model/presets.ts";
import { ambientInfrastructure } from "../../src/plan/mesh/write/ambient/infrastructure.ts";

test("shows in its page what each cluster of an ambient mesh needs once", () => {
  const page = join(import.meta.dirname, "../../../../docs/explanation/mesh-ambient.md");
  const [, yaml = ""] = /```yaml\n([^]*?)```/.exec(readFileSync(page, "utf8")) ?? [];
  const shown = parseStream(yaml).documents.map(({ value }) => value);
  assert.deepEqual(shown, ambientInfrastructure(defaultSettings));
});
