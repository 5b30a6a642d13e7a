import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { LogLine } from "@fairlead/kube";
import { mergeLines } from "./merge-lines.ts";

async function* log(lines: readonly (readonly [string, string])[]): AsyncGenerator<LogLine> {
  for (const [time, text] of lines) yield { time, text };
}

async function merged(...logs: readonly (readonly (readonly [string, string])[])[]): Promise<string[]> {
  const texts: string[] = [];
  const sources = logs.map((lines, source) => ({ source, lines: log(lines) }));
  for await (const { source, line } of mergeLines(sources)) texts.push(`${source}${line.text}`);
  return texts;
}

test("merges by time, to the nanosecond and over time zones", async () => {
  const at = (rest: string): string => `2026-11-21T10:00:${rest}`;
  assert.deepEqual(
    await merged(
      [
        [at("00.000000002Z"), "b"],
        [at("01Z"), "d"],
      ],
      [
        [at("00.000000001Z"), "a"],
        ["2026-11-21T11:00:00.5+01:00", "c"],
      ],
    ),
    ["1a", "0b", "1c", "0d"],
  );
});

test("keeps lines without a time behind the line before them, and equal times in the order of the logs", async () => {
  const [early, late] = ["2026-11-21T10:00:00Z", "2026-11-21T10:00:09Z"];
  assert.deepEqual(
    await merged(
      [
        [early, "a"],
        ["", "a2"],
        [late, "z"],
      ],
      [[early, "b"]],
      [],
    ),
    ["0a", "0a2", "1b", "0z"],
  );
});

test("gives every line once, in order of time", async () => {
  const times = fc.array(fc.nat(50), { maxLength: 10 }).map((all) => all.toSorted((a, b) => a - b));
  await fc.assert(
    fc.asyncProperty(fc.array(times, { maxLength: 5 }), async (logs) => {
      const texts = await merged(
        ...logs.map((all) => all.map((ms) => [new Date(ms).toISOString(), `:${String(ms).padStart(3, "0")}`] as const)),
      );
      assert.equal(texts.length, logs.flat().length);
      const order = texts.map((line) => Number(line.split(":")[1]));
      assert.deepEqual(
        order,
        order.toSorted((a, b) => a - b),
      );
    }),
    { seed: 4, numRuns: 100 },
  );
});
