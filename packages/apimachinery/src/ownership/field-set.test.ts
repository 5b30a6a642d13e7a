import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { JsonObject, JsonValue } from "../json.ts";
import {
  below,
  emptyFieldSet,
  equalSets,
  fieldSetFrom,
  hasPath,
  intersectSets,
  isEmptySet,
  leavesOf,
  pathsOf,
  subtractSet,
  subtractTrees,
  unionSets,
  type FieldSet,
} from "./field-set.ts";
import { fieldsV1, isFieldsProblem, parseFieldsV1 } from "./fields-v1.ts";
import {
  fieldElement,
  formatOwnedPath,
  keyElement,
  valueElement,
  type OwnedPath,
  type PathElement,
} from "./path-element.ts";

function read(json: JsonValue): FieldSet {
  const set = parseFieldsV1(json);
  assert.ok(!isFieldsProblem(set), isFieldsProblem(set) ? set.message : "");
  return set;
}

function problemOf(json: JsonValue): string {
  const set = parseFieldsV1(json);
  assert.ok(isFieldsProblem(set), "it was read");
  return set.message;
}

const f = fieldElement;

const element: fc.Arbitrary<PathElement> = fc.oneof(
  fc.constantFrom("a", "b", "name", "ä<b>", "\u{1f600}", "\uffee").map(f),
  fc.record({ name: fc.constantFrom("x", "y&", 'q"'), port: fc.integer({ min: 0, max: 3 }) }).map(keyElement),
  fc.constantFrom<JsonValue>("v", 1, 1.5, true, false).map(valueElement),
  fc.integer({ min: 0, max: 3 }).map((index) => ({ kind: "index" as const, index })),
);
const paths = fc.array(fc.array(element, { minLength: 1, maxLength: 4 }), { maxLength: 12 });
const sets = paths.map((list) => fieldSetFrom(list));
const options = { seed: 7, numRuns: 200 };

test("a set has the paths that it was made of, and no others", () => {
  const set = fieldSetFrom([[f("spec"), f("replicas")], [f("data")]]);
  assert.ok(hasPath(set, [f("data")]));
  assert.ok(hasPath(set, [f("spec"), f("replicas")]));
  assert.ok(!hasPath(set, [f("spec")]));
  assert.ok(!hasPath(set, [f("spec"), f("replicas"), f("x")]));
  assert.ok(!hasPath(set, []));
});

test("what is written as fieldsV1 is read as the same set, with the same text", () => {
  fc.assert(
    fc.property(sets, (set) => {
      const text = JSON.stringify(fieldsV1(set));
      const again = read(JSON.parse(text) as JsonValue);
      assert.ok(equalSets(set, again));
      assert.equal(JSON.stringify(fieldsV1(again)), text);
    }),
    options,
  );
});

test("the order in which paths are put in does not show", () => {
  fc.assert(
    fc.property(paths, (list) => {
      assert.equal(
        JSON.stringify(fieldsV1(fieldSetFrom(list))),
        JSON.stringify(fieldsV1(fieldSetFrom(list.toReversed()))),
      );
    }),
    options,
  );
});

test("set operations hold path by path", () => {
  const texts = (set: FieldSet): Set<string> => new Set([...pathsOf(set)].map((path) => formatOwnedPath(path)));
  fc.assert(
    fc.property(sets, sets, (a, b) => {
      const [left, right] = [texts(a), texts(b)];
      assert.deepEqual(texts(unionSets(a, b)), left.union(right));
      assert.deepEqual(texts(intersectSets(a, b)), left.intersection(right));
      assert.deepEqual(texts(subtractSet(a, b)), left.difference(right));
      assert.ok(equalSets(a, unionSets(subtractSet(a, b), intersectSets(a, b))));
      assert.equal(isEmptySet(a), left.size === 0);
      assert.ok(isEmptySet(subtractSet(a, a)));
    }),
    options,
  );
});

test("trees are subtracted with all that lies below them", () => {
  const set = fieldSetFrom([[f("status"), f("phase")], [f("status")], [f("spec"), f("a")]]);
  const rest = subtractTrees(set, fieldSetFrom([[f("status")]]));
  assert.deepEqual(fieldsV1(rest), { "f:spec": { "f:a": {} } });
});

test("leaves are the paths without others below them", () => {
  const set = fieldSetFrom([[f("a")], [f("a"), f("b")], [f("c")]]);
  assert.deepEqual(fieldsV1(leavesOf(set)), { "f:a": { "f:b": {} }, "f:c": {} });
  assert.deepEqual(fieldsV1(below(set, f("a"))), { "f:b": {} });
});

test("fieldsV1 has fields, then keys, values and indexes, each in its own order", () => {
  const json = {
    "i:10": {},
    "i:9": {},
    "v:true": {},
    'v:"b"': {},
    "v:2": {},
    "v:1.5": {},
    "v:10": {},
    'k:{"name":"a"}': {},
    'k:{"containerPort":9,"protocol":"TCP"}': {},
    'k:{"containerPort":80,"protocol":"TCP"}': {},
    "f:b": { "f:x": {}, ".": {} },
    "f:B": {},
  };
  assert.deepEqual(Object.keys(fieldsV1(read(json))), [
    "f:B",
    "f:b",
    'k:{"containerPort":9,"protocol":"TCP"}',
    'k:{"containerPort":80,"protocol":"TCP"}',
    'k:{"name":"a"}',
    "v:1.5",
    "v:2",
    "v:10",
    'v:"b"',
    "v:true",
    "i:9",
    "i:10",
  ]);
  assert.deepEqual(Object.keys(fieldsV1(read(json))["f:b"] as JsonObject), [".", "f:x"]);
});

test("field names are ordered as bytes, and texts of values written as Go writes them", () => {
  const set = fieldSetFrom([[f("\u{1f600}")], [f("\uffee")], [valueElement("<a>\u2028")], [keyElement({ "<": "&" })]]);
  assert.deepEqual(Object.keys(fieldsV1(set)), [
    "f:\uffee",
    "f:\u{1f600}",
    'k:{"<":"\\u0026"}',
    'v:"\\u003ca\\u003e\\u2028"',
  ]);
});

test("elements of an unknown kind are left out with what is below them", () => {
  assert.deepEqual(fieldsV1(read({ "x:1": { "f:a": {} }, "f:b": {} })), { "f:b": {} });
});

test("what is no set is a problem that names the place", () => {
  assert.match(problemOf([]), /not a map/);
  assert.match(problemOf({ f: {} }), /"f" is no path element/);
  assert.match(problemOf({ "f:a": 1 }), /not a map at "f:a"/);
  assert.match(problemOf({ "k:[1]": {} }), /has no map of keys/);
  assert.match(problemOf({ "v:{": {} }), /has no value/);
  assert.match(problemOf({ "i:x": {} }), /has no index/);
});

test("a hostile set is refused instead of followed", () => {
  let deep: JsonObject = {};
  for (let i = 0; i < 1000; i++) deep = { "f:a": deep };
  assert.match(problemOf(deep), /deeper than 200/);
  const wide: JsonObject = {};
  for (let i = 0; i < 200_001; i++) wide[`f:${i}`] = {};
  assert.match(problemOf(wide), /more than 200000 fields/);
});

test("__proto__ is a name like any other", () => {
  const json = JSON.parse('{"f:__proto__":{"f:constructor":{}}}') as JsonObject;
  const set = read(json);
  assert.ok(hasPath(set, [f("__proto__"), f("constructor")]));
  assert.equal(JSON.stringify(fieldsV1(set)), JSON.stringify(json));
});

test("the empty set is written as an empty map, and read from nothing", () => {
  assert.deepEqual(fieldsV1(emptyFieldSet), {});
  assert.ok(isEmptySet(read({})));
  const missing = parseFieldsV1(undefined);
  assert.ok(!isFieldsProblem(missing) && isEmptySet(missing));
});

test("a path is printed as the server prints it in a conflict", () => {
  const path: OwnedPath = [f("spec"), f("ports"), keyElement({ port: 80, protocol: "TCP" }), f("name")];
  assert.equal(formatOwnedPath(path), '.spec.ports[port=80,protocol="TCP"].name');
});
