import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import fc from "fast-check";
import { evaluateJsonPath } from "./evaluate-json-path.ts";
import { parseJsonPath } from "./json-path.ts";

const object: JsonObject = {
  metadata: { labels: { "example.com/tier": "web" } },
  spec: { replicas: 3, hosts: ["a", "b", "c"], weird: { "a b": 1 } },
  status: {
    conditions: [
      { type: "Ready", status: "True", count: 2 },
      { type: "Done", status: "False", count: 5 },
    ],
  },
};

function find(path: string): unknown {
  const steps = parseJsonPath(path);
  return steps === undefined ? "no path" : evaluateJsonPath(steps, object);
}

test("finds what Kubernetes' own paths find", () => {
  const found: readonly (readonly [string, unknown])[] = [
    [".spec.replicas", [3]],
    [".spec.absent.deeper", []],
    [String.raw`.metadata.labels.example\.com/tier`, ["web"]],
    [String.raw`.metadata.labels['example\.com/tier']`, ["web"]],
    [".spec.hosts[0]", ["a"]],
    [".spec.hosts[-1]", ["c"]],
    [".spec.hosts[1:]", ["b", "c"]],
    [".spec.hosts[:2]", ["a", "b"]],
    [".spec.hosts[::2]", ["a", "c"]],
    [".spec.hosts[*]", ["a", "b", "c"]],
    [".spec.hosts[0,2]", ["a", "c"]],
    ['.status.conditions[?(@.type=="Ready")].status', ["True"]],
    [".status.conditions[?(@.type == 'Done')].status", ["False"]],
    [".status.conditions[?(@.count>2)].type", ["Done"]],
    [".status.conditions[?(@.count)].type", ["Ready", "Done"]],
    ['.status.conditions[?(@.type!="Ready")].type', ["Done"]],
    ["..count", [2, 5]],
    [".spec.hosts[7]", undefined],
    [".spec.replicas[0]", undefined],
    ['.status.conditions[?(@.count=="2")].type', undefined],
    [".status.conditions[", "no path"],
    [".status.conditions[x]", "no path"],
    ["....a", "no path"],
    ["%", "no path"],
  ];
  for (const [path, values] of found) assert.deepEqual(find(path), values, path);
});

test("never throws, whatever the path", () => {
  const parts = fc.constantFrom(
    ".a",
    "..",
    "[0]",
    "[?(",
    "@",
    ")]",
    "'",
    '"',
    "\\",
    "*",
    "[1:2]",
    "==",
    "3",
    " ",
    "[",
    "]",
    ",",
  );
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 12 }), (path) => {
      const steps = parseJsonPath(path.join(""));
      if (steps !== undefined) evaluateJsonPath(steps, object);
    }),
    { numRuns: 500, seed: 5 },
  );
});
