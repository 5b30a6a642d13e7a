import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../../../../scripts/runs.ts";
import { readRules } from "./read-rules.ts";

function problems(text: string): readonly string[] {
  const read = readRules(text);
  assert.deepEqual(read.rules, []);
  return read.problems;
}

test("reads every field", () => {
  const { rules, problems: wrong } = readRules(`
- match:
    - {path: {exact: /a}, query: {v: "2"}}
    - {headers: {X-A: {regex: "b+"}}, methods: [PUT]}
  to: [{name: West, weight: 90}, {region: us-east-1, weight: 10}, canary]
  timeout: 1.5s
  retries: 0
`);
  assert.deepEqual(wrong, []);
  assert.deepEqual(rules, [
    {
      conditions: [
        {
          path: { kind: "exact", text: "/a" },
          headers: [],
          query: [["v", { kind: "exact", text: "2" }]],
          methods: [],
        },
        { path: undefined, headers: [["x-a", { kind: "regex", text: "b+" }]], query: [], methods: ["PUT"] },
      ],
      to: [
        { kind: "name", name: "west", weight: 90 },
        { kind: "region", name: "us-east-1", weight: 10 },
        { kind: "name", name: "canary", weight: undefined },
      ],
      timeout: "1.5s",
      retries: 0,
    },
  ]);
});

test("says what is wrong with a rule, and leaves it out", () => {
  const table: [string, RegExp][] = [
    ["{to: west}", /not a list/],
    ["", /not a list/],
    ["[", /./],
    ["[west]", /rules\[0\]: is not a map/],
    ["[{to: west, path: /a}]", /path is not known here/],
    ["[{match: {path: a}, to: west}]", /path does not start with/],
    ["[{match: {path: {exact: /a, prefix: /b}}, to: west}]", /path is neither/],
    ["[{match: {headers: {'a b': c}}, to: west}]", /headers has the name a b/],
    ["[{match: {methods: [get]}, to: west}]", /methods/],
    ["[{match: {path: /a}}]", /to is neither/],
    ["[{to: [{name: a, region: b}]}]", /to has an entry/],
    ["[{to: [{name: a, weight: -1}]}]", /to has an entry/],
    ["[{to: west, timeout: 5}]", /timeout/],
    ["[{to: west, timeout: 0s}]", /timeout/],
    ["[{to: west, retries: 11}]", /retries/],
    ["x".repeat(70_000), /more than 65536/],
  ];
  for (const [text, message] of table) assert.match(problems(text).join("\n"), message, text);
});

test("never throws, whatever is written", () => {
  const value = fc.jsonValue({ maxDepth: 5 }).map((json) => JSON.stringify([json]));
  const keyed = fc
    .record({ match: fc.jsonValue(), to: fc.jsonValue(), timeout: fc.jsonValue(), retries: fc.jsonValue() })
    .map((rule) => JSON.stringify([rule]));
  fc.assert(
    fc.property(fc.oneof(value, keyed, fc.string()), (text) => {
      const { rules, problems: wrong } = readRules(text);
      assert.ok(Array.isArray(rules) && Array.isArray(wrong));
    }),
    runs(300),
  );
});
