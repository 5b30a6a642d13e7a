import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../../../scripts/runs.ts";
import { parseWindows, windowProblem, windowsAt, type Window } from "./windows.ts";

function windows(text: string): readonly Window[] {
  const parsed = parseWindows(text);
  if (parsed.kind === "problem") return assert.fail(parsed.message);
  return parsed.windows;
}

function at(text: string, time: string): string {
  const { open, until } = windowsAt(windows(text), Date.parse(time));
  return `${open ? "open" : "closed"} until ${until === undefined ? "ever" : new Date(until).toISOString()}`;
}

const rows: readonly (readonly [string, string, string])[] = [
  ["Sat-Sun 00:00-04:00", "2026-11-21T01:00:00Z", "open until 2026-11-21T04:00:00.000Z"],
  ["Sat-Sun 00:00-04:00", "2026-11-21T04:00:00Z", "closed until 2026-11-22T00:00:00.000Z"],
  ["Sat-Sun 00:00-04:00", "2026-11-22T04:00:00Z", "closed until 2026-11-28T00:00:00.000Z"],
  ["Sat-Sun 00:00-04:00 Europe/Berlin", "2026-11-20T23:00:00Z", "open until 2026-11-21T03:00:00.000Z"],
  ["Sat-Sun 00:00-04:00 Europe/Berlin", "2026-07-10T21:59:59Z", "closed until 2026-07-10T22:00:00.000Z"],
  // Over midnight it belongs to the day on which it opens.
  ["Wed 22:00-02:00", "2026-11-19T01:59:00Z", "open until 2026-11-19T02:00:00.000Z"],
  ["Wed 22:00-02:00", "2026-11-18T01:00:00Z", "closed until 2026-11-18T22:00:00.000Z"],
  ["Fri-Mon 22:00-24:00", "2026-11-23T23:00:00Z", "open until 2026-11-24T00:00:00.000Z"],
  ["Fri-Mon 22:00-24:00", "2026-11-24T22:00:00Z", "closed until 2026-11-27T22:00:00.000Z"],
  ["Sat,Mon 01:00-02:00 UTC; Mon 05:00-06:00 UTC", "2026-11-23T03:00:00Z", "closed until 2026-11-23T05:00:00.000Z"],
  ["02:00-03:00 Asia/Kolkata", "2026-11-23T20:30:00Z", "open until 2026-11-23T21:30:00.000Z"],
  ["daily 00:00-00:00", "2026-11-23T20:30:00Z", "open until ever"],
  // Windows that touch are one.
  ["Mon 00:00-24:00; Tue 00:00-01:00", "2026-11-23T12:00:00Z", "open until 2026-11-24T01:00:00.000Z"],
  // Clocks are put forward from 02:00 to 03:00 on 29 March 2026: what lies within is left out, what begins within is shorter.
  ["Sun 02:00-03:00 Europe/Berlin", "2026-03-28T12:00:00Z", "closed until 2026-04-05T00:00:00.000Z"],
  ["Sun 02:30-04:00 Europe/Berlin", "2026-03-29T00:59:00Z", "closed until 2026-03-29T01:00:00.000Z"],
  ["Sun 02:30-04:00 Europe/Berlin", "2026-03-29T01:00:00Z", "open until 2026-03-29T02:00:00.000Z"],
  ["Sun 00:00-02:30 Europe/Berlin", "2026-03-28T23:30:00Z", "open until 2026-03-29T01:00:00.000Z"],
  // Clocks are put back from 03:00 to 02:00 on 25 October 2026: the window is from the first to the last such hour.
  ["Sun 02:00-04:00 Europe/Berlin", "2026-10-24T23:59:59Z", "closed until 2026-10-25T00:00:00.000Z"],
  ["Sun 02:00-04:00 Europe/Berlin", "2026-10-25T01:30:00Z", "open until 2026-10-25T03:00:00.000Z"],
  ["Sun 03:00-04:00 Europe/Berlin", "2026-10-25T01:59:00Z", "closed until 2026-10-25T02:00:00.000Z"],
  // The same on the other side of the world, by half an hour.
  ["Sun 01:00-04:00 Australia/Lord_Howe", "2026-10-03T15:00:00Z", "open until 2026-10-03T17:00:00.000Z"],
];

for (const [text, time, expected] of rows) {
  test(`${text} at ${time}: ${expected}`, () => assert.equal(at(text, time), expected));
}

test("names what it cannot read", () => {
  const texts = [
    "",
    "never",
    "Sat",
    "Sat 0-4",
    "Sat 00:00-25:00",
    "Sat 24:00-04:00",
    "Sat 10:60-11:00",
    "Sun-Foo 00:00-01:00",
    "Sat-Sun-Mon 00:00-01:00",
    "Sat 00:00-04:00 Europe/Atlantis",
    "Sat 00:00-04:00 UTC now",
    "constructor 00:00-01:00",
    "Sat 00:00-01:00;".repeat(201),
    "x".repeat(5000),
  ];
  for (const text of texts) assert.ok((windowProblem(text)?.message.length ?? 0) > 10, text);
  assert.match(windowProblem("Sat 00:00-04:00 Europe/Atlantis")!.message, /Atlantis.*time zone/);
});

test("what it says holds until the moment that it names, and not after", () => {
  const time = fc.integer({ min: 0, max: 1439 }).map((m) => `${Math.floor(m / 60)}:${String(m % 60).padStart(2, "0")}`);
  const days = fc.subarray(["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"], { minLength: 1 });
  const zone = fc.constantFrom("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe");
  const text = fc.tuple(days, time, time, zone).map(([d, from, to, z]) => `${d.join(",")} ${from}-${to} ${z}`);
  const texts = fc.array(text, { minLength: 1, maxLength: 3 }).map((list) => list.join(";"));
  const start = Date.parse("2026-01-01T00:00:00Z");
  const moment = fc.integer({ min: 0, max: 365 * 24 * 60 }).map((minutes) => start + minutes * 60_000);
  fc.assert(
    fc.property(texts, moment, fc.double({ min: 0, max: 1, noNaN: true }), (list, now, share) => {
      const parsed = windows(list);
      const { open, until } = windowsAt(parsed, now);
      if (until === undefined) return;
      assert.ok(until > now);
      assert.equal(windowsAt(parsed, Math.floor(now + (until - 1 - now) * share)).open, open);
      assert.equal(windowsAt(parsed, until).open, !open);
    }),
    runs(300),
  );
});
