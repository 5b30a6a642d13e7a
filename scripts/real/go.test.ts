import assert from "node:assert/strict";
import { test } from "node:test";
import { isNewEnough } from "./go.ts";

for (const [version, expected] of [
  ["go1.26.8\n", true],
  ["go1.26rc1", true],
  ["go1.30", true],
  ["go2.0", true],
  ["go1.25.9", false],
  ["go1.9", false],
  ["devel +abc", false],
  ["", false],
] as const) {
  test(`Go ${JSON.stringify(version)} is ${expected ? "new enough" : "not new enough"}`, () => {
    assert.equal(isNewEnough(version), expected);
  });
}
