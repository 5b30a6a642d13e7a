import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { FieldPath, JsonValue } from "@fairlead/apimachinery";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { editDocument, type Edit } from "./edit.ts";
import { editsBetween } from "./edits-between.ts";
import { parseStream } from "./parse.ts";

function edited(text: string, ...edits: Edit[]): string {
  const result = editDocument(text, edits);
  assert.deepEqual(result.findings, []);
  return result.text;
}
const set = (path: FieldPath, value: JsonValue): Edit => ({ op: "set", path, value });
const insert = (path: FieldPath, value: JsonValue): Edit => ({ op: "insert", path, value });
const remove = (path: FieldPath): Edit => ({ op: "delete", path });
const rename = (path: FieldPath, to: string): Edit => ({ op: "rename", path, to });

describe("edits", () => {
  const cases: [string, string, Edit, string][] = [
    ["replaces a value and keeps its comment", "a: 1   # one\nb: 2\n", set(["a"], 5), "a: 5   # one\nb: 2\n"],
    ["keeps the quotes of a text", "a: 'x'\nb: \"y\"\n", set(["a"], "z"), "a: 'z'\nb: \"y\"\n"],
    ["quotes a text that needs it", "a: x\n", set(["a"], "yes"), 'a: "yes"\n'],
    ["fills an empty value", "a: # c\nb: 1\n", set(["a"], "x"), "a: x # c\nb: 1\n"],
    [
      "replaces a block of text and keeps the empty lines behind it",
      "a: |\n  x\n  y\n\n# c\nb: 1\n",
      set(["a"], "z"),
      "a: z\n\n# c\nb: 1\n",
    ],
    ["writes a block of text", "a: x # c\nb: 1\n", set(["a"], "p\nq\n"), "a: | # c\n  p\n  q\nb: 1\n"],
    ["replaces a map by a value", "a: # c\n  # d\n  x: 1\n  y: 2 # e\nb: 1\n", set(["a"], 3), "a: 3 # c\nb: 1\n"],
    ["replaces a value by a map", "a: 1 # c\nb: 2\n", set(["a"], { x: [1] }), "a: # c\n  x:\n  - 1\nb: 2\n"],
    [
      "adds a key behind the last",
      "a:\n  x: 1 # c\n\n# d\nb: 1\n",
      set(["a", "z"], 2),
      "a:\n  x: 1 # c\n  z: 2\n\n# d\nb: 1\n",
    ],
    ["adds a key to an empty map", "a: {} # c\n", set(["a", "x"], 1), "a: # c\n  x: 1\n"],
    ["adds the maps above a key", "a: 1\n", set(["b", "c", "d"], true), "a: 1\nb:\n  c:\n    d: true\n"],
    ["adds a key below a null", "spec:\nstatus: {}\n", set(["spec", "x"], 1), "spec:\n  x: 1\nstatus: {}\n"],
    ["adds a key to an item", "- a: 1\n- b: 2\n", set([0, "c"], 3), "- a: 1\n  c: 3\n- b: 2\n"],
    ["adds a key without a last line break", "a: 1", set(["b"], 2), "a: 1\nb: 2"],
    ["keeps CRLF", "a:\r\n  x: 1\r\n", set(["a", "w"], { z: 1 }), "a:\r\n  x: 1\r\n  w:\r\n    z: 1\r\n"],
    ["keeps a byte order mark", "\ufeffa: 1\n", set(["a"], 2), "\ufeffa: 2\n"],
    [
      "keeps four columns of indentation and indented lists",
      "a:\n    b:\n        - 1\n",
      set(["c"], { d: { e: [2] } }),
      "a:\n    b:\n        - 1\nc:\n    d:\n        e:\n            - 2\n",
    ],
    ["edits flow maps", "a: {x: 1, y: [2]} # c\n", set(["a", "x"], "p, q"), "a: {x: 'p, q', y: [2]} # c\n"],
    ["adds to flow maps", "a: {x: 1}\n", set(["a", "w"], { z: [1, "b"] }), "a: {x: 1, w: {z: [1, b]}}\n"],
    ["keeps JSON JSON", '{\n  "a": 1,\n  "b": []\n}\n', set(["c"], "x"), '{\n  "a": 1,\n  "b": [], "c": "x"\n}\n'],
    ["deletes a key with its line", "a: 1\nb: 2 # c\nc: 3\n", remove(["b"]), "a: 1\nc: 3\n"],
    ["deletes a key with all its lines", "a:\n  x:\n  - 1\n  # c\n  - 2\nb: 1\n", remove(["a"]), "b: 1\n"],
    ["leaves an empty map when the last key goes", "a: # c\n  x: 1\nb: 1\n", remove(["a", "x"]), "a: {} # c\nb: 1\n"],
    ["deletes the first key of an item", "- a: 1\n  b: 2\n", remove([0, "a"]), "- b: 2\n"],
    [
      "deletes from flow collections",
      "a: [1, 2, 3]\nb: {x: 1, y: 2}\n",
      remove(["a", 1]),
      "a: [1, 3]\nb: {x: 1, y: 2}\n",
    ],
    ["deletes the last item of a flow list", "a: [1, 2]\n", remove(["a", 1]), "a: [1]\n"],
    ["deletes an item", "a:\n- 1\n# two\n- 2\n- 3\n", remove(["a", 1]), "a:\n- 1\n# two\n- 3\n"],
    ["leaves an empty list when the last item goes", "a:\n- 1\nb: 2\n", remove(["a", 0]), "a: []\nb: 2\n"],
    ["renames a key", "a:\n  old: 1 # c\n", rename(["a", "old"], "new key"), "a:\n  new key: 1 # c\n"],
    [
      "inserts an item before another",
      "a:\n  - x\n  - y\n",
      insert(["a", 1], { k: 1, m: 2 }),
      "a:\n  - x\n  - k: 1\n    m: 2\n  - y\n",
    ],
    ["appends an item", "a:\n- x\nb: 1\n", insert(["a", 1], "w"), "a:\n- x\n- w\nb: 1\n"],
    ["inserts into a flow list", "a: [1, 2]\n", insert(["a", 0], 0), "a: [0, 1, 2]\n"],
    ["replaces an item", "- 1\n- a: 1\n  b: 2\n- 3\n", set([1], { c: 4, d: 5 }), "- 1\n- c: 4\n  d: 5\n- 3\n"],
    ["replaces an alias itself", "a: &x 1\nb: *x\n", set(["b"], 2), "a: &x 1\nb: 2\n"],
    [
      "overrides a merged key",
      "a: &x {k: 1}\nb:\n  <<: *x\n",
      set(["b", "k"], 2),
      "a: &x {k: 1}\nb:\n  <<: *x\n  k: 2\n",
    ],
    ["keeps an anchor that nobody uses", "a: &x 1\n", set(["a"], 2), "a: &x 2\n"],
    ["does nothing when nothing changes", "a:   1\n", set(["a"], 1), "a:   1\n"],
  ];
  for (const [name, before, edit, after] of cases) test(name, () => assert.equal(edited(before, edit), after));

  test("edits one document of several", () => {
    const text = "a: 1\n---\n# empty\n---\nb: 2 # c\n...\n---\nc: 3\n";
    const result = editDocument(text, [set(["b"], 5)], { document: 1 });
    assert.equal(result.text, text.replace("b: 2", "b: 5"));
  });

  const refused: [string, string, Edit, string][] = [
    ["a path through an alias", "a: &x {k: 1}\nb: *x\n", set(["b", "k"], 2), "FL036"],
    ["a value that others refer to", "a: &x 1\nb: *x\n", set(["a"], 2), "FL036"],
    ["the deletion of a merged key", "a: &x {k: 1}\nb: {<<: *x}\n", remove(["b", "k"]), "FL036"],
    ["the deletion of a place that does not exist", "a: 1\n", remove(["b"]), "FL035"],
    ["a key in a list", "a: [1]\n", set(["a", "b"], 1), "FL037"],
    ["an index far behind the end", "a: [1]\n", set(["a", 5], 1), "FL037"],
    ["a rename to a key that exists", "a: 1\nb: 2\n", rename(["a"], "b"), "FL037"],
    ["a text that cannot be read", "a: [\n", set(["a"], 1), "FL035"],
  ];
  for (const [name, text, edit, code] of refused) {
    test(`refuses ${name} and changes nothing`, () => {
      const result = editDocument(text, [edit], { file: "x.yaml" });
      assert.deepEqual(
        result.findings.map((finding) => finding.code),
        [code],
      );
      assert.equal(result.text, text);
    });
  }
});

/** Texts with everything that an edit must leave alone. */
const samples = [
  "# head\na: [1, {b: c}, [d]] # x\ne: {f: g, h: }\ni:\n- j\n-\n- k: l # y\n  # between\n  m: n\n- - o\n  - p\ns: |\n  t\n\n# c\nu: >-\n  v\n  w\n\nx: 'y' # z\naa: # bb\n  cc: dd # ee\nff: \"g\n  h\"\n",
  "a: 1\r\nb:\r\n    c: 2\r\n    d:\r\n      - 1\r\n      - 2",
  '{"a": {"b": [1, "x"]}, "c": {}}',
  "\ufeff---\n? f\n: g\n? h\nb: {}\nc: []\nd:\ne: ~\n",
];

function* paths(value: JsonValue, path: FieldPath = []): Generator<FieldPath> {
  if (path.length > 0) yield path;
  if (typeof value !== "object" || value === null) return;
  for (const [key, child] of Object.entries(value))
    yield* paths(child, [...path, Array.isArray(value) ? Number(key) : key]);
}

const replacement = fc.constantFrom<JsonValue>(
  "new",
  "a: b",
  "yes",
  "x\ny\n",
  "long\n\nz\n\n",
  5,
  null,
  {},
  [],
  { q: 1, r: { s: [1, 2] } },
  [1, { t: "u\nv" }],
);

describe("for any place and value", () => {
  const place = fc.constantFrom(...samples).chain((text) => {
    const all = [...paths(parseStream(text).documents[0]!.value)];
    return fc.record({ text: fc.constant(text), path: fc.constantFrom(...all), value: replacement });
  });

  test("sets it, with all lines before the first and behind the last changed one as they were", () => {
    fc.assert(
      fc.property(place, ({ text, path, value }) => {
        const after = edited(text, set(path, value));
        const untouched = siblingsOf(text, path);
        for (const line of untouched) assert.ok(after.includes(line), `${JSON.stringify(line)} is missing`);
      }),
      runs(400),
    );
  });

  test("sets and takes back without a trace in the value", () => {
    fc.assert(
      fc.property(place, ({ text, path, value }) => {
        const before = parseStream(text).documents[0]!.value;
        const after = edited(text, set(path, value));
        const changed = parseStream(after).documents[0]!.value;
        const back = editDocument(after, editsBetween(changed, before));
        assert.deepEqual(back.findings, []);
        assert.deepEqual(parseStream(back.text).documents[0]!.value, before);
      }),
      runs(300),
    );
  });

  test("deletes or inserts it", () => {
    fc.assert(
      fc.property(place, ({ text, path, value }) => {
        edited(text, remove(path));
        const last = path.at(-1)!;
        edited(text, insert(typeof last === "number" ? path : [...path.slice(0, -1), "fresh"], value));
      }),
      runs(300),
    );
  });
});

/** The comments and top-level lines that an edit at `path` has no business with. */
function siblingsOf(text: string, path: FieldPath): string[] {
  const lines = text.split(/(?<=\n)/);
  const starts = lines.flatMap((line, index) => (/^["?]?[\s"]?\w/.test(line.replace("\ufeff", "")) ? [index] : []));
  const own = starts.findLast((index) =>
    new RegExp(`^(?:\\? )?"?${String(path[0])}\\b`).test(lines[index]!.replace("\ufeff", "")),
  );
  if (own === undefined) return [];
  const next = starts.find((index) => index > own) ?? lines.length;
  return [...lines.slice(0, own), ...lines.slice(next)].filter((line) => line.trim() !== "");
}

test("makes few edits between two versions of a list with names", () => {
  const before = {
    env: [
      { name: "A", value: "1" },
      { name: "B", value: "2" },
      { name: "C", value: "3" },
    ],
  };
  const after = { env: [{ name: "A", value: "9" }, { name: "C", value: "3" }, { name: "D" }] };
  const text = 'env:\n- name: A # a\n  value: "1" # one\n- name: B\n  value: "2"\n- name: C # c\n  value: "3"\n';
  const result = edited(text, ...editsBetween(before, after));
  assert.deepEqual(parseStream(result).documents[0]!.value, after);
  assert.match(result, /- name: A # a\n  value: "9" # one\n/);
});
