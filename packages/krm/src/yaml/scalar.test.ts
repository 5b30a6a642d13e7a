import assert from "node:assert/strict";
import { test } from "node:test";
import { isRawNumber, type JsonValue } from "@fairlead/apimachinery";
import { formatFloatKey, isPlainString, resolvePlain } from "./scalar.ts";

/** Checked against sigs.k8s.io/yaml 1.6, which kubectl uses. */
const table: readonly (readonly [string, JsonValue])[] = [
  ...["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"].map((t) => [t, true] as const),
  ...["n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"].map((t) => [t, false] as const),
  ...["", "~", "null", "Null", "NULL"].map((t) => [t, null] as const),
  ...["yES", "tRUE", "nULL", "oN", "yess", "_1", ".", "..", "-", "--", "+", "0x", "0b", "0o", "0b2", "0o8"].map(
    (t) => [t, t] as const,
  ),
  ...[
    "1:30",
    "190:20:30",
    "2026-11-20",
    "2001-01-01T00:00:00Z",
    "=",
    "<<",
    "1.2.3",
    "e1",
    ".e1",
    "1e",
    "1e+",
    "1e999",
    "._5",
  ].map((t) => [t, t] as const),
  ["0777", 511],
  ["-07", -7],
  ["0777_7", 4095],
  ["0o14", 12],
  ["0O17", 15],
  ["0b101", 5],
  ["-0b11", -3],
  ["0x1F", 31],
  ["0X1f", 31],
  ["+0x1F", 31],
  ["-0xf", -15],
  ["0x_1", 1],
  ["1_000", 1000],
  ["1__0", 10],
  ["1_", 1],
  ["0_", 0],
  ["1_000.5", 1000.5],
  ["08", 8],
  ["09.5", 9.5],
  ["1e3", 1000],
  ["1.5e+3", 1500],
  ["12e03", 12000],
  [".5", 0.5],
  ["+.5", 0.5],
  ["5.", 5],
  ["-0", 0],
  ["-0.0", -0],
  ["+5", 5],
  ["9007199254740992", 9007199254740992],
  ["100000000000000000000", 1e20],
  ["18446744073709551616", 18446744073709552000],
  ["0x1FFFFFFFFFFFFFFFF", "0x1FFFFFFFFFFFFFFFF"],
];

for (const [text, value] of table) {
  test(`reads ${JSON.stringify(text)} as kubectl does`, () => {
    assert.deepStrictEqual(resolvePlain(text), value);
    assert.equal(isPlainString(text), typeof value === "string");
  });
}

test("keeps every digit of integers that a double cannot hold", () => {
  for (const text of ["9007199254740993", "-9007199254740993", "9223372036854775807", "18446744073709551615"]) {
    const value = resolvePlain(text);
    assert.ok(isRawNumber(value), text);
    assert.equal(JSON.stringify(value), text);
  }
  assert.equal(JSON.stringify(resolvePlain("0xFFFFFFFFFFFFFFFF")), "18446744073709551615");
});

test("gives NaN and infinities to the caller, who refuses them", () => {
  assert.deepStrictEqual([".inf", "+.Inf", "-.INF", ".nan"].map(resolvePlain), [Infinity, Infinity, -Infinity, NaN]);
});

test("writes float keys as Go writes 32-bit floats", () => {
  const keys: [number, string][] = [
    [1.5, "1.5"],
    [8, "8"],
    [0.1, "0.1"],
    [1e6, "1e+06"],
    [123456, "123456"],
    [1000000.5, "1.0000005e+06"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [-1e21, "-1e+21"],
    [1e39, ".inf"],
  ];
  for (const [value, text] of keys) assert.equal(formatFloatKey(value), text);
});
