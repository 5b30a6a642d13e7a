import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../../../scripts/runs.ts";
import { equalShares, percentages } from "./weights.ts";

test("gives the remainder of an equal split to the first", () => {
  assert.deepEqual(equalShares(3), [34, 33, 33]);
  assert.deepEqual(equalShares(2, 71), [36, 35]);
});

test("keeps weights that are percents already", () => {
  assert.deepEqual(percentages([90, 0, 10]), [90, 0, 10]);
});

test("keeps a percent for everybody who has a share", () => {
  assert.deepEqual(percentages([10_000, 1]), [99, 1]);
});

test("sums up to 100 whatever the weights", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(1000), { minLength: 1, maxLength: 20 }), (weights) => {
      const parts = percentages(weights);
      const sum = parts.reduce((all, part) => all + part, 0);
      assert.equal(sum, weights.some((weight) => weight > 0) ? 100 : 0);
      for (const [at, weight] of weights.entries()) assert.equal(parts[at]! > 0, weight > 0);
    }),
    runs(200),
  );
});
