import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { createReaches } from "./reaches.ts";

test("follows static and dynamic imports, in circles too, and nothing else", (t) => {
  const folder = mkdtempSync(path.join(tmpdir(), "fairlead-reaches-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const at = (name: string): string => path.join(folder, name);
  const files = {
    "target.ts": 'import { a } from "./circle.ts";',
    "circle.ts": 'import "./target.ts";',
    "dynamic.ts": 'export const load = () => import(\n  "./circle.ts"\n);',
    "exports.ts": 'export { load } from "./dynamic.ts";',
    "other.ts": 'import path from "node:path";\nimport { gone } from "./gone.ts";\nconst text = "./target.ts";',
    "alone.ts": "export const one = 1;",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text);
  const reaches = createReaches(at("target.ts"));
  const found = Object.keys(files).filter((name) => reaches(at(name)));
  assert.deepEqual(found, ["target.ts", "circle.ts", "dynamic.ts", "exports.ts"]);
});
