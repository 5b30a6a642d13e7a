import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@fairlead/apimachinery";
import { deepest, isTextTooDeep, isTooDeep } from "./depth.ts";
import { goJsonError } from "./go-json-error.ts";

const lists = (depth: number): string => `${"[".repeat(depth)}${"]".repeat(depth)}`;

for (const depth of [1, deepest, deepest + 1]) {
  test(`judges a value of depth ${depth} and its text alike`, () => {
    const isDeeper = depth > deepest;
    const padded = `${" ".repeat(2 * deepest)}{"a\\\\":${JSON.stringify(`[[["\\`.repeat(deepest))},"b":${depth === 1 ? 1 : lists(depth - 1)}}`;
    assert.equal(isTooDeep(JSON.parse(padded) as JsonValue), isDeeper);
    assert.equal(isTextTooDeep(padded), isDeeper);
    assert.equal(goJsonError(padded), isDeeper ? "exceeded max depth" : undefined);
  });
}

test("stops at the first bracket too many, closed or not", () => {
  for (const text of ["[".repeat(3_000_000), lists(1_000_000), '{"a":'.repeat(500_000)]) {
    assert.equal(isTextTooDeep(text), true);
    assert.equal(goJsonError(text), "exceeded max depth");
  }
});
