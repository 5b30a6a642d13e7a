import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { createShapePool, giveBack } from "./shape-pool.ts";

function long(name: string, changes: number): string {
  const padding = Object.fromEntries(Array.from({ length: 20 }, (_, i) => [`field${i}`, `value ${i}`]));
  return JSON.stringify({ metadata: { name, changes, quoted: `"${name}":"\\` }, ...padding, ready: true });
}

test("gives back any text, of JSON or not, shaped or not", () => {
  const unit = fc.constantFrom(
    ":",
    '"',
    "\\",
    "\0",
    "a",
    "1",
    "-",
    ",",
    "}",
    "]",
    "[",
    ":1",
    ':"x"',
    '"a":',
    ":\0",
    "é",
  );
  fc.assert(
    fc.property(fc.array(fc.array(unit, { maxLength: 30 }), { minLength: 1, maxLength: 4 }), (texts) => {
      const pool = createShapePool();
      for (let round = 0; round < 3; round++) {
        for (const units of texts) {
          // Long enough to be shaped.
          const text = `${units.join("")}${"-".repeat(200)}${units.join("")}`;
          const changed = text.replace(/1/g, "12");
          for (const one of [text, changed]) assert.equal(giveBack(pool.take(one)), one);
        }
      }
    }),
    runs(300),
  );
});

test("keeps only what differs from another of the same shape, from the second on", () => {
  const pool = createShapePool();
  const texts = [long("one", 1), long("two", 2), long('th"ree', -3.5), long("", 0)];
  const shaped = texts.map((text) => pool.take(text));
  assert.deepEqual(shaped.map(giveBack), texts);
  assert.deepEqual(
    shaped.map(({ shape }) => shape === undefined),
    [true, false, false, false],
  );
  assert.equal(shaped[1]!.rest, "");
  assert.ok(shaped[2]!.rest.length < 60);
});

test("tells apart more values than a character can", () => {
  const pool = createShapePool();
  const many = (last: string): string =>
    JSON.stringify(Object.fromEntries(Array.from({ length: 700 }, (_, i) => [`k${i}`, i === 650 ? last : i])));
  for (const last of ["a", "b", "c"]) assert.equal(giveBack(pool.take(many(last))), many(last));
});

test("takes a text that is nothing but escapes", () => {
  const pool = createShapePool();
  const text = JSON.stringify({ a: '"'.repeat(30_000), b: 1 });
  for (let i = 0; i < 3; i++) assert.equal(giveBack(pool.take(text)), text);
});
