import assert from "node:assert/strict";
import { test } from "node:test";
import { recorded } from "../../test/recorded.ts";
import { isObject, type JsonObject, type JsonValue } from "../json.ts";
import { defaultObject } from "./default-object.ts";

type Answer = { error?: string; value: JsonObject };

/** A counter that the server keeps for a version of the API that is gone. */
const counter = "deprecated.daemonset.template.generation";

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
    const { status: _status, ...expected } = withoutNulls(answer.value) as JsonObject & { metadata: JsonObject };
    if (isObject(expected.metadata["annotations"]) && counter in expected.metadata["annotations"])
      delete expected.metadata["annotations"];
    const result = defaultObject(request.object);
    assert.deepEqual(result, expected);
    assert.deepEqual(defaultObject(result), expected);
    assert.equal(JSON.stringify(request.object), before);
  });
}
