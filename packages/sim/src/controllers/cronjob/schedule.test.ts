import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSchedule } from "./schedule.ts";

function next(text: string, from: string, count = 1): string[] {
  const parsed = parseSchedule(text);
  assert.equal(parsed.kind, "schedule", text);
  const times: string[] = [];
  let time: number | undefined = Date.parse(from);
  while (times.length < count && time !== undefined && parsed.kind === "schedule") {
    time = parsed.next(time);
    times.push(time === undefined ? "never" : new Date(time).toISOString().replace(".000Z", "Z"));
  }
  return times;
}

const cases: readonly (readonly [text: string, from: string, expected: readonly string[]])[] = [
  ["*/15 * * * *", "2026-01-01T00:00:00Z", ["2026-01-01T00:15:00Z", "2026-01-01T00:30:00Z"]],
  ["0 0 * * *", "2026-01-01T00:00:00Z", ["2026-01-02T00:00:00Z"]],
  ["5 4 * * sun", "2026-01-01T00:00:00Z", ["2026-01-04T04:05:00Z", "2026-01-11T04:05:00Z"]],
  ["0 0 13 * 5", "2026-01-01T00:00:00Z", ["2026-01-02T00:00:00Z", "2026-01-09T00:00:00Z", "2026-01-13T00:00:00Z"]],
  ["0 0 */2 * 5", "2026-01-01T00:00:00Z", ["2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"]],
  ["0 0 29 2 *", "2026-01-01T00:00:00Z", ["2028-02-29T00:00:00Z"]],
  ["0 0 31 2 *", "2026-01-01T00:00:00Z", ["never"]],
  ["0 22-23 * jan-feb mon-fri", "2026-02-27T23:30:00Z", ["2027-01-01T22:00:00Z"]],
  ["30 5/6 * * *", "2026-01-01T00:00:00Z", ["2026-01-01T05:30:00Z", "2026-01-01T11:30:00Z"]],
  ["@hourly", "2026-01-01T00:30:00Z", ["2026-01-01T01:00:00Z"]],
  ["@weekly", "2026-01-01T00:30:00Z", ["2026-01-04T00:00:00Z"]],
  ["@every 1h30m", "2026-01-01T00:00:00Z", ["2026-01-01T01:30:00Z", "2026-01-01T03:00:00Z"]],
  ["TZ=Asia/Tokyo 0 9 * * *", "2026-01-01T00:00:00Z", ["2026-01-02T00:00:00Z"]],
  ["TZ=Europe/Berlin 30 2 * * *", "2026-03-28T00:00:00Z", ["2026-03-28T01:30:00Z", "2026-03-30T00:30:00Z"]],
  ["TZ=Europe/Berlin 30 1 * * *", "2026-10-24T12:00:00Z", ["2026-10-24T23:30:00Z"]],
  ["TZ=America/New_York 0 0 1 * *", "2026-03-01T05:00:00Z", ["2026-04-01T04:00:00Z"]],
];

test("finds the next times of a schedule, as wall clocks of its zone show them", () => {
  for (const [text, from, expected] of cases) {
    assert.deepEqual(next(text, from, expected.length), expected, text);
  }
});

test("says what is wrong with a schedule", () => {
  assert.deepEqual(parseSchedule("* * *"), {
    kind: "problem",
    message: "expected exactly 5 fields, found 3: [* * *]",
  });
});
