import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addressNumber, formatAddress, parseRange } from "./range.ts";

test("reads blocks of both families and nothing else", () => {
  assert.deepEqual(parseRange("240.0.3.4/16"), { family: 4, first: 0xf0000000n, size: 65536n });
  assert.deepEqual(parseRange("fd00::/120"), { family: 6, first: 0xfd00n << 112n, size: 256n });
  for (const text of ["", "240.0.0.0", "240.0.0.0/33", "fd00::/129", "a/8", "1.2.3.4/8/8", "1.2.3.4/-1"]) {
    assert.equal(parseRange(text), undefined, text);
  }
});

test("reads what it prints", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 128n - 1n }), (value) => {
      assert.equal(addressNumber(formatAddress(value, 6)), value);
      assert.equal(addressNumber(formatAddress(value % 2n ** 32n, 4)), value % 2n ** 32n);
    }),
    { numRuns: 200, seed: 6 },
  );
  assert.equal(addressNumber("::ffff:1.2.3.4"), 0xffff01020304n);
});
