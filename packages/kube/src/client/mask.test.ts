import assert from "node:assert/strict";
import { test } from "node:test";
import { maskOf } from "./mask.ts";

test("hides values of data and stringData, encoded and decoded", () => {
  const mask = maskOf({
    data: { a: Buffer.from("hunter2!").toString("base64") },
    stringData: { b: "s3cr3t\n", c: "x" },
  });
  assert.equal(
    mask('bad "hunter2!" and aHVudGVyMiE= and "s3cr3t\\n" (x) in extra'),
    'bad "***" and *** and "***" (***) in extra',
  );
});

test("hides what a decoding error quotes of values that are no strings", () => {
  const mask = maskOf({ stringData: { pin: 4711, list: ["sesame", { deep: true }] } });
  assert.equal(mask("found &value{4711}, sesame, true"), "found &value{***}, ***, ***");
});

test("hides the values of a JSON patch", () => {
  assert.equal(
    maskOf([{ op: "add", path: "/data/a", value: "c2VjcmV0" }])("not c2VjcmV0 nor secret"),
    "not *** nor ***",
  );
});

test("leaves everything else", () => {
  assert.equal(maskOf({ metadata: { name: "web" }, data: {} })('secrets "web" not found'), 'secrets "web" not found');
  assert.equal(maskOf(undefined)("text"), "text");
  assert.equal(maskOf({ data: { a: "a.b*c" } })("axb a.b*c"), "axb ***");
});
