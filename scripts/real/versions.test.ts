import assert from "node:assert/strict";
import { test } from "node:test";
import { kubernetesRelease } from "./versions.ts";

test("a minor version stands for the release that was tried", () => {
  assert.match(kubernetesRelease(), /^1\.36\.\d+$/);
  assert.match(kubernetesRelease("1.30"), /^1\.30\.\d+$/);
});

test("a full release stands for itself, with or without v", () => {
  assert.equal(kubernetesRelease("1.33.2"), "1.33.2");
  assert.equal(kubernetesRelease("v1.33.2"), "1.33.2");
});

for (const wrong of ["", "1.99", "latest", "constructor", "1.33.2; rm"]) {
  test(`refuses ${JSON.stringify(wrong)} and says what to write`, () => {
    assert.throws(() => kubernetesRelease(wrong), { code: "unknown-version", message: /1\.36, 1\.32, 1\.30/ });
  });
}
