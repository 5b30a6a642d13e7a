import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../../scripts/runs.ts";
import { rfc3339, utcTime, utcWeekday } from "./utc.ts";

test("agrees with the runtime's dates", () => {
  const moment = fc.integer({ min: -62_167_219_200, max: 253_402_300_799 });
  fc.assert(
    fc.property(moment, (seconds) => {
      const date = new Date(seconds * 1000);
      assert.equal(rfc3339(seconds * 1000), date.toISOString().replace(".000Z", "Z"));
      assert.equal(utcWeekday(seconds * 1000), date.getUTCDay());
      const [month, hour, minute] = [date.getUTCMonth() + 1, date.getUTCHours(), date.getUTCMinutes()];
      const floor = utcTime(date.getUTCFullYear(), month, date.getUTCDate(), hour, minute);
      assert.equal(floor, Math.floor(seconds / 60) * 60_000);
    }),
    runs(500),
  );
});

test("writes what is no time as one", () => {
  assert.equal(rfc3339(Number.NaN), "1970-01-01T00:00:00Z");
  assert.equal(rfc3339(Number.POSITIVE_INFINITY), "9999-12-31T23:59:59Z");
  assert.equal(rfc3339(Number.NEGATIVE_INFINITY), "0000-01-01T00:00:00Z");
});
