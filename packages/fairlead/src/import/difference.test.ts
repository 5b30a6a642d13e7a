import assert from "node:assert/strict";
import { test } from "node:test";
import { definition, schemaForKind, strategicMerge, type JsonObject } from "@fairlead/apimachinery";
import { differingPaths, leaves, patchBetween } from "./difference.ts";

const schema = schemaForKind("apps/v1", "Deployment")!;
const deployment = (containers: JsonObject[], more: JsonObject = {}): JsonObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web", ...more },
  spec: { template: { spec: { containers } } },
});

const pairs: readonly (readonly [string, JsonObject, JsonObject])[] = [
  ["a field more", deployment([{ name: "a" }]), deployment([{ name: "a", tty: true }])],
  ["a field less", deployment([{ name: "a", tty: true }]), deployment([{ name: "a" }])],
  [
    "a field of the second container",
    deployment([{ name: "a" }, { name: "b", image: "1" }]),
    deployment([{ name: "a" }, { name: "b", image: "2" }]),
  ],
  [
    "another list of plain values",
    deployment([{ name: "a", args: ["1", "2"] }]),
    deployment([{ name: "a", args: ["3"] }]),
  ],
  [
    "maps that come and go",
    deployment([{ name: "a" }], { labels: { a: "1" } }),
    deployment([{ name: "a" }], { annotations: { b: "2" } }),
  ],
  [
    "a list in a list",
    deployment([{ name: "a", env: [{ name: "A", value: "1" }] }]),
    deployment([{ name: "a", env: [{ name: "A", value: "2" }] }]),
  ],
];

for (const [name, from, to] of pairs) {
  for (const lists of ["merge", "replace"] as const) {
    test(`a patch that ${lists}s lists turns one object into the other: ${name}`, () => {
      const patch = patchBetween(from, to, lists)!;
      assert.deepEqual(strategicMerge(from, patch, schema, { resolve: definition }), to);
    });
  }
}

test("equal objects need no patch", () => {
  assert.equal(patchBetween(deployment([{ name: "a" }]), deployment([{ name: "a" }]), "merge"), undefined);
});

test("a patch of one field is as small as the field", () => {
  const patch = patchBetween(
    deployment([{ name: "a", image: "1" }, { name: "b" }]),
    deployment([{ name: "a", image: "2" }, { name: "b" }]),
    "merge",
  )!;
  assert.deepEqual(patch, { spec: { template: { spec: { containers: [{ name: "a", image: "2" }] } } } });
  assert.equal(leaves(patch), 2);
});

test("names the paths that differ, a few of them", () => {
  assert.deepEqual(differingPaths({ a: { b: 1, c: [1, 2] } }, { a: { b: 2, c: [1, 3] } }), ["a.b", "a.c[1]"]);
  assert.deepEqual(differingPaths({ a: [1] }, { a: [1, 2] }), ["a"]);
  assert.deepEqual(differingPaths({ a: 1, b: 1, c: 1 }, {}, 2), ["a", "b"]);
});
