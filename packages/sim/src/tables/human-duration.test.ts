import assert from "node:assert/strict";
import { test } from "node:test";
import { ageOf, humanDuration } from "./human-duration.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

test("tells a span with two or three figures", () => {
  const spans: readonly (readonly [number, string])[] = [
    [-2 * second, "<invalid>"],
    [-1 * second, "0s"],
    [-1, "0s"],
    [999, "0s"],
    [119 * second, "119s"],
    [120 * second, "2m"],
    [125 * second, "2m5s"],
    [10 * minute + 5 * second, "10m"],
    [179 * minute, "179m"],
    [180 * minute, "3h"],
    [3 * hour + 7 * minute, "3h7m"],
    [47 * hour, "47h"],
    [48 * hour, "2d"],
    [51 * hour, "2d3h"],
    [8 * day, "8d"],
    [729 * day, "729d"],
    [730 * day, "2y"],
    [800 * day, "2y70d"],
    [3000 * day, "8y"],
  ];
  for (const [span, text] of spans) assert.equal(humanDuration(span), text);
});

test("knows no age without a time", () => {
  assert.equal(ageOf("2026-01-01T00:00:00Z", Date.parse("2026-01-01T00:00:30.9Z")), "30s");
  assert.equal(ageOf(undefined, 0), "<unknown>");
  assert.equal(ageOf(null, 0), "<unknown>");
});
