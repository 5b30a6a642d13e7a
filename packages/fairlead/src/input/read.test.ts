import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { InputError } from "./error.ts";
import { readInputs } from "./read.ts";

const cwd = mkdtempSync(path.join(tmpdir(), "fairlead-read-"));
after(() => rmSync(cwd, { recursive: true, force: true }));

describe("input beyond the limit", () => {
  writeFileSync(path.join(cwd, "a.yaml"), "a: 12345\n");
  const read = (name: string, limit: number) =>
    readInputs([name], { cwd, env: {}, allowRemote: false, stdin: () => Promise.resolve("a: 12345\n"), limit });
  const isTooLarge = (error: unknown) => error instanceof InputError && error.code === "too-large";

  for (const name of ["a.yaml", "-"]) {
    test(`is refused: ${name}`, async () => {
      await assert.rejects(read(name, 8), isTooLarge);
      assert.equal((await read(name, 9))[0]!.text, "a: 12345\n");
    });
  }
});
