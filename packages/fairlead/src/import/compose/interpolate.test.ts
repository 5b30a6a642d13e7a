import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../../scripts/runs.ts";
import { interpolate } from "./interpolate.ts";

const variables = { SET: "value", EMPTY: "", NESTED: "$SET" };

const cases: readonly (readonly [string, string])[] = [
  ["plain", "plain"],
  ["$SET", "value"],
  ["${SET}", "value"],
  ["a${SET}b$SET.c", "avaluebvalue.c"],
  ["$$SET", "$SET"],
  ["$$$SET", "$value"],
  ["${SET:-other}", "value"],
  ["${EMPTY:-other}", "other"],
  ["${EMPTY-other}", ""],
  ["${UNSET-other}", "other"],
  ["${UNSET:-}", ""],
  ["${UNSET:-${SET}}", "value"],
  ["${UNSET:-${ALSO_UNSET:-deep}}", "deep"],
  ["${UNSET:-a$SET}", "avalue"],
  ["${SET:+yes}", "yes"],
  ["${EMPTY:+yes}", ""],
  ["${EMPTY+yes}", "yes"],
  ["${SET:?never}", "value"],
  ["$NESTED", "$SET"],
  ["costs 5$", "costs 5$"],
  ["$(command)", "$(command)"],
  ["${UNSET:-a:b-c}", "a:b-c"],
];

for (const [text, expected] of cases) {
  test(`substitutes ${text}`, () => {
    const result = interpolate(text, variables);
    assert.equal(result.text, expected);
    assert.deepEqual(result.problems, []);
  });
}

test("names the variables that have neither value nor default", () => {
  const result = interpolate("$A ${B} ${C:-d} ${SET}", variables);
  assert.equal(result.text, "  d value");
  assert.deepEqual(result.missing, ["A", "B"]);
});

test("gives the message of a required variable", () => {
  assert.deepEqual(interpolate("${UNSET:?is needed}", variables).problems, ["UNSET is required: is needed"]);
  assert.deepEqual(interpolate("${EMPTY:?}", variables).problems, ["EMPTY is required: it has no value"]);
  assert.deepEqual(interpolate("${EMPTY?is needed}", variables).problems, []);
});

test("reports references that are not well formed", () => {
  assert.equal(interpolate("${SET", variables).problems.length, 1);
  assert.equal(interpolate("${1}", variables).problems.length, 1);
  assert.equal(interpolate("${SET/a/b}", variables).problems.length, 1);
});

test("does not find variables on the prototype", () => {
  assert.deepEqual(interpolate("$constructor", {}).missing, ["constructor"]);
});

test("bounds nesting", () => {
  const text = "${A:-".repeat(2000) + "x" + "}".repeat(2000);
  assert.equal(interpolate(text, {}).problems.length > 0, true);
});

test("never throws, and text without a dollar sign stays", () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom("$", "{", "}", ":", "-", "?", "+", "A", "b", " ") }), (text) => {
      const { text: result } = interpolate(text, variables);
      if (!text.includes("$")) assert.equal(result, text);
    }),
    runs(300),
  );
});

test("a doubled dollar sign always comes back single", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      assert.equal(interpolate(text.replaceAll("$", "$$$$"), variables).text, text);
    }),
    runs(200),
  );
});
