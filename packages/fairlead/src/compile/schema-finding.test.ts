import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { validate, type JsonObject, type Schema } from "@fairlead/apimachinery";
import { schemaFinding } from "./schema-finding.ts";

describe("a missing field", () => {
  const needy: Schema = {
    type: "object",
    properties: {
      list: { type: "array", items: { type: "object", required: ["name"] } },
      map: { type: "object", additionalProperties: { type: "object", required: ["name"] } },
    },
  };
  const hint = (value: JsonObject) =>
    schemaFinding(validate(value, needy)[0]!, { apiVersion: "fairlead.dev/v1alpha1", kind: "App", name: "a" }).hint;

  test("is explained by its path without indexes", () => {
    assert.match(hint({ list: [{}] })!, /`fairlead explain App\.list`/);
  });

  test("is explained as far as the path has names that `explain` knows", () => {
    assert.match(hint({ map: { "a.b": {} } })!, /`fairlead explain App\.map`/);
  });
});
