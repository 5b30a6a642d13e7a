/** What nobody sends in earnest must not end the process either. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, JsonValue } from "../json.ts";
import type { Schema } from "../schema/schema.ts";
import { fieldSetOf } from "./field-set-of.ts";
import { isFieldsProblem, parseFieldsV1 } from "./fields-v1.ts";
import { needsApply } from "./needs-apply.ts";
import { updateManagers } from "./merge/update-managers.ts";
import { typedProblems } from "./typed-problems.ts";

function nested(make: (inner: JsonValue) => JsonValue, levels = 3000): JsonValue {
  let value: JsonValue = "x";
  for (let i = 0; i < levels; i++) value = make(value);
  return value;
}

function thing(spec: JsonValue): JsonObject {
  return { apiVersion: "test.dev/v1", kind: "Thing", metadata: { name: "x" }, spec };
}

const set: Schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        set: { type: "array", items: {}, "x-kubernetes-list-type": "set" },
        rows: {
          type: "array",
          items: { type: "object", properties: { id: {} } },
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["id"],
        },
      },
    },
  },
};

for (const [name, value] of [
  ["maps", nested((inner) => ({ a: inner }))],
  ["lists", nested((inner) => [inner])],
] as const) {
  test(`deeply nested ${name} are compared like flat ones`, () => {
    const desired = thing({ a: value });
    assert.equal(needsApply(desired, thing({ a: "other" }), { manager: "m" }).kind, "different");
    assert.ok(fieldSetOf(desired).entries.length > 0);
    assert.deepEqual(typedProblems(desired), []);
    assert.equal(updateManagers({ updated: desired, manager: "m" }).length, 1);
  });

  test(`deeply nested ${name} are no keys of an item`, () => {
    const desired = thing({ rows: [{ id: value }, { id: "b" }], set: [value, "b"] });
    assert.equal(needsApply(desired, thing({ rows: [{ id: "a" }] }), { manager: "m", schema: set }).kind, "different");
  });
}

test("deeply nested keys of a set that is stored are a problem", () => {
  const deep = `${"[".repeat(20_000)}${"]".repeat(20_000)}`;
  for (const key of [`v:${deep}`, `k:{"a":${deep}}`]) {
    const found = parseFieldsV1({ [key]: {} });
    assert.ok(isFieldsProblem(found));
  }
});

test("a schema that refers to itself without end stands for anything", () => {
  const resolve = (name: string): Schema => ({ $ref: name === "a" ? "b" : "a" });
  const schema: Schema = { type: "object", properties: { spec: { $ref: "a" } } };
  assert.ok(fieldSetOf(thing({ a: { b: 1 } }), schema, { resolve }).entries.length > 0);
});
