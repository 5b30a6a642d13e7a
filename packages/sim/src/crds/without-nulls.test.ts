import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutNulls } from "./without-nulls.ts";

test("leaves out what says nothing, but no value", () => {
  const schema = {
    type: "object",
    pattern: null,
    properties: { a: null, b: { items: [], additionalProperties: "x", default: null, enum: [null, 1] } },
    allOf: [null, { not: null }],
  };
  assert.deepEqual(withoutNulls(schema), {
    type: "object",
    properties: { b: { default: null, enum: [null, 1] } },
    allOf: [{}],
  });
});
