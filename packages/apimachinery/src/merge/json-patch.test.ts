import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, JsonValue } from "../json.ts";
import { applyJsonPatch, JsonPatchError } from "./json-patch.ts";

const document: JsonObject = { a: { b: 1, "x/y": 2 }, list: [1, 2, 3] };

const results: readonly [JsonValue[], JsonObject][] = [
  [[{ op: "add", path: "/c", value: 1 }], { ...document, c: 1 }],
  [[{ op: "add", path: "/list/1", value: 9 }], { ...document, list: [1, 9, 2, 3] }],
  [[{ op: "add", path: "/list/-", value: 9 }], { ...document, list: [1, 2, 3, 9] }],
  [[{ op: "add", path: "/list/-1", value: 9 }], { ...document, list: [1, 2, 3, 9] }],
  [[{ op: "remove", path: "/a/x~1y" }], { ...document, a: { b: 1 } }],
  [[{ op: "remove", path: "/list/0" }], { ...document, list: [2, 3] }],
  [[{ op: "replace", path: "/a/none", value: 1 }], { ...document, a: { b: 1, "x/y": 2, none: 1 } }],
  [[{ op: "replace", path: "", value: { z: 1 } }], { z: 1 }],
  [[{ op: "move", from: "/a/b", path: "/b" }], { a: { "x/y": 2 }, list: [1, 2, 3], b: 1 }],
  [[{ op: "copy", from: "/a", path: "/c" }], { ...document, c: { b: 1, "x/y": 2 } }],
  [[{ op: "test", path: "/a/b", value: 1 }], document],
  [[{ op: "test", path: "/a/none", value: null }], document],
];

for (const [patch, expected] of results) {
  test(`applies ${JSON.stringify(patch)}`, () => {
    const before = structuredClone(document);
    assert.deepEqual(applyJsonPatch(document, patch), expected);
    assert.deepEqual(document, before);
  });
}

const refusals: readonly [JsonValue, string][] = [
  [
    { op: "add", path: "/none/x", value: 1 },
    'add operation does not apply: doc is missing path: "/none/x": missing value',
  ],
  [
    { op: "remove", path: "/none" },
    "error in remove for path: '/none': Unable to remove nonexistent key: none: missing value",
  ],
  [
    { op: "remove", path: "/list/7" },
    "error in remove for path: '/list/7': Unable to access invalid index: 7: invalid index referenced",
  ],
  [
    { op: "replace", path: "/none/x", value: 1 },
    "replace operation does not apply: doc is missing path: /none/x: missing value",
  ],
  [
    { op: "replace", path: "/list/7", value: 1 },
    "replace operation does not apply: doc is missing key: /list/7: missing value",
  ],
  [{ op: "test", path: "/a/b", value: 2 }, "testing value /a/b failed: test failed"],
  [
    { op: "move", from: "/none", path: "/x" },
    "error in move for path: 'none': Unable to remove nonexistent key: none: missing value",
  ],
  [{ op: "nope", path: "/x" }, "Unexpected kind: nope"],
  [{ op: "add" }, "add operation failed to decode path: missing value"],
  ["x", "Unexpected kind: unknown"],
];

for (const [operation, message] of refusals) {
  test(`refuses ${JSON.stringify(operation)}`, () => {
    assert.throws(() => applyJsonPatch(document, [operation]), { message });
  });
}

test("ends copies of copies", () => {
  const doubling = Array.from({ length: 40 }, (_, index) => ({ op: "copy", from: "", path: `/c${index}` }));
  const nested = Array.from({ length: 40 }, () => ({ op: "copy", from: "/list", path: "/list/-" }));
  assert.throws(() => applyJsonPatch(document, doubling), JsonPatchError);
  assert.throws(() => applyJsonPatch(document, nested), /accumulated size/);
});

test("takes the names of JavaScript for ordinary keys", () => {
  const made = applyJsonPatch({}, [{ op: "add", path: "/__proto__", value: { polluted: true } }]);
  assert.equal(Object.hasOwn(made, "__proto__"), true);
  assert.equal(({} as { polluted?: boolean }).polluted, undefined);
  assert.throws(() => applyJsonPatch({}, [{ op: "add", path: "/constructor/x", value: 1 }]), JsonPatchError);
});
