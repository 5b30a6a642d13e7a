import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { duplicateKeys } from "./duplicate-keys.ts";

const cases: readonly [string, readonly string[]][] = [
  ['{"a":1,"b":{"a":2}}', []],
  ['{"a":1,"a":2}', ["a"]],
  ['{"spec":{"ports":[{"name":"x"},{"name":"y","name":"z"}]}}', ["spec.ports[1].name"]],
  ['{"a":"a\\":1,","b":["a","a"]}', []],
  ['{"\\u0061":1,"a":2}', ["a"]],
];

for (const [text, expected] of cases) {
  test(`finds ${expected.length === 0 ? "nothing" : expected.join(", ")} in ${text}`, () => {
    assert.deepEqual(duplicateKeys(text), expected);
  });
}

test("finds nothing in what JSON.stringify writes", () => {
  fc.assert(
    fc.property(fc.json(), (text) => duplicateKeys(text).length === 0),
    { numRuns: 300 },
  );
});
