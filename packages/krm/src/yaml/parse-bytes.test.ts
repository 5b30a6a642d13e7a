import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../scripts/runs.ts";
import { parseBytes } from "./parse-bytes.ts";
import { parseStream, type ParseResult } from "./parse.ts";

async function* chunks(text: string, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text);
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length]!;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

async function collect(text: string, sizes: readonly number[], options = {}): Promise<ParseResult> {
  const documents = [];
  const findings = [];
  for await (const result of parseBytes(chunks(text, sizes), { file: "x.yaml", ...options })) {
    documents.push(...result.documents);
    findings.push(...result.findings);
  }
  return { documents, findings };
}

const lines = fc.constantFrom(
  "---\n",
  "...\n",
  "a: 1\n",
  "b: [\n",
  "c: |\n",
  "  ---\n",
  "# é\n",
  "--- # x\n",
  "%TAG !e! tag:yaml.org,2002:\n",
  "d: !e!str 1\n",
  "\r\n",
  "e: 😀\n",
  "--- f",
  "\n",
  "a: 2\n",
  "{}\n",
);

test("gives the same documents, lines and findings for any cut of the bytes", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(lines, { maxLength: 12 }),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 4 }),
      async (parts, sizes) => {
        const text = parts.join("");
        const whole = parseStream(text, { file: "x.yaml" });
        const cut = await collect(text, sizes);
        const summary = ({ documents, findings }: ParseResult) => [
          documents.map(({ index, value, source }) => [index, value, source.line]),
          findings,
        ];
        assert.deepEqual(summary(cut), summary(whole));
      },
    ),
    runs(300),
  );
});

test("keeps directives that stand behind a marker for the document behind the next one", async () => {
  for (const before of ["", "---\n", "...\n", "---\n%TAG !x! tag:other,2026:\n---\n"]) {
    const text = `${before}%TAG !e! tag:yaml.org,2002:\n---\nd: !e!str 1\n`;
    const { documents, findings } = await collect(text, [1]);
    assert.deepEqual([documents.map(({ value }) => value), findings], [[{ d: "1" }], []], text);
  }
});

test("reports bytes that are not UTF-8 with the line of their document", async () => {
  async function* bad(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("a: 1\n---\nb: 2\n---\n");
    yield Uint8Array.of(0x63, 0xff, 0xfe);
  }
  const results = await Array.fromAsync(parseBytes(bad()));
  assert.deepEqual(
    results.flatMap(({ findings }) => findings.map(({ code, line }) => [code, line])),
    [["FL002", 4]],
  );
  assert.deepEqual(
    results.flatMap(({ documents }) => documents.map(({ value }) => value)),
    [{ a: 1 }, { b: 2 }],
  );
});

test("stops at its limits", async () => {
  const codes = async (text: string, limits: object) =>
    (await collect(text, [5], { limits })).findings.map(({ code }) => code);
  assert.deepEqual(await codes("a: 1\n---\n".repeat(10), { total: 20 }), ["FL020"]);
  assert.deepEqual(await codes(`a: ${"x".repeat(100)}`, { document: 50 }), ["FL021"]);
  assert.deepEqual(await codes("a: 1\n---\n".repeat(10), { documents: 3 }), ["FL025"]);
});
