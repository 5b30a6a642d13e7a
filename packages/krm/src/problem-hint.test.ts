import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { validate, type JsonObject, type JsonValue, type Schema } from "@fairlead/apimachinery";
import { problemFinding } from "./problem-finding.ts";
import { schemaFindings } from "./schema-findings.ts";

const object = { apiVersion: "example.com/v1", kind: "Example", name: "a" };
const fields = (...names: string[]): Schema => ({
  type: "object",
  properties: Object.fromEntries(names.map((name) => [name, { type: "string" }])),
});
const schema: Schema = {
  type: "object",
  properties: {
    count: { type: "integer" },
    ratio: { type: "number" },
    on: { type: "boolean" },
    text: { type: "string" },
    port: { "x-kubernetes-int-or-string": true },
    list: { type: "array", items: { type: "string" } },
    few: fields("alpha", "beta"),
    many: fields("a1", "b2", "c3", "d4", "e5", "f6", "g7", "h8", "i9", "j10"),
    none: { type: "object", properties: {} },
  },
};

function hintOf(value: JsonObject): string | undefined {
  const [problem, ...others] = validate(value, schema);
  assert.deepEqual(others, []);
  return problemFinding(problem!, { object }).hint;
}

const cases: readonly (readonly [field: string, value: JsonValue, hint: string])[] = [
  ["count", "8080", "write 8080 without quotes"],
  ["count", "-1", "write -1 without quotes"],
  ["ratio", "0.5", "write 0.5 without quotes"],
  ["on", "true", "write true without quotes"],
  ["text", 1, 'quote it: "1"'],
  ["text", true, 'quote it: "true"'],
  ["text", 1.1, "put it in quotes"],
  ["list", { a: 1 }, 'write a list: begin each item with "- "'],
  ["list", "a", 'write a list: begin each item with "- "'],
  ["few", ["a"], 'write fields instead of a list: leave out the "- "'],
  ["few", "a", "write the fields below it, one a line and indented"],
  ["few", { zzzzzz: "1" }, "the fields here are alpha, beta"],
  ["many", { zzzzzz: "1" }, "the fields here are a1, b2, c3, d4, e5, f6, g7, h8 and 2 more"],
  ["few", { alpa: "1" }, "did you mean `alpha`?"],
];

const { FL050, FL051 } = schemaFindings.definitions;
const remedies: readonly (readonly [field: string, value: JsonValue, hint: string])[] = [
  ["count", "eight", FL051.remedy],
  ["count", "0.5", FL051.remedy],
  ["count", true, FL051.remedy],
  ["on", 1, FL051.remedy],
  ["on", "no", FL051.remedy],
  ["text", { a: "1" }, FL051.remedy],
  ["port", true, 'quote it: "true"'],
  ["none", { a: "1" }, FL050.remedy],
];

describe("the hint of a problem", () => {
  for (const [field, value, hint] of cases)
    test(`says what to write for ${JSON.stringify(value)} in ${field}`, () =>
      assert.equal(hintOf({ [field]: value }), hint));

  for (const [field, value, hint] of remedies)
    test(`is the remedy of its code where nothing precise can be said: ${JSON.stringify(value)} in ${field}`, () =>
      assert.equal(hintOf({ [field]: value }), hint));

  test("asks for a value where a list holds null", () => {
    assert.equal(hintOf({ list: [null] }), "give it a value, or remove the field");
  });

  test("does not repeat what is secret", () => {
    const secret: Schema = { type: "object", properties: { data: schema } };
    for (const [field, value, hint] of [
      ["text", 4711, "put it in quotes"],
      ["count", "4711", "leave out the quotes"],
    ] as const) {
      const [problem] = validate({ data: { [field]: value } }, secret);
      const finding = problemFinding(problem!, { object: { ...object, kind: "Secret" } });
      assert.equal(finding.hint, hint);
      assert.doesNotMatch(finding.message, /4711/);
    }
  });
});

describe("a missing field", () => {
  const needy: Schema = {
    type: "object",
    properties: { list: { type: "array", items: { type: "object", required: ["name"] } } },
  };
  const [problem] = validate({ list: [{}] }, needy);
  const ref = { apiVersion: "example.com/v1", kind: "App", name: "a" };

  test("gets the hint of whoever can explain the object", () => {
    const finding = problemFinding(problem!, {
      object: ref,
      missingHint: (path, { kind }) => `look at ${[kind, ...path].join(".")}`,
    });
    assert.equal(finding.hint, "look at App.list.0");
  });

  test("gets the hint of its code otherwise", () => {
    assert.equal(problemFinding(problem!, { object: ref }).hint, schemaFindings.definitions.FL052.remedy);
  });
});
