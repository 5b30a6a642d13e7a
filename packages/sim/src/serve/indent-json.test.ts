import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { indentJson } from "./indent-json.ts";

test("writes JSON in lines, whatever blanks it had", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 4 }), fc.constantFrom(undefined, 1, "\t"), (json, blanks) => {
      const value: unknown = JSON.parse(json);
      const text = JSON.stringify(value, undefined, blanks);
      assert.equal(indentJson(Buffer.from(text)).toString(), JSON.stringify(value, undefined, 2));
    }),
    { seed: 1, numRuns: 300 },
  );
});

test("leaves numbers as they are written", () => {
  assert.equal(
    indentJson(Buffer.from('{"a":12345678901234567890,"b":1.0}\n')).toString(),
    '{\n  "a": 12345678901234567890,\n  "b": 1.0\n}',
  );
});

test("never throws on what is no JSON", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      indentJson(Buffer.from(bytes));
    }),
    { seed: 1, numRuns: 500 },
  );
});
