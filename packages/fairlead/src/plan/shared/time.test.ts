import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../../scripts/runs.ts";
import { timeOf } from "./time.ts";

test("reads every time as the language does", () => {
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date("2200-01-01T00:00:00Z"), noInvalidDate: true }), (date) => {
      assert.equal(timeOf(date.toISOString()), date.getTime());
    }),
    runs(200),
  );
});

test("reads offsets, and whole seconds as the API server writes them", () => {
  for (const text of ["2026-11-22T00:31:26Z", "2026-11-22T01:31:26+01:00", "2024-02-29T23:59:59.123456-05:30"]) {
    assert.equal(timeOf(text), Date.parse(text));
  }
});

test("takes no other text for a time", () => {
  for (const text of ["", "now", "2026-11-22", "2026-13-01T00:00:00Z", "2026-01-01 00:00:00Z", "2026-01-01T00:00:00"]) {
    assert.equal(timeOf(text), undefined);
  }
});
