import assert from "node:assert/strict";
import { test } from "node:test";
import { setField } from "./set-field.ts";

test("sets a field beside what is there, and reads its value as YAML", () => {
  const before = { budget: { cluster: 5 } };
  for (const [text, spec] of [
    ["budget.fleet=3", { budget: { cluster: 5, fleet: 3 } }],
    ["restart.dryRun=true", { budget: { cluster: 5 }, restart: { dryRun: true } }],
    ["restart.cooldown=10m", { budget: { cluster: 5 }, restart: { cooldown: "10m" } }],
    ["regions=[eu, us]", { budget: { cluster: 5 }, regions: ["eu", "us"] }],
    ["select.selector=a=b", { budget: { cluster: 5 }, select: { selector: "a=b" } }],
  ] as const) {
    assert.deepEqual(setField(before, text), { kind: "spec", spec }, text);
  }
  assert.deepEqual(before, { budget: { cluster: 5 } });
});

test("says what to write where no field is named, or the value is no YAML", () => {
  for (const text of [
    "",
    "=3",
    "budget",
    "budget..fleet=3",
    "a.b.c.d.e.f.g.h.i=1",
    "regions=[a",
    "x=1\n---\nvalue: 2",
  ]) {
    const result = setField({}, text);
    assert.equal(result.kind, "problem", text);
    if (result.kind === "problem") assert.match(result.hint, /--set budget\.fleet=3/);
  }
});

test("takes names of prototypes for names", () => {
  const result = setField({}, "__proto__.x=1");
  assert.equal(result.kind, "spec");
  assert.equal(({} as { x?: number }).x, undefined);
});
