import assert from "node:assert/strict";
import { test } from "node:test";
import { processorMs } from "../test/processor-time.ts";
import { isRawNumber } from "./json.ts";
import fc from "fast-check";
import { parseJson } from "./parse-json.ts";

const exactTexts = [
  "9007199254740993",
  '{"a":-9223372036854775808}',
  '{"a":[18446744073709551615,9007199254740993]}',
  '[0,9007199254740993,{"b":1e400}]',
  '{"a\\\\":12345678901234567890}',
  '{"a":0.12345678901234567890}',
  '{"a":1.7976931348623157e+309}',
  '{"a":-1E999}',
  '{"a":["x",9007199254740993]}',
  `{"a":${"1".repeat(200)}}`,
  `{"a":${" ".repeat(100)}9007199254740993}`.replaceAll(" ", ""),
];

for (const text of exactTexts) {
  test(`keeps the digits of ${text}`, () => assert.equal(JSON.stringify(parseJson(text)), text));
}

test("gives doubles wherever they are exact", () => {
  for (const text of ["1234567890123456", "9007199254740991", "0.1", "1e3", "1.5e300", "-0", "3.141592653589793"]) {
    assert.equal(isRawNumber(parseJson(text)), false, text);
    assert.ok(Object.is(parseJson(text), Number(text)), text);
  }
});

test("reads digits in strings as strings", () => {
  const text = JSON.stringify({
    d: "sha256:12345678901234567890",
    e: '{"generation":12345678901234567890}',
    f: ",1234567890123456789",
  });
  assert.equal(JSON.stringify(parseJson(text)), text);
});

test("keeps keys like __proto__ as ordinary keys, with and without long numbers", () => {
  for (const text of ['{"__proto__":{"x":1},"constructor":2}', '{"__proto__":{"x":12345678901234567890}}']) {
    const value = parseJson(text) as object;
    assert.equal(Object.getPrototypeOf(value), Object.prototype);
    assert.equal(JSON.stringify(value), text);
  }
});

test("writes again what it has read, for any JSON with long integers", () => {
  const number = fc
    .bigInt({ min: -(2n ** 80n), max: 2n ** 80n })
    .map((value) => JSON.rawJSON(String(value)) as unknown);
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      number,
      fc.string({ unit: fc.constantFrom('"', "\\", ":", ",", "[", "1", "12345678901234567890", "a") }),
      fc.array(tie("value")),
      // No escapes in keys: V8 13.6 takes a key such as "a\"" for "a\" once it has read one.
      fc.dictionary(fc.string({ unit: fc.constantFrom(":", ",", "[", "a") }), tie("value")),
    ),
  }));
  fc.assert(
    fc.property(value, (one) => {
      const text = JSON.stringify(one);
      assert.equal(JSON.stringify(parseJson(text)), text);
    }),
    { numRuns: 500, seed: 4 },
  );
});

test("finds long numbers wherever they stand, and whatever space is around them", () => {
  for (let before = 0; before < 40; before++) {
    for (const space of ["", " ", "\r\n\t", " ".repeat(100)]) {
      const text = `{"${"k".repeat(before)}"${space}:${space}-9007199254740993${space},"b":[1,${space}9007199254740995]}`;
      assert.equal(JSON.stringify(parseJson(text)), text.replaceAll(/\s/g, ""));
    }
  }
});

test("stays linear in what looks like numbers without end", async () => {
  const text = JSON.stringify({
    a: "1e".repeat(500_000),
    b: "1234567890123456e".repeat(50_000),
    c: "9".repeat(1_000_000),
  });
  assert.ok((await processorMs(() => assert.equal(JSON.stringify(parseJson(text)), text))) < 5_000);
});
