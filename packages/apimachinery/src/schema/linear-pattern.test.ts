import assert from "node:assert/strict";
import { test } from "node:test";
import { processorMs } from "../../test/processor-time.ts";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { linearPattern } from "./linear-pattern.ts";
import { goRegExp } from "./pattern.ts";

const atom = fc.constantFrom(
  "a",
  "b",
  ".",
  "[ab]",
  "[^a-c]",
  "\\w",
  "\\d",
  "\\.",
  "\\]",
  "[\\]x-]",
  "-",
  "é",
  "😀",
  "\\u0061",
);
const place = fc.constantFrom("^", "$", "\\b", "\\B");
const sign = fc.constantFrom("", "", "*", "+", "?", "{2}", "{0,3}", "{1,}", "*?", "+?", "{2,4}?");
const { pattern } = fc.letrec<{ pattern: string }>((tie) => ({
  pattern: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.tuple(atom, sign).map(([one, times]) => one + times),
    place,
    fc.array(tie("pattern"), { maxLength: 3 }).map((parts) => parts.join("")),
    fc.tuple(tie("pattern"), tie("pattern")).map(([a, b]) => `(?:${a}|${b})`),
    fc.tuple(tie("pattern"), sign).map(([one, times]) => `(${one})${times}`),
  ),
}));
const text = fc.string({
  unit: fc.constantFrom("a", "b", "c", ".", "-", "]", "1", " ", "é", "😀", "\n"),
  maxLength: 12,
});

test("finds a match exactly where the built-in engine does", () => {
  fc.assert(
    fc.property(pattern, text, fc.constantFrom("u", "", "i", "su", "m"), (source, one, flags) => {
      const linear = linearPattern(source, flags);
      assert.ok(typeof linear === "object");
      assert.equal(linear.test(one), new RegExp(source, flags).test(one));
    }),
    runs(2_000),
  );
});

test("does not take what RE2 has not, or what is very large", () => {
  for (const source of ["(a)\\1", "(?=a)b", "(?<!a)b", "(?<x>a)\\k<x>"]) {
    assert.equal(linearPattern(source, ""), undefined, source);
  }
  for (const source of [
    "(a?){1000}".repeat(20),
    "((a{1,1000}){1,1000}){1,1000}",
    `${"(".repeat(600)}${")".repeat(600)}`,
  ]) {
    assert.equal(linearPattern(source, ""), "too large", source.slice(0, 40));
    assert.equal(goRegExp(source), undefined);
  }
});

for (const [source, long] of [
  ["^(a+)+$", `${"a".repeat(100_000)}!`],
  ["^(a|a)*$", `${"a".repeat(100_000)}!`],
  ["(x+x+)+y", "x".repeat(20_000)],
  ["^(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(20_000)],
  ["a+$", `${"a".repeat(200_000)}b`],
  ["^(\\w+\\b ?)+$", `${"a".repeat(20_000)}!`],
] as const) {
  test(`judges ${source} of a long text soon`, async () => {
    assert.ok((await processorMs(() => assert.equal(goRegExp(source)!.test(long), false))) < 5_000);
  });
}
