import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, JsonValue } from "../json.ts";
import type { Schema } from "../schema/schema.ts";
import { typedProblems } from "./typed-problems.ts";

const schema: Schema = {
  type: "object",
  properties: {
    spec: {
      type: "object",
      properties: {
        text: { type: "string" },
        time: { type: "string", format: "date-time" },
        number: { type: "integer" },
        flag: { type: "boolean" },
        map: { type: "object", additionalProperties: { type: "string" } },
        set: { type: "array", items: { type: "string" }, "x-kubernetes-list-type": "set" },
        atoms: { type: "array", items: { type: "string" } },
        rows: {
          type: "array",
          "x-kubernetes-list-type": "map",
          "x-kubernetes-list-map-keys": ["id"],
          items: { type: "object", properties: { id: { type: "string" } } },
        },
      },
    },
  },
};

function problems(spec: JsonValue): string[] {
  const object: JsonObject = { apiVersion: "test.dev/v1", kind: "Thing", metadata: { name: "x" }, spec };
  return typedProblems(object, schema).map(({ path, message }) => `${path}: ${message}`);
}

test("what fits the schema has no problem, and null fits everything", () => {
  const rows = [{ id: "a" }, { id: "b" }];
  assert.deepEqual(problems({ text: "a", number: 1, flag: true, map: { a: "b" }, set: ["a", "b"], rows }), []);
  assert.deepEqual(problems({ text: null, number: null, map: null, set: null, rows: null, atoms: null }), []);
  assert.deepEqual(problems(null), []);
});

test("a field that the schema does not know is a problem", () => {
  assert.deepEqual(problems({ other: 1 }), [".spec.other: field not declared in schema"]);
});

test("a value of another type is named as the server names it", () => {
  assert.deepEqual(problems({ text: 1, number: "x", flag: "y", map: [], set: {}, time: [] }), [
    ".spec.text: expected string, got &value.valueUnstructured{Value:1}",
    ".spec.number: expected numeric (int or float), got string",
    ".spec.flag: expected boolean, got &{y}",
    ".spec.map: expected map, got &{[]}",
    ".spec.set: expected list, got &{map[]}",
    ".spec.time: expected any scalar, got &{[]}",
  ]);
});

test("items that cannot be told apart are a problem", () => {
  assert.deepEqual(problems({ set: ["a", "a"], rows: [{ id: "a" }, { id: "a" }] }), [
    '.spec.set: duplicate entries for key [="a"]',
    '.spec.rows: duplicate entries for key [id="a"]',
  ]);
});

test("an item without identity ends what is said of its list", () => {
  assert.deepEqual(problems({ rows: [{}, 1] }), [
    '.spec.rows: element 0: associative list with keys has an element that omits all key fields ["id"] (and doesn\'t have default values for any key fields)',
  ]);
  assert.deepEqual(problems({ set: [null] }), [
    ".spec.set: element 0: associative list without keys has an element that's an explicit null",
  ]);
});

test("items of an atomic list are checked by their place", () => {
  assert.deepEqual(problems({ atoms: ["a", 2] }), [
    ".spec.atoms[1]: expected string, got &value.valueUnstructured{Value:2}",
  ]);
});
