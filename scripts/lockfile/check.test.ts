import assert from "node:assert/strict";
import { test } from "node:test";
import { checkLockfile, isAllowed, type LockedPackage } from "./check.ts";

const good: LockedPackage = { version: "1.0.0", integrity: "sha512-abc", license: "MIT" };

function problemsOf(entry: LockedPackage, name = "a"): string[] {
  return checkLockfile({ lockfileVersion: 3, packages: { "": {}, [`node_modules/${name}`]: entry } }, new Map());
}

test("accepts an entry with integrity and an allowed licence", () => assert.deepEqual(problemsOf(good), []));

const bad: readonly [string, LockedPackage, RegExp][] = [
  ["without integrity", { version: "1.0.0", license: "MIT" }, /no sha512 integrity/],
  ["with a weak integrity", { ...good, integrity: "sha1-abc" }, /no sha512 integrity/],
  ["with an address", { ...good, resolved: "https://example.com/a.tgz" }, /names the address/],
  ["with a copyleft licence", { ...good, license: "GPL-3.0-only" }, /GPL-3.0-only, which is not allowed/],
  ["without a licence", { version: "1.0.0", integrity: "sha512-abc" }, /names no licence/],
  ["with an install script", { ...good, hasInstallScript: true }, /runs a script/],
  ["that links outside the repository", { link: true, resolved: "git+ssh://example.com/a" }, /no folder/],
];
for (const [title, entry, message] of bad) {
  test(`refuses an entry ${title}`, () => {
    const problems = problemsOf(entry);
    assert.equal(problems.length, 1);
    assert.match(problems[0]!, message);
  });
}

test("looks at nested entries too", () =>
  assert.equal(problemsOf({ ...good, license: "GPL-3.0-only" }, "b/node_modules/@s/c").length, 1));

test("lets the known install script be, wherever it lies", () => {
  assert.deepEqual(problemsOf({ ...good, hasInstallScript: true }, "x/node_modules/esbuild"), []);
});

test("accepts links to workspaces", () => assert.deepEqual(problemsOf({ link: true, resolved: "packages/a" }), []));

test("refuses a dependency that the lockfile does not know, an old range, and one that is gone", () => {
  const lock = { lockfileVersion: 3, packages: { "packages/a": { dependencies: { b: "^1.0.0", d: "^1.0.0" } } } };
  const manifests = new Map([["packages/a", { dependencies: { b: "^2.0.0" }, devDependencies: { c: "1" } }]]);
  assert.equal(checkLockfile(lock, manifests).length, 3);
});

test("refuses a workspace that the lockfile does not know", () => {
  assert.match(
    checkLockfile({ lockfileVersion: 3, packages: {} }, new Map([["packages/new", {}]]))[0]!,
    /packages\/new is not in the lockfile/,
  );
});

test("reads SPDX expressions", () => {
  assert.equal(isAllowed("(Apache-2.0 AND BSD-3-Clause)"), true);
  assert.equal(isAllowed("(GPL-2.0-only OR MIT)"), true);
  assert.equal(isAllowed("(GPL-2.0-only AND MIT)"), false);
});
