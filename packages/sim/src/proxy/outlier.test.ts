import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createOutlierDetector, type OutlierLimits } from "./outlier.ts";

const limits: OutlierLimits = {
  consecutiveGatewayErrors: 3,
  consecutive5xxErrors: 0,
  intervalMs: 10_000,
  baseEjectionMs: 30_000,
  maxEjectionPercent: 100,
};

function fail(detector: ReturnType<typeof createOutlierDetector>, name: string, times: number, now: number): void {
  for (let index = 0; index < times; index++) detector.record(name, "gateway", now);
}

describe("outlier detection", () => {
  test("ejects at the last of so many errors in a row, and not when one request in between went well", () => {
    const detector = createOutlierDetector(limits, ["a", "b"]);
    fail(detector, "a", 2, 0);
    detector.record("a", "ok", 0);
    fail(detector, "a", 2, 0);
    assert.equal(detector.isEjected("a", 0), false);
    fail(detector, "a", 1, 0);
    assert.equal(detector.isEjected("a", 0), true);
    assert.equal(detector.isEjected("b", 0), false);
  });

  test("lets back in at the first sweep after the time, and stays out longer each time", () => {
    const detector = createOutlierDetector(limits, ["a"]);
    fail(detector, "a", 3, 0);
    assert.equal(detector.isEjected("a", 29_999), true);
    assert.equal(detector.isEjected("a", 30_000), false);
    fail(detector, "a", 3, 31_000);
    assert.equal(detector.isEjected("a", 90_000), true);
    assert.equal(detector.isEjected("a", 100_000), false);
  });

  test("stays out for five minutes at most, as often as it fails", () => {
    const detector = createOutlierDetector(limits, ["a"]);
    let now = 0;
    for (let times = 0; times < 14; times++) {
      fail(detector, "a", 3, now);
      now += 310_000;
      assert.equal(detector.isEjected("a", now), false);
    }
  });

  test("keeps as many in as the percentage says, but always lets the first go", () => {
    const detector = createOutlierDetector({ ...limits, maxEjectionPercent: 33 }, ["a", "b", "c", "d"]);
    fail(detector, "a", 3, 0);
    fail(detector, "b", 3, 0);
    assert.deepEqual([detector.isEjected("a", 0), detector.isEjected("b", 0)], [true, false]);
  });

  test("counts answers of the service itself only where it is told to", () => {
    const off = createOutlierDetector(limits, ["a"]);
    for (let index = 0; index < 20; index++) off.record("a", "server", 0);
    assert.equal(off.isEjected("a", 0), false);
    const on = createOutlierDetector({ ...limits, consecutive5xxErrors: 5 }, ["a"]);
    for (let index = 0; index < 5; index++) on.record("a", "server", 0);
    assert.equal(on.isEjected("a", 0), true);
  });
});
