import assert from "node:assert/strict";
import { test } from "node:test";
import { recorded } from "../../test/recorded.ts";
import { isObject, type JsonObject, type JsonValue } from "../json.ts";
import { defaultObject } from "./default-object.ts";

type Answer = { error?: string; value: JsonObject };

/** Go writes null for a list without `omitempty`, and a status for every kind. */
function withoutNulls(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (!isObject(value)) return value;
  const kept = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(kept.map(([key, one]) => [key, withoutNulls(one)]));
}

const cases = recorded<{ object: JsonObject }, Answer>("defaults");

for (const { request, answer } of cases) {
  const { kind, metadata: _metadata, apiVersion: _apiVersion, ...rest } = request.object;
  test(`defaults as kube-apiserver: ${String(kind)} ${JSON.stringify(rest).slice(0, 100)}`, () => {
    const before = JSON.stringify(request.object);
    const { status: _status, ...expected } = withoutNulls(answer.value) as JsonObject;
    const result = defaultObject(request.object);
    assert.deepEqual(result, expected);
    assert.deepEqual(defaultObject(result), expected);
    assert.equal(JSON.stringify(request.object), before);
  });
}
