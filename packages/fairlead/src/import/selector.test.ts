import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { matches } from "./selector.ts";

const labels = { app: "web", tier: "front" };
const cases: readonly (readonly [JsonObject, boolean])[] = [
  [{}, true],
  [{ matchLabels: { app: "web" } }, true],
  [{ matchLabels: { app: "api" } }, false],
  [{ matchLabels: { constructor: "x" } }, false],
  [{ matchExpressions: [{ key: "app", operator: "In", values: ["web", "api"] }] }, true],
  [{ matchExpressions: [{ key: "app", operator: "NotIn", values: ["web"] }] }, false],
  [{ matchExpressions: [{ key: "none", operator: "NotIn", values: ["web"] }] }, true],
  [{ matchExpressions: [{ key: "tier", operator: "Exists" }] }, true],
  [{ matchExpressions: [{ key: "tier", operator: "DoesNotExist" }] }, false],
  [{ matchLabels: { app: "web" }, matchExpressions: [{ key: "tier", operator: "In", values: ["back"] }] }, false],
  [{ matchExpressions: [{ key: "tier", operator: "Near" }] }, false],
  [{ matchExpressions: [7] }, false],
];

for (const [selector, expected] of cases) {
  test(`${JSON.stringify(selector)} ${expected ? "selects" : "does not select"}`, () =>
    assert.equal(matches(selector, labels), expected));
}
