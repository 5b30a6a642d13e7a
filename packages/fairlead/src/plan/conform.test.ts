import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonValue, Schema } from "@fairlead/apimachinery";
import { conform } from "./conform.ts";

const schema: Schema = {
  type: "object",
  required: ["name"],
  properties: {
    name: { type: "string" },
    kind: { type: "string", enum: ["a", "b"] },
    count: { type: "integer" },
    port: { "x-kubernetes-int-or-string": true },
    labels: { type: "object", additionalProperties: { type: "string" } },
    list: { type: "array", items: { type: "object", required: ["id"], properties: { id: { type: "string" } } } },
    either: { anyOf: [{ type: "boolean" }, { type: "object", properties: { on: { type: "boolean" } } }] },
    open: { type: "object", "x-kubernetes-preserve-unknown-fields": true },
    foreign: { $ref: "io.k8s.api.core.v1.Affinity" },
  },
};
const read = (value: JsonValue) => conform(value, schema);

describe("the part of a value that has the types of its schema", () => {
  test("is the value where all is well, keys in the schema's order and maps by key", () => {
    const value = {
      foreign: { x: 1 },
      labels: { b: "2", a: "1" },
      port: "web",
      name: "n",
      either: true,
      open: { z: [null] },
    };
    assert.deepEqual(read(value), value);
    assert.equal(
      JSON.stringify(read(value)),
      '{"name":"n","port":"web","labels":{"a":"1","b":"2"},"either":true,"open":{"z":[null]},"foreign":{"x":1}}',
    );
  });

  const cases: readonly (readonly [string, JsonValue, unknown])[] = [
    [
      "leaves wrong types out",
      { name: "n", count: "3", labels: ["a"], list: {}, open: 1, foreign: "x" },
      { name: "n" },
    ],
    ["leaves null and unknown fields out", { name: "n", count: null, other: 1 }, { name: "n" }],
    ["leaves words out that are not allowed", { name: "n", kind: "c" }, { name: "n" }],
    ["leaves fractions out where whole numbers belong", { name: "n", count: 1.5 }, { name: "n" }],
    [
      "leaves items out that lack a required field",
      { name: "n", list: [{}, { id: "x" }, 5, null] },
      { name: "n", list: [{ id: "x" }] },
    ],
    ["leaves single entries of a map out", { name: "n", labels: { a: 1, b: "x" } }, { name: "n", labels: { b: "x" } }],
    [
      "takes the alternative that fits",
      { name: "n", either: { on: true, off: 1 } },
      { name: "n", either: { on: true } },
    ],
    ["is nothing where a required field is wrong", { name: 5 }, undefined],
    ["is nothing for another type", [1], undefined],
  ];
  for (const [what, value, expected] of cases) test(what, () => assert.deepEqual(read(value), expected));

  test("takes __proto__ for an ordinary key", () => {
    const value = JSON.parse('{"name":"n","labels":{"__proto__":"x"}}') as JsonValue;
    assert.equal(JSON.stringify(read(value)), '{"name":"n","labels":{"__proto__":"x"}}');
  });

  test("ends where a value nests without end", () => {
    const list: Schema = { type: "array" };
    (list as { items: Schema }).items = list;
    let value: JsonValue = [];
    for (let depth = 0; depth < 10_000; depth++) value = [value];
    assert.ok(Array.isArray(conform(value, list)));
  });
});
