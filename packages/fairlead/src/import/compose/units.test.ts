import assert from "node:assert/strict";
import { test } from "node:test";
import { boolean, byteQuantity, cpuQuantity, durationSeconds, integer } from "./units.ts";

test("reads durations", () => {
  assert.equal(durationSeconds("1m30s"), 90);
  assert.equal(durationSeconds("2.5s"), 2.5);
  assert.equal(durationSeconds("1h5m30s20ms"), 3930.02);
  assert.equal(durationSeconds("250ms"), 0.25);
  assert.equal(durationSeconds("0"), 0);
  for (const bad of ["", "5", "s", "1d", "-1s", "1 s", null, {}])
    assert.equal(durationSeconds(bad), undefined, String(bad));
});

test("reads sizes in binary units and writes the largest unit that fits", () => {
  assert.equal(byteQuantity("512M"), "512Mi");
  assert.equal(byteQuantity("1gb"), "1Gi");
  assert.equal(byteQuantity("1.5g"), "1536Mi");
  assert.equal(byteQuantity("300k"), "300Ki");
  assert.equal(byteQuantity("64MiB"), "64Mi");
  assert.equal(byteQuantity(1000), "1000");
  assert.equal(byteQuantity("2048"), "2Ki");
  assert.equal(byteQuantity("0"), "0");
  for (const bad of ["", "m", "1x", "-1m", "1e400g", null, true])
    assert.equal(byteQuantity(bad), undefined, String(bad));
});

test("reads numbers of CPUs", () => {
  assert.equal(cpuQuantity("0.50"), "500m");
  assert.equal(cpuQuantity(2), "2");
  assert.equal(cpuQuantity(".25"), "250m");
  assert.equal(cpuQuantity("0.0005"), "1m");
  assert.equal(cpuQuantity(0.29), "290m");
  for (const bad of ["", "1.", "x", -1, "0x1", null]) assert.equal(cpuQuantity(bad), undefined, String(bad));
});

test("reads numbers and booleans that a variable has left as text", () => {
  assert.equal(integer("3"), 3);
  assert.equal(integer(3.5), undefined);
  assert.equal(integer("3x"), undefined);
  assert.equal(boolean("true"), true);
  assert.equal(boolean("no"), false);
  assert.equal(boolean("maybe"), undefined);
});
