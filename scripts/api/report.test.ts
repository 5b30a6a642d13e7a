import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { apiReport } from "./report.ts";
import { splitStatements } from "./statements.ts";

const folder = mkdtempSync(path.join(tmpdir(), "fairlead-api-test-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function report(files: { readonly [name: string]: string }): string {
  const at = mkdtempSync(path.join(folder, "case-"));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(at, name)), { recursive: true });
    writeFileSync(path.join(at, name), text);
  }
  return apiReport("@x/y", [{ specifier: "@x/y", file: path.join(at, "index.d.ts") }]);
}

test("shows what the entry exports through star and named re-exports, sorted by name", () => {
  const text = report({
    "index.d.ts": 'export * from "./b.js";\nexport { inner as outer, type T } from "./a.js";\n',
    "a.d.ts":
      "export declare function inner(x: number): void;\nexport type T = string;\nexport declare const secret = 1;\n",
    "b.d.ts": "export interface B {\n    /** Says more. */\n    readonly c: string; // and more\n}\n",
  });
  assert.match(
    text,
    /```ts\ninterface B \{\n {4}readonly c: string;\n\}\n\ntype T = string;\n\n\/\/ exported as outer\nfunction inner\(x: number\): void;\n```/,
  );
  assert.doesNotMatch(text, /secret/);
});

test("shows every overload", () => {
  const text = report({ "index.d.ts": "export declare function f(a: 1): 1;\nexport declare function f(a: 2): 2;\n" });
  assert.match(text, /function f\(a: 1\): 1;\n\nfunction f\(a: 2\): 2;/);
});

test("shows the declarations that the exported ones mention, from the same file and from others", () => {
  const text = report({
    "index.d.ts":
      'import type { Far } from "./far.js";\ntype Near = { a: Far };\nexport declare function f(x: Near): void;\nexport {};\n',
    "far.d.ts":
      "export interface Far {\n    b: Farther;\n}\ninterface Farther {\n    c: 1;\n}\nexport type Unused = 1;\n",
  });
  const [, hidden] = text.split("Mentioned by these, not exported:");
  assert.match(hidden!, /interface Far \{[^]*interface Farther \{[^]*type Near = /);
  assert.doesNotMatch(text, /Unused/);
});

test("changes when a signature changes, not when a comment or the order of files does", () => {
  const a = { "a.d.ts": "/** One. */\nexport declare const x: number;\n", "b.d.ts": "export declare const y: 1;\n" };
  const first = report({ ...a, "index.d.ts": 'export * from "./a.js";\nexport * from "./b.js";\n' });
  const moved = report({
    ...a,
    "a.d.ts": "export declare const x: number;\n",
    "index.d.ts": 'export * from "./b.js";\nexport * from "./a.js";\n',
  });
  const changed = report({
    ...a,
    "a.d.ts": "export declare const x: string;\n",
    "index.d.ts": 'export * from "./a.js";\nexport * from "./b.js";\n',
  });
  assert.equal(moved, first);
  assert.notEqual(changed, first);
});

test("lists the names of a generated entry instead of its declarations", () => {
  const text = report({
    "index.d.ts": 'export * from "./generated/types.js";\n',
    "generated/types.d.ts": "export interface Pod { a: 1 }\nexport interface Node { b: 1 }\n",
  });
  assert.match(text, /Generated: `Node`, `Pod`\./);
});

test("says so when an entry exports nothing", () => {
  assert.match(report({ "index.d.ts": "export {};\n" }), /Exports nothing yet/);
});

test("splits statements at brackets and semicolons outside strings and comments", () => {
  const source = `export type A = { a: "};"; b: () => { c: 1 } };\n/* interface X { */\nexport interface B<T extends { a: 1 }> {\n  f(): Map<string, (x: T) => void>;\n}\nexport declare const c: \`\${number};\`;\n`;
  assert.deepEqual(
    splitStatements(source).map(({ names }) => names.join()),
    ["A", "B", "c"],
  );
});
