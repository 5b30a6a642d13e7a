import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonFinding } from "@fairlead/krm";
import { fairlead } from "../support/cli.ts";
import { badInputs } from "./cases.ts";

describe("bad input", () => {
  test("has cases enough to be a rule", () => {
    assert.ok(badInputs.length >= 60, `${badInputs.length} cases`);
    assert.equal(new Set(badInputs.map(({ name }) => name)).size, badInputs.length);
  });

  for (const { name, text, code, at, says } of badInputs) {
    test(`${name} is named with its place and what to write instead`, async () => {
      const { code: exit, stdout } = await fairlead(["validate", "-f", "-", "-o", "json"], { stdin: text });
      assert.equal(exit, 1);
      const { findings } = JSON.parse(stdout) as { findings: JsonFinding[] };
      const told = findings.map((one) => `${one.code} ${one.line}:${one.column} ${one.message}`).join("\n");
      const finding = findings.find((one) => one.code === code && `${one.line}:${one.column}` === at);
      assert.ok(finding, `expected ${code} at ${at}, found:\n${told}`);
      assert.equal(finding.severity, "error");
      assert.equal(finding.file, "<stdin>");
      assert.ok(finding.hint, "there is no hint");
      assert.match(`${finding.message} ${finding.hint}`, says);
    });

    test(`${name} renders nothing and shows no stack`, async () => {
      const { code: exit, stdout, stderr } = await fairlead(["render", "-f", "-"], { stdin: text });
      assert.deepEqual([exit, stdout], [1, ""]);
      assert.match(stderr, new RegExp(`<stdin>:\\d+:\\d+: error ${code}`));
      assert.doesNotMatch(stderr, /^\s+at .*\.ts:\d+/m);
      assert.ok(stderr.length < 100_000, "the message is longer than anybody reads");
    });
  }
});
