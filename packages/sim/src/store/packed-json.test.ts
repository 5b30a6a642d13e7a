import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { packBytes, packText, unpackBytes } from "./packed-json.ts";
import { createShapePool } from "./shape-pool.ts";

/** Long and few, so that they meet; with characters of one to four bytes, and those that JSON escapes. */
const phrase = fc
  .tuple(fc.constantFrom("", "é", "日本", "𝄞", "\0", '"\\', "\u2028"), fc.constantFrom(1, 70))
  .map(([unit, count]) => `${unit.repeat(count)}text`);
const leaf = fc.oneof(phrase, fc.integer(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(null));
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
      const shapes = createShapePool();
      for (const object of [...objects, ...objects, ...objects]) {
        const text = JSON.stringify(object);
        for (const packed of [packText(text, shapes), packBytes(Buffer.from(text), shapes)]) {
          const bytes = unpackBytes(packed);
          assert.equal(bytes.toString("utf8"), text);
          assert.equal(packed.size, bytes.length);
        }
      }
    }),
    runs(200),
  );
});
