import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { lineFault, type LineFault } from "./line-fault.ts";

/** What passes before and with the fault, of a text that comes in pieces. */
function passed(fault: LineFault, pieces: readonly string[]): { text: string; due: number } {
  const through = lineFault(fault);
  let text = "";
  let due = 0;
  for (const piece of pieces) {
    const { chunk, isDue } = through(Buffer.from(piece));
    text += chunk.toString("utf8");
    if (!isDue) continue;
    due++;
    if (fault.kind !== "corrupt") break;
  }
  return { text, due };
}

test("ends a body after whole lines", () => {
  assert.deepEqual(passed({ kind: "end", afterLines: 2 }, ["a\nb\nc\n"]), { text: "a\nb\n", due: 1 });
  assert.deepEqual(passed({ kind: "drop", afterLines: 0 }, ["a\n"]), { text: "", due: 1 });
});

test("truncates within a line, once there is one", () => {
  assert.deepEqual(passed({ kind: "truncate", afterLines: 1 }, ["a\n", '{"b":1}\nc\n']), { text: 'a\n{"b', due: 1 });
});

test("changes the first byte of a line and lets the rest pass", () => {
  assert.deepEqual(passed({ kind: "corrupt", afterLines: 1 }, ["{}\n", "{}\n{}\n"]), { text: "{}\n#}\n{}\n", due: 1 });
});

test("is due at the same place however the text is cut into pieces", () => {
  const kinds = fc.constantFrom("end", "corrupt", "reset", "drop", "expire");
  const texts = fc.array(fc.constantFrom("{}\n", '{"a":1}\n', "x\n"), { maxLength: 5 });
  fc.assert(
    fc.property(kinds, fc.nat(4), texts, fc.array(fc.integer({ min: 1, max: 4 })), (kind, afterLines, lines, sizes) => {
      const whole = lines.join("");
      const pieces: string[] = [];
      let rest = whole;
      for (const size of sizes) {
        if (rest !== "") pieces.push(rest.slice(0, size));
        rest = rest.slice(size);
      }
      if (rest !== "") pieces.push(rest);
      const last = passed({ kind, afterLines }, pieces);
      const first = passed({ kind, afterLines }, whole === "" ? [] : [whole]);
      assert.equal(last.text, first.text);
      if (lines.length > afterLines) assert.equal(last.due, 1);
    }),
    { numRuns: 200, seed: 1 },
  );
});
