/** The single file: complete, self-contained, and lazy. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { bundleCli, type Bundle } from "../../scripts/build/bundle.ts";

const folder = mkdtempSync(path.join(tmpdir(), "fairlead-bundle-"));
after(() => rmSync(folder, { recursive: true, force: true }));

let bundle: Bundle;
before(async () => {
  bundle = await bundleCli(undefined, path.join(folder, "real", "fairlead.mjs"));
});

function run(file: string, ...args: string[]): { stdout: string; stderr: string; status: number | null } {
  const { NODE_OPTIONS: _, ...env } = process.env;
  return spawnSync(process.execPath, [file, ...args], { cwd: folder, env, encoding: "utf8" });
}

async function bundleOf(files: { readonly [name: string]: string }): Promise<string> {
  const at = mkdtempSync(path.join(folder, "case-"));
  for (const [name, text] of Object.entries(files)) writeFileSync(path.join(at, name), text);
  return (await bundleCli(path.join(at, "main.ts"), path.join(at, "out", "fairlead.mjs"))).file;
}

test("a module behind a dynamic import is evaluated when it is asked for, and only then", async () => {
  const file = await bundleOf({
    "main.ts":
      'if (process.argv[2] === "heavy") console.log((await import("./heavy.ts")).answer); else console.log("light");',
    "heavy.ts":
      'import { deep } from "./deep.ts"; console.log("heavy is evaluated"); export const answer: number = deep;',
    "deep.ts": 'console.log("deep is evaluated"); export const deep = 42;',
  });
  assert.equal(run(file).stdout, "light\n");
  assert.equal(run(file, "heavy").stdout, "deep is evaluated\nheavy is evaluated\n42\n");
});

test("Node's own modules are loaded by those who import them", async () => {
  const loaded = 'process.moduleLoadList.includes("NativeModule dgram")';
  const file = await bundleOf({
    "main.ts": `if (process.argv[2] === "net") await import("./net.ts"); console.log(${loaded});`,
    "net.ts":
      'import dgram, { createSocket } from "node:dgram"; console.log(typeof createSocket, dgram.createSocket === createSocket);',
  });
  assert.equal(run(file).stdout, "false\n");
  assert.equal(run(file, "net").stdout, "function true\ntrue\n");
});

test("CommonJS packages get Node's modules without the prefix, and do without native speed-ups", async () => {
  const file = await bundleOf({
    "main.ts": 'import lib from "./lib.cjs"; console.log(lib.events, lib.native, lib.isMain);',
    "lib.cjs":
      'exports.events = typeof require("events").once; exports.isMain = require.main === undefined;' +
      'try { require("bufferutil"); exports.native = true } catch { exports.native = false }',
  });
  assert.equal(run(file).stdout, "function false true\n");
});

test("the command line's version needs no file reading, hashing or child processes", () => {
  const report = 'process.on("exit", () => console.error(process.moduleLoadList.join()))';
  const hook = path.join(folder, "hook.mjs");
  writeFileSync(hook, report);
  const { stderr, status } = spawnSync(process.execPath, ["--import", hook, bundle.file, "version"], {
    cwd: folder,
    encoding: "utf8",
  });
  assert.equal(status, 0);
  for (const name of ["child_process", "crypto", "readline/promises", "zlib", "http"]) {
    assert.ok(!stderr.split(",").includes(`NativeModule ${name}`), `${name} was loaded`);
  }
});

test("is executable and imports nothing but Node's own modules", () => {
  const text = readFileSync(bundle.file, "utf8");
  assert.ok(text.startsWith("#!/usr/bin/env node\n"));
  assert.equal(statSync(bundle.file).mode & 0o111, 0o111);
  const imports = [...text.matchAll(/^import .*?from "([^"]+)"|^import "([^"]+)"/gm)].map(
    (match) => match[1] ?? match[2]!,
  );
  assert.deepEqual(
    imports.filter((specifier) => !specifier.startsWith("node:")),
    [],
  );
  assert.doesNotMatch(text, /Dynamic require of/);
});

test("comes with the licences of the packages in it", () => {
  const text = readFileSync(path.join(path.dirname(bundle.file), "THIRD_PARTY_LICENSES.txt"), "utf8");
  assert.match(text, /^@stricli\/core \d+\.\d+\.\d+ \(Apache-2\.0\)$/m);
  assert.doesNotMatch(text, /^@fairlead/m);
});

test("two builds of the same sources give the same bytes", async () => {
  mkdirSync(path.join(folder, "again"));
  const again = await bundleCli(undefined, path.join(folder, "again", "fairlead.mjs"));
  assert.deepEqual(readFileSync(again.file), readFileSync(bundle.file));
});
