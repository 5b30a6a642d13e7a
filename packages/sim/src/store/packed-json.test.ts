import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { createPools, packJson, unpackJson } from "./packed-json.ts";
import { createPartPool } from "./part-pool.ts";

function textOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

/** Long and few, so that they meet; with characters of one to four bytes, and those that JSON escapes. */
const text = fc
  .tuple(fc.constantFrom("", "é", "日本", "𝄞", "\0", '"\\', "\u2028"), fc.constantFrom(1, 70))
  .map(([unit, count]) => `${unit.repeat(count)}text`);
const leaf = fc.oneof(text, fc.integer(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null));
const key = fc.constantFrom("a", "managedFields", "__proto__", "é\0", "10", '"');
const value = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie("any"), { maxLength: 3 }), tie("object")),
  object: fc.array(fc.tuple(key, tie("any")), { maxLength: 4 }).map((entries) => JSON.parse(textOfEntries(entries))),
}));

/** Written by hand: a literal would make `__proto__` the prototype. */
function textOfEntries(entries: readonly (readonly [string, unknown])[]): string {
  return `{${entries.map(([name, one]) => `${JSON.stringify(name)}:${JSON.stringify(one)}`).join()}}`;
}

test("gives back what JSON.stringify writes, whatever objects have in common", () => {
  fc.assert(
    fc.property(fc.array(value.object as fc.Arbitrary<JsonObject>, { minLength: 1, maxLength: 6 }), (objects) => {
      const pools = createPools();
      let like;
      for (const object of [...objects, ...objects, ...objects]) {
        const packed = packJson(object, pools, like);
        const bytes = unpackJson(packed);
        assert.equal(textOf(bytes), JSON.stringify(object));
        assert.equal(packed.size, bytes.length);
        like = packed;
      }
    }),
    runs(200),
  );
});

test("leaves out what JSON.stringify leaves out, and keeps raw numbers", () => {
  const object = {
    a: undefined,
    spec: { b: undefined, n: JSON.rawJSON("12345678901234567890") },
  } as unknown as JsonObject;
  assert.equal(textOf(unpackJson(packJson(object, createPools(), undefined))), '{"spec":{"n":12345678901234567890}}');
});

test("keeps once what is seen again, and what its state before had", () => {
  const pools = createPools();
  const pod = (name: string): JsonObject => ({
    metadata: { name, managedFields: [{ time: name, fieldsV1: { "f:spec": "x".repeat(100) } }] },
    spec: { containers: [{ name: "app", image: "y".repeat(100) }] },
  });
  const sizes = ["a", "b", "c"].map((name) => packJson(pod(name), pools, undefined));
  assert.deepEqual(
    sizes.map(({ parts }) => parts.length),
    [0, 2, 2],
    "the first knows nothing of others",
  );
  assert.ok(sizes[2]!.rest.length < 150);
  assert.equal(sizes[2]!.parts[0], sizes[1]!.parts[0]);
  const again = packJson(pod("c"), createPools(), sizes[2]);
  assert.equal(again.parts, sizes[2]!.parts);
});

test("forgets what is not seen again", () => {
  const pool = createPartPool();
  const first = "z".repeat(1000);
  assert.equal(pool.share(first, []), undefined);
  for (let i = 0; i < 5000; i++) pool.share(String(i).padEnd(1000, "."), []);
  assert.equal(pool.share(first, []), undefined);
  assert.notEqual(pool.share(first, []), undefined);
  assert.equal(pool.share("short", []) ?? pool.share("short", []), undefined);
});
