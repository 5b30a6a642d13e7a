import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { object } from "../../../test/apply-fixtures.ts";
import { sharedFields } from "./shared-fields.ts";

function entry(manager: string, operation: string, data: readonly string[], subresource?: string): JsonObject {
  const fieldsV1 = { "f:data": Object.fromEntries(data.map((key) => [`f:${key}`, {}])) };
  const rest = subresource === undefined ? {} : { subresource };
  return {
    manager,
    operation,
    apiVersion: "v1",
    fieldsType: "FieldsV1",
    fieldsV1,
    time: "2026-01-01T00:00:00Z",
    ...rest,
  };
}

const owned = (...managedFields: readonly JsonObject[]): KrmObject =>
  object("v1 ConfigMap shop/config", { data: { a: "1" }, metadata: { managedFields: [...managedFields] } });

test("finds nothing shared where everybody owns something else", () => {
  assert.equal(sharedFields(owned(), "us"), undefined);
  assert.equal(sharedFields(owned(entry("them", "Update", ["a"])), "us"), undefined);
  assert.equal(sharedFields(owned(entry("us", "Apply", ["a"]), entry("them", "Update", ["b"])), "us"), undefined);
});

test("leaves others what they alone own, and entries of subresources", () => {
  const scale = entry("autoscaler", "Update", ["a"], "scale");
  const shared = sharedFields(
    owned(entry("us", "Apply", ["a", "b"]), entry("helm", "Update", ["a"]), entry("edit", "Update", ["b", "c"]), scale),
    "us",
  );
  assert.deepEqual(shared!.managers, ["edit", "helm"]);
  const left = shared!.managedFields.map(({ manager, fieldsV1 }) => [manager, fieldsV1]);
  assert.deepEqual(left, [
    ["us", { "f:data": { "f:a": {}, "f:b": {} } }],
    ["autoscaler", { "f:data": { "f:a": {} } }],
    ["edit", { "f:data": { "f:c": {} } }],
  ]);
});

test("takes our own updates for another's: only what is applied is removed later", () => {
  const shared = sharedFields(owned(entry("us", "Apply", ["a"]), entry("us", "Update", ["a"])), "us");
  assert.deepEqual(shared!.managers, ["us"]);
});

test("leaves entries alone that cannot be read", () => {
  const broken: JsonObject = { manager: "x", operation: "Update" };
  const shared = sharedFields(owned(entry("us", "Apply", ["a"]), broken), "us");
  assert.equal(shared, undefined);
});
