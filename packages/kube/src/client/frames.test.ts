import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isKubeError } from "../errors.ts";
import { createFrames } from "./frames.ts";

test("gives the same frames however the bytes are cut", () => {
  const line = fc.string({ unit: fc.constantFrom("a", "ä", "😀", "{", '"') }).filter((one) => one !== "");
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.array(fc.nat(60), { maxLength: 12 }), (lines, cuts) => {
      const bytes = Buffer.from(lines.map((one) => `${one}\n`).join(""));
      const frames = createFrames(1_000);
      const seen: string[] = [];
      let from = 0;
      for (const cut of [...cuts.sort((a, b) => a - b), bytes.length]) {
        if (cut > from) seen.push(...frames.push(bytes.subarray(from, cut)));
        from = Math.max(from, cut);
      }
      frames.end();
      assert.deepEqual(seen, lines);
    }),
    { numRuns: 300, seed: 9 },
  );
});

test("passes over empty lines, and takes carriage returns as space", () => {
  const frames = createFrames(100);
  assert.deepEqual(frames.push(Buffer.from("\n\r\n{}\r\n  ")), ["{}\r"]);
  frames.end();
});

test("refuses an end within a frame", () => {
  const frames = createFrames(100);
  frames.push(Buffer.from('{}\n{"type":'));
  assert.throws(
    () => frames.end(),
    (error) => isKubeError(error, "protocol") && /8 bytes/.test(error.message),
  );
});

test("refuses a frame beyond the bound, in one chunk or in many", () => {
  const isTooLarge = (error: unknown): boolean => isKubeError(error, "protocol");
  assert.throws(() => createFrames(10).push(Buffer.from(`${"x".repeat(11)}\n`)), isTooLarge);
  const frames = createFrames(10);
  frames.push(Buffer.from("xxxxx"));
  frames.push(Buffer.from("xxxxx"));
  assert.throws(() => frames.push(Buffer.from("x")), isTooLarge);
});

test("does not search or copy again what waits", () => {
  // 64 MB in pieces of 64 bytes would take minutes if each piece cost what all before it did.
  const frames = createFrames(2 ** 30);
  const piece = Buffer.alloc(64, "x");
  for (let i = 0; i < 200_000; i++) frames.push(piece);
  assert.equal(frames.push(Buffer.from("\n"))[0]?.length, 64 * 200_000);
});
