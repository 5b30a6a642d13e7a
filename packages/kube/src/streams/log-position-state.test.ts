import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { firstSecond, logStart, stepLogPosition } from "./log-position-state.ts";

interface Line {
  readonly time: string;
  readonly second: number;
  readonly text: string;
}

/** Reads pieces of a log as a follower does: each time from `firstSecond` on, up to where the connection is cut. */
function follow(lines: readonly Line[], cuts: readonly number[]): string[] {
  const read: string[] = [];
  let state = logStart();
  for (const cut of [...cuts, lines.length]) {
    state = stepLogPosition(state, { kind: "again" }).state;
    const from = firstSecond(state);
    for (const { time, second, text } of lines.slice(0, cut)) {
      if (from !== undefined && second < from) continue;
      const step = stepLogPosition(state, { kind: "line", time, second });
      state = step.state;
      if (step.deliver) read.push(text);
    }
  }
  return read;
}

/** Times in order but for neighbours, many of them equal. */
const log = fc.array(fc.record({ step: fc.constantFrom(0, 0, 1, 300, 700, 5000), swap: fc.boolean() })).map((steps) => {
  let now = 0;
  const times = steps.map(({ step }) => (now += step));
  steps.forEach(({ swap }, index) => {
    const [a, b] = [times[index - 1], times[index]];
    // Less than a second apart: the order in which two outputs are written.
    if (swap && a !== undefined && b !== undefined && b - a < 1000) [times[index - 1], times[index]] = [b, a];
  });
  return times.map((ms, index) => ({
    time: new Date(ms).toISOString(),
    second: Math.floor(ms / 1000),
    text: `line ${index}`,
  }));
});

test("delivers every line once, wherever the connection is cut and however often", () => {
  fc.assert(
    fc.property(log, fc.array(fc.nat(100), { maxLength: 6 }), (lines, cuts) => {
      const grown = cuts.map((cut) => Math.min(cut, lines.length)).toSorted((a, b) => a - b);
      assert.deepEqual(
        follow(lines, grown),
        lines.map(({ text }) => text),
      );
    }),
    { seed: 4, numRuns: 500 },
  );
});

test("reads the last second and the one before it again, and nothing else", () => {
  let state = logStart();
  assert.equal(firstSecond(state), undefined);
  for (const second of [10, 11, 12]) {
    state = stepLogPosition(state, { kind: "line", time: `t${second}`, second }).state;
  }
  assert.equal(firstSecond(state), 11);
  assert.deepEqual([...state.seen.keys()], ["t11", "t12"]);
});

test("delivers what the old log no longer has between the lines that come again", () => {
  let state = logStart();
  for (const time of ["a", "b"]) state = stepLogPosition(state, { kind: "line", time, second: 1 }).state;
  state = stepLogPosition(state, { kind: "again" }).state;
  const delivered = ["b", "c", "c"].map((time) => {
    const step = stepLogPosition(state, { kind: "line", time, second: 1 });
    state = step.state;
    return step.deliver;
  });
  assert.deepEqual(delivered, [false, true, true]);
});
