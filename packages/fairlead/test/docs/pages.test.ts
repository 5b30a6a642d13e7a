import assert from "node:assert/strict";
import { test } from "node:test";
import { fencesOf } from "./support/fences.ts";
import { rewritten, shows } from "./support/output.ts";
import { runPage, updating } from "./support/page.ts";
import { pages, read } from "./support/repository.ts";

for (const file of pages()) {
  if (!fencesOf(read(file)).some(({ language, info }) => language === "console" || info.has("from"))) continue;
  test(`${file} shows what the commands print`, async (t) => {
    assert.deepEqual(await runPage(file), []);
    if (updating) t.diagnostic(`${file} was brought up to date`);
  });
}

test("the README and the tutorial show commands at all", () => {
  for (const file of ["README.md", "docs/tutorial/first-app.md"]) {
    assert.ok(fencesOf(read(file)).filter(({ language }) => language === "console").length >= 4, file);
  }
});

test("an elision stands for any lines, and every other line counts", () => {
  const output = ["a", "b", "c", "d", "e"];
  for (const page of [output, ["a", "…", "e"], ["…"], ["…", "c", "…"], ["a", "b", "c", "d", "e", "…"]]) {
    assert.ok(shows(page, output), String(page));
  }
  for (const page of [
    [],
    ["a"],
    ["a", "…", "x", "…"],
    ["b", "…"],
    ["…", "d"],
    ["a", "…", "c", "b", "…"],
    ["…", "e", "e"],
  ]) {
    assert.ok(!shows(page, output), String(page));
  }
});

test("an update keeps the elisions that still fit", () => {
  assert.deepEqual(rewritten(["a", "…", "d", "old"], ["a", "b", "d", "new"]), ["a", "…", "d", "new"]);
  assert.deepEqual(rewritten(["a", "…", "gone", "…"], ["a", "b"]), ["a", "b"]);
});
