import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonValue } from "@fairlead/apimachinery";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { parseStream } from "./parse.ts";
import { orderKubernetes, print, printStream } from "./print.ts";

const pieces = [
  ..."ab \n\t:#-?,[]{}&*!|>'\"%@`\\~=<.0159_eExXoOyYnN+/\r\u0085\u2028\u2029\ufeff\u00a0é😀\0\u001b\u007f",
];
const words = [
  "y",
  "yes",
  "true",
  "null",
  "~",
  "1_000",
  "0o7",
  "1:30",
  "2001-01-01",
  "<<",
  "=",
  "",
  " ",
  "a ",
  "---",
  "...",
  "- a",
  "--x",
  "-1",
  ".5",
  "a: b",
  "a #b",
  "a:",
  "0x1F",
  "x".repeat(1500),
  "a\nb",
  "a\nb\n",
  "a\n\n",
  "\na",
  " a\nb",
  "\ta\n",
  "\n",
  "a\n \n",
  "a\r\nb",
  "__proto__",
  "constructor",
];
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...pieces), maxLength: 12 }),
  fc.string({ unit: fc.constantFrom(..."-0123456789_.:eExob+TZ "), maxLength: 10 }),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom(...words),
);
const json = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    text,
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.integer(),
    fc.boolean(),
    fc.constant(null),
    fc.constantFrom(9007199254740992, 2 ** 60, 2 ** 64, 1e20, 1e21, -0, 1e-7, 5e-324),
    fc.array(tie("value"), { maxLength: 4 }),
    fc.dictionary(text, tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

function readBack(yaml: string): JsonValue {
  const { documents, findings } = parseStream(yaml);
  assert.deepEqual(findings, []);
  return documents[0]?.value ?? null;
}

describe("print", () => {
  test("is undone by reading, for every value", () => {
    fc.assert(
      fc.property(json, (value) => assert.deepStrictEqual(readBack(print(value)), value)),
      runs(2000),
    );
  });

  test("is undone by reading in every style of indentation", () => {
    const styles = fc.record({ indent: fc.constantFrom(2, 3, 4, 8), indentLists: fc.boolean() });
    fc.assert(
      fc.property(json, styles, (value, style) => assert.deepStrictEqual(readBack(print(value, style)), value)),
      runs(500),
    );
  });

  test("keeps integers that a double cannot hold", () => {
    assert.equal(print({ a: JSON.rawJSON("9007199254740993") }), "a: 9007199254740993\n");
    assert.equal(JSON.stringify(readBack("a: 9007199254740993\n")), '{"a":9007199254740993}');
  });

  const forms: [string, JsonValue, string][] = [
    [
      "quotes words that some reader takes for a boolean or null",
      ["y", "No", "on", "null", "~", ""],
      '- "y"\n- "No"\n- "on"\n- "null"\n- "~"\n- ""\n',
    ],
    [
      "quotes what some reader takes for a number or date",
      ["1", "0o7", "1_000", "1e3", "1:30", "2026-11-20", ".5", "=", "<<"],
      '- "1"\n- "0o7"\n- "1_000"\n- "1e3"\n- "1:30"\n- "2026-11-20"\n- ".5"\n- "="\n- "<<"\n',
    ],
    [
      "leaves command line flags, paths, addresses and durations plain",
      ["--port=80", "-v", "/a/b", "http://x:80/y?z=1#a", "30s", "1Gi", "10.0.0.1", "a, b [c]"],
      "- --port=80\n- -v\n- /a/b\n- http://x:80/y?z=1#a\n- 30s\n- 1Gi\n- 10.0.0.1\n- a, b [c]\n",
    ],
    [
      "quotes indicators and white space",
      ["- a", "a: b", "a #b", " a", "a ", "*a", "it's: x", "@a", "a:"],
      "- '- a'\n- 'a: b'\n- 'a #b'\n- ' a'\n- 'a '\n- '*a'\n- 'it''s: x'\n- '@a'\n- 'a:'\n",
    ],
    [
      "escapes what cannot be seen",
      ["a\tb", "\u0085\u2028", "\u0007", "\ufeff"],
      '- "a\\tb"\n- "\\N\\L"\n- "\\a"\n- "\\uFEFF"\n',
    ],
    [
      "writes several lines as a block",
      { a: "x\ny\n", b: "x\ny", c: "x\n\n", d: " x\ny\n", e: "\n" },
      'a: |\n  x\n  y\nb: |-\n  x\n  y\nc: |+\n  x\n\nd: |2\n   x\n  y\ne: "\\n"\n',
    ],
    [
      "puts lists at the column of their key",
      { a: [1, { b: 2, c: [3] }, [4, [5]]] },
      "a:\n- 1\n- b: 2\n  c:\n  - 3\n- - 4\n  - - 5\n",
    ],
    ["writes empty collections inline", { a: {}, b: [], c: [{}, []] }, "a: {}\nb: []\nc:\n- {}\n- []\n"],
    ["quotes keys", { y: 1, "1": 2, "a b": 3, "a: b": 4, "": 5 }, '"1": 2\n"y": 1\na b: 3\n\'a: b\': 4\n"": 5\n'],
    ["writes numbers as JSON does", [1e21, 1e-7, -0, 0.1, 1e300], "- 1e+21\n- 1e-7\n- -0.0\n- 0.1\n- 1e+300\n"],
  ];
  for (const [name, value, yaml] of forms) test(name, () => assert.equal(print(value), yaml));

  test("never folds a long line", () => {
    const long = "word ".repeat(1000).trim();
    assert.equal(print({ a: long }), `a: ${long}\n`);
  });

  test("replaces half a surrogate pair as every UTF-8 file does", () => {
    assert.equal(readBack(print("a\ud800")), "a\ufffd");
  });

  test("writes keys that are too long for a plain key", () => {
    const value = { ["k".repeat(2000)]: { a: [1] }, ["l".repeat(2000)]: [1], b: "x" };
    assert.deepEqual(readBack(print(value)), value);
  });

  test("separates documents", () => {
    assert.equal(printStream([{ a: 1 }, ["b"], "c\nd"]), "a: 1\n---\n- b\n---\n|-\n  c\n  d\n");
  });
});

test("orders the fields of an object as people write them", () => {
  const object = { status: {}, spec: {}, zeta: 1, data: {}, metadata: {}, kind: "A", type: "x", apiVersion: "v1" };
  assert.deepEqual(Object.keys(orderKubernetes(object)), [
    "apiVersion",
    "kind",
    "metadata",
    "type",
    "data",
    "spec",
    "zeta",
    "status",
  ]);
});
