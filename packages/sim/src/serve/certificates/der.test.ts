import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { addressBytes } from "./address-bytes.ts";
import { der, integer, readElements, sequence } from "./der.ts";

test("reads back what it writes, at every length", () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 70_000 }), { maxLength: 4 }), (lengths) => {
      const parts = lengths.map((length, index) => der(4 + index, Buffer.alloc(length, index)));
      const read = readElements(readElements(sequence(...parts))![0]!.content)!;
      assert.deepEqual(
        read.map(({ type, content }) => [type, content.length]),
        lengths.map((length, index) => [4 + index, length]),
      );
    }),
    { seed: 7, numRuns: 60 },
  );
});

test("never throws on bytes that are not DER", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
      for (const { whole } of readElements(bytes) ?? []) assert.ok(whole.length <= bytes.length);
    }),
    { seed: 7, numRuns: 500 },
  );
});

test("keeps integers positive and short", () => {
  assert.equal(integer(Buffer.from([0x80])).toString("hex"), "02020080");
  assert.equal(integer(Buffer.from([0, 0, 0x7f])).toString("hex"), "02017f");
  assert.equal(integer(Buffer.from([0])).toString("hex"), "020100");
});

test("knows the bytes of addresses", () => {
  assert.equal(addressBytes("10.96.0.1").toString("hex"), "0a600001");
  assert.equal(addressBytes("::").toString("hex"), "0".repeat(32));
  assert.equal(addressBytes("fe80::1%eth0").toString("hex"), "fe800000000000000000000000000001");
  assert.equal(addressBytes("::ffff:10.0.0.1").toString("hex"), "00000000000000000000ffff0a000001");
  assert.equal(addressBytes("1:2:3:4:5:6:7:8").toString("hex"), "00010002000300040005000600070008");
});
