import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { isRawNumber } from "@fairlead/apimachinery";
import { flattenLists } from "./flatten-lists.ts";
import { parseStream } from "./parse.ts";

function values(text: string): unknown[] {
  const { documents, findings } = parseStream(text);
  assert.deepEqual(
    findings.filter(({ severity }) => severity === "error"),
    [],
  );
  return documents.map(({ value }) => value);
}

function codes(text: string, limits = {}): string[] {
  return parseStream(text, { file: "x.yaml", limits }).findings.map(
    ({ code, line, column }) => `${code} ${line}:${column}`,
  );
}

describe("streams", () => {
  const cases: [string, string, unknown[]][] = [
    ["leaves out empty documents and those with only comments", "---\n# a\n---\n\n---\na: 1\n---\n", [{ a: 1 }]],
    ["reads nothing from nothing", "", []],
    ["reads nothing from comments", "# a\n  # b\n", []],
    ["drops documents that are null", "null\n---\n~\n---\na: 1\n", [{ a: 1 }]],
    ["takes `...` as the end of a document", "a: 1\n...\n---\nb: 2\n... # c\n", [{ a: 1 }, { b: 2 }]],
    [
      "accepts a comment or content on the line of the marker",
      "--- # c\na: 1\n--- {b: 2}\n--- |\n  t\n",
      [{ a: 1 }, { b: 2 }, "t\n"],
    ],
    ["ends a block of text at a marker in the first column", "a: |\n  t\n---\nb: 1\n", [{ a: "t\n" }, { b: 1 }]],
    ["takes `---x` and an indented `---` for text", "a: |\n  ---\n---x: 1\n", [{ a: "---\n", "---x": 1 }]],
    ["ignores %YAML directives", "%YAML 1.2\n---\na: 1\n", [{ a: 1 }]],
    ["knows the tag handles of %TAG directives", "%TAG !e! tag:yaml.org,2002:\n---\na: !e!str 1\n", [{ a: "1" }]],
    ["ignores a byte order mark", "\ufeffa: 1\n", [{ a: 1 }]],
    ["reads CRLF and lone CR as line breaks", "a: |\r\n  t\r\n  u\r\nb: 1\rc: 2\r\n", [{ a: "t\nu\n", b: 1, c: 2 }]],
    ["reads JSON with tabs", '{\n\t"a": [1,\n\t2], "b":"\\u00e9\\ud83d\\ude00\\/"}', [{ a: [1, 2], b: "é😀/" }]],
    ["reads JSON values in a row", '{"a":1}\n{"b":2} {"c":3}', [{ a: 1 }, { b: 2 }, { c: 3 }]],
  ];
  for (const [name, text, expected] of cases) test(name, () => assert.deepEqual(values(text), expected));

  test("numbers documents and lines in their file", () => {
    const { documents } = parseStream("# c\n---\n---\na: 1\n---\nb: 1\n---\n{}{}\n");
    assert.deepEqual(
      documents.map(({ index, source }) => [index, source.line]),
      [
        [0, 3],
        [1, 5],
        [2, 7],
        [3, 8],
      ],
    );
  });
});

describe("values", () => {
  const cases: [string, string, unknown][] = [
    [
      "turns keys that are not text into text",
      "y: 1\n1: b\n1.5: c\n08: d\n0x10: e\n1_000: f\n.inf: g",
      { true: 1, "1": "b", "1.5": "c", "8": "d", "16": "e", "1000": "f", ".inf": "g" },
    ],
    ["keeps quoted keys", "\"y\": 1\n'1': 2", { y: 1, "1": 2 }],
    [
      "takes `__proto__` for an ordinary key",
      "__proto__: {a: 1}\nconstructor: 2",
      JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}'),
    ],
    ["merges maps", "a: &a {x: 1, y: 2}\nb:\n  <<: *a\n  x: 3", { a: { x: 1, true: 2 }, b: { x: 3, true: 2 } }],
    ["lets earlier maps of a merged list win", "a: {<<: [{x: 1}, {x: 2, z: 3}]}", { a: { x: 1, z: 3 } }],
    ["lets `<<` override a key before it, as kubectl does", "a: {x: 1, <<: {x: 2}}", { a: { x: 2 } }],
    ["takes a quoted `<<` for text", 'a: {"<<": 1}', { a: { "<<": 1 } }],
    ["gives every alias its own copy", "a: &a [1]\nb: *a", { a: [1], b: [1] }],
    ["accepts a bracket in the first column", "a: [\n  1,\n]\nb: {\n}", { a: [1], b: {} }],
    ["accepts quoted text that continues in the first column", 'a: "b\nc"', { a: "b c" }],
    ["folds text", "a: >-\n  b\n  c\n\n  d\n   e\nf: g\n  h\n\n  i", { a: "b c\nd\n e", f: "g h\ni" }],
    [
      "keeps and strips line breaks of blocks",
      "a: |+\n  x\n\nb: |-\n  x\n\nc: |\n  x\n\n",
      { a: "x\n\n", b: "x", c: "x\n" },
    ],
    ["obeys indentation indicators", "a: |2\n   x\n  y\n", { a: " x\ny\n" }],
    [
      "obeys tags",
      'a: !!str 1\nb: !!int "4"\nc: !!float 3\nd: !!binary aGk=\ne: !!bool yes\nf: ! 12',
      { a: "1", b: 4, c: 3, d: "hi", e: true, f: "12" },
    ],
    ["reads nested lists", "- - a\n  - - b\n-\n  c: d\n  e:\n  - f\n", [["a", ["b"]], { c: "d", e: ["f"] }]],
    ["reads explicit keys", "? a\n: b\n? c\n", { a: "b", c: null }],
    ["reads colons and hashes inside words", "a: b:c#d\nhttp://x:80/: e", { a: "b:c#d", "http://x:80/": "e" }],
  ];
  for (const [name, text, expected] of cases) test(name, () => assert.deepEqual(values(text), [expected]));

  test("shares nothing between aliases", () => {
    const [value] = values("a: &a {x: {z: 1}}\nb: *a\nc: {<<: *a}") as [Record<string, { x: object }>];
    assert.notEqual(value["a"], value["b"]);
    assert.notEqual(value["a"]!.x, value["c"]!.x);
  });

  test("keeps every digit of large integers", () => {
    const [value] = values("a: 9007199254740993") as [{ a: unknown }];
    assert.ok(isRawNumber(value.a));
    assert.equal(JSON.stringify(value), '{"a":9007199254740993}');
  });
});

describe("mistakes", () => {
  const cases: [string, string, string[]][] = [
    ["a tab", "a:\n\tb: 1", ["FL005 2:1"]],
    ["a tab in a block of text", "a: |\n\tb", ["FL005 2:1"]],
    ["an open bracket", "a: [1,", ["FL006 1:4"]],
    ["a bracket that is open at the next key", "a: [1\nb: 2", ["FL006 2:2"]],
    ["an open quote", 'x: 1\na: "b', ["FL006 2:4"]],
    ["a quote that a document marker ends", 'a: "b\n---\nc: 1', ["FL006 1:4"]],
    ["a line between two levels", "a:\n  b: 1\n c: 2", ["FL007 3:2"]],
    ["a line deeper than a finished value", "a: 1\n  b: 2", ["FL007 2:3"]],
    ["a key among list items", "a:\n- b\n c: 1", ["FL007 3:2"]],
    ["an item among keys", "a: 1\n- b", ["FL007 2:1"]],
    ["text behind a complete document", "[a]\nb", ["FL007 2:1"]],
    ["a second colon", "a: b: c", ["FL004 1:5"]],
    ["a line that is no pair", "a: 1\nbcd\ne: 2", ["FL004 2:1"]],
    ["a missing space", "a:1\nb: 2", ["FL004 1:1"]],
    ["a value that begins with @", "a: @b", ["FL004 1:4"]],
    ["a value that begins with %", "a: %b", ["FL004 1:4"]],
    ["an unknown escape", 'a: "\\d"', ["FL004 1:5"]],
    ["half of a surrogate pair", 'a: "\\ud83d"', ["FL004 1:5"]],
    ["a bracket that closes nothing", "a: 1\n]", ["FL004 2:1"]],
    ["text behind |", "a: | b", ["FL004 1:6"]],
    ["a duplicate key", "a:\n  b: 1\n  b: 2", ["FL008 3:3"]],
    ["a key twice, in two spellings", "y: 1\ntrue: 2", ["FL008 2:1"]],
    ["a duplicate among many keys", "a: 1\nb: 1\nc: 1\nd: 1\ne: 1\nf: 1\ng: 1\nh: 1\ni: 1\nj: 1\na: 2", ["FL008 11:1"]],
    ["an unknown alias", "a: *b", ["FL009 1:4"]],
    ["an alias within its own value", "a: &a [*a]", ["FL009 1:8"]],
    ["a null key", "~: 1", ["FL010 1:1"]],
    ["a list as a key", "? [b]\n: c", ["FL010 1:3"]],
    ["a template that was not rendered", "a: {{ .Values.x }}", ["FL010 1:5"]],
    ["an infinite number", "a: .inf", ["FL011 1:4"]],
    ["a value that does not fit its tag", "a: !!int b", ["FL012 1:4"]],
    ["binary data that is not base64", "a: !!binary '*'", ["FL012 1:4"]],
    ["an undeclared tag handle", "a: !x!y b", ["FL012 1:4"]],
    ["a tag that is ignored", "a: !Ref b", ["FL013 1:4"]],
    ["a merge of text", "<<: a", ["FL014 1:5"]],
    ["a merge behind the keys that it overrides", "a: 1\n<<: {a: 2}", ["FL015 2:1"]],
    ["a line separator", "a: b\u2028  c", ["FL016 1:4"]],
    ["a control character", "x: 1\na: \u0007", ["FL003 2:4"]],
    ["a lone surrogate", "a: \ud800b", ["FL003 1:4"]],
    ["several documents", "a: [\n---\nb: 1\n---\nc: 1\nc: 2\n", ["FL006 1:4", "FL008 6:1"]],
  ];
  for (const [name, text, expected] of cases) {
    test(`points at ${name}`, () => {
      assert.deepEqual(codes(text), expected);
      for (const { hint } of parseStream(text).findings) assert.ok(hint, "every finding says what to do");
    });
  }

  test("names both lines of a duplicate key, and leaves the document out", () => {
    const { documents, findings } = parseStream("a: 1\nb: 2\na: 3", { firstLine: 11 });
    assert.deepEqual(documents, []);
    assert.match(findings[0]!.message, /`a`.*line 11/);
    assert.equal(findings[0]!.line, 13);
  });

  test("reads the documents around a broken one", () => {
    const { documents } = parseStream("a: 1\n---\nb: [\n---\nc: 3\n");
    assert.deepEqual(
      documents.map(({ value, index }) => [value, index]),
      [
        [{ a: 1 }, 0],
        [{ c: 3 }, 1],
      ],
    );
  });
});

describe("limits", () => {
  const bomb = `a: &a [1,1,1,1,1,1,1,1,1,1]\n${"bcdefghi"
    .split("")
    .map((c, i) => `${c}: &${c} [${Array(10).fill(`*${"abcdefgh"[i]}`).join(",")}]`)
    .join("\n")}`;
  const cases: [string, string, object, string][] = [
    ["the whole text", "a: 1\n", { total: 4 }, "FL020"],
    ["a document", "a: 1\n---\nb: 12345678\n", { document: 10 }, "FL021"],
    ["a scalar of 10 MB", `a: ${"x".repeat(10_000_000)}`, {}, "FL022"],
    ["a quoted scalar of 10 MB", `a: "${"x".repeat(10_000_000)}"`, {}, "FL022"],
    ["a block of 10 MB", `a: |\n${"  xxxxxxxxxxxxxxxx\n".repeat(600_000)}`, {}, "FL022"],
    ["lists 10,000 deep", "[".repeat(10_000), {}, "FL023"],
    ["maps 10,000 deep on one line", "{a: ".repeat(10_000), {}, "FL023"],
    ["block lists 10,000 deep", "- ".repeat(10_000), {}, "FL023"],
    ["block maps 2,000 deep", Array.from({ length: 2000 }, (_, i) => `${" ".repeat(i)}a:`).join("\n"), {}, "FL023"],
    ["an alias bomb", bomb, {}, "FL024"],
    [
      "a merge bomb",
      `a: &a {${Array.from({ length: 1000 }, (_, i) => `k${i}: 1`).join(", ")}}\n${Array.from({ length: 1000 }, (_, i) => `x${i}: {<<: *a}`).join("\n")}`,
      {},
      "FL024",
    ],
    ["long text by aliases", `a: &a "${"x".repeat(1_000_000)}"\nb: [${Array(50).fill("*a").join(", ")}]`, {}, "FL024"],
    ["the number of documents", "a: 1\n---\n".repeat(5), { documents: 3 }, "FL025"],
    ["the number of values", `[${"1,".repeat(100)}]`, { nodes: 50 }, "FL026"],
  ];
  for (const [name, text, limits, code] of cases) {
    test(`bounds ${name}`, () => {
      const { findings } = parseStream(text, { limits });
      assert.deepEqual(
        findings.map((finding) => finding.code),
        [code],
      );
      assert.ok(findings[0]!.message.length < 300);
    });
  }

  test("reads what is deep but below the limit", () => {
    assert.equal(parseStream("[".repeat(400) + "]".repeat(400)).documents.length, 1);
  });
});

test("takes lists apart, also nested ones, and says where items stand", () => {
  const { documents } = parseStream(
    "kind: List\nitems:\n- kind: A\n- kind: List\n  items: [{kind: B}]\n---\nkind: C\n",
  );
  assert.deepEqual(
    flattenLists(documents).map(({ value, path }) => [value, path]),
    [
      [{ kind: "A" }, ["items", 0]],
      [{ kind: "B" }, ["items", 1, "items", 0]],
      [{ kind: "C" }, []],
    ],
  );
});
