import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { pack, unpack } from "./packed.ts";
import { textPool } from "./text-pool.ts";

const long = "a text that is long enough to be worth a part of its own";

test("gives back an object that is equal to what was packed, keys in their order, and leaves the original alone", () => {
  const text = fc.oneof(
    fc.string(),
    fc.string({ unit: "binary" }),
    fc.constantFrom(long, `${long}…`, "日本語".repeat(30)),
  );
  const key = fc.oneof(text, fc.constantFrom("spec", "status", "__proto__", "constructor", "toJSON", "0"));
  const leaf: fc.Arbitrary<JsonValue> = fc.oneof(text, fc.integer(), fc.boolean(), fc.constant(null));
  const inside = (value: fc.Arbitrary<JsonValue>): fc.Arbitrary<JsonValue> =>
    fc.oneof(
      value,
      fc.array(value, { maxLength: 3 }),
      fc.dictionary(key, value, { maxKeys: 3, noNullPrototype: true }),
    );
  const object = fc.dictionary(key, inside(inside(leaf)), { maxKeys: 4, noNullPrototype: true });
  fc.assert(
    fc.property(object, fc.integer({ min: 1, max: 4 }), (given, size) => {
      const pool = textPool(size);
      const before = JSON.stringify(given);
      const packed = pack(given as KrmObject, pool);
      assert.equal(JSON.stringify(given), before);
      assert.equal(JSON.stringify(unpack(packed)), before);
      assert.deepEqual(unpack(packed), JSON.parse(before));
    }),
    runs(60),
  );
});

test("keeps the digits of integers beyond 2^53", () => {
  const object = {
    apiVersion: "v1",
    kind: "X",
    metadata: { name: "x" },
    spec: { big: JSON.rawJSON("9007199254740993") },
  };
  assert.equal(JSON.stringify(unpack(pack(object, textPool()))), JSON.stringify(object));
});

test("holds what several objects have in common once", () => {
  const pool = textPool();
  const pod = (name: string): KrmObject => ({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { containers: [{ name: "app", image: long }], nodeName: name },
  });
  const [a, b] = [pack(pod("a"), pool), pack(pod("b"), pool)];
  assert.equal(a.parts.length, 1);
  assert.equal(a.parts[0], b.parts[0]);
  assert.equal(a.places, b.places);
  assert.ok(!b.text.includes(long));
});

test("writes few wide characters as escapes, and many as they are", () => {
  const object = (text: string): KrmObject => ({ apiVersion: "v1", kind: "X", metadata: { name: "x" }, text });
  assert.ok(pack(object("a few – dashes"), textPool()).text.includes("\\u2013"));
  assert.ok(pack(object("日本".repeat(20)), textPool()).text.includes("日本"));
});

test("remembers the texts of late, and no more of them than it may", () => {
  const pool = textPool(2);
  const texts = Array.from({ length: 4 }, (_, i) => `${long} ${i}`);
  for (const text of texts) assert.equal(pool.share(text), text);
  // What is used again survives the change of generations.
  for (let i = 0; i < 20; i++) pool.share(`${long} ${i % 3}`);
  assert.equal(pool.share(`${long} 0`), `${long} 0`);
});
