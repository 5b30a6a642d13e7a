import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { goJsonError } from "./go-json-error.ts";

const cases: readonly [string, string][] = [
  ['{"a": ', "unexpected end of JSON input"],
  ["", "unexpected end of JSON input"],
  ["x", "invalid character 'x' looking for beginning of value"],
  ["{a: 1}", "invalid character 'a' looking for beginning of object key string"],
  ['{"a" 1}', "invalid character '1' after object key"],
  ['{"a": 1 "b"}', "invalid character '\"' after object key:value pair"],
  ["[1 2]", "invalid character '2' after array element"],
  ["{} {}", "invalid character '{' after top-level value"],
  ["trua", "invalid character 'a' in literal true (expecting 'e')"],
  ['"\\x"', "invalid character 'x' in string escape code"],
  ["-a", "invalid character 'a' in numeric literal"],
  ["1.e", "invalid character 'e' after decimal point in numeric literal"],
];

for (const [text, expected] of cases) {
  test(`${JSON.stringify(text)}: ${expected}`, () => assert.equal(goJsonError(text), expected));
}

test("finds fault with exactly what JSON.parse does not read", () => {
  const almost = fc.tuple(fc.json(), fc.nat(), fc.constantFrom("", "}", ",", '"', "x", "1")).map(([text, at, put]) => {
    const place = at % (text.length + 1);
    return `${text.slice(0, place)}${put}${text.slice(place + 1)}`;
  });
  fc.assert(
    fc.property(almost, (text) => {
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      return (goJsonError(text) === undefined) === isJson;
    }),
    { numRuns: 500 },
  );
});
