import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonValue } from "@fairlead/apimachinery";
import { isNative } from "./is-native.ts";

const table: readonly (readonly [JsonValue | undefined, JsonValue, boolean])[] = [
  [undefined, "1.26.4", false],
  [undefined, "1.27.0", true],
  [undefined, "1.29.0-distroless", true],
  [undefined, "v1.9", false],
  [undefined, "2.0.0", true],
  [undefined, "latest", true],
  [undefined, 1.29, true],
  ["true", "1.20.0", true],
  [true, "1.20.0", true],
  ["false", "1.29.0", false],
  [false, "1.29.0", false],
  ["auto", "1.26.0", false],
];

for (const [wish, tag, expected] of table) {
  test(`sidecars of ${String(tag)} with ENABLE_NATIVE_SIDECARS=${String(wish)} are native: ${expected}`, () => {
    const env = wish === undefined ? {} : { ENABLE_NATIVE_SIDECARS: wish };
    assert.equal(isNative({ global: { tag }, pilot: { env } }), expected);
  });
}
