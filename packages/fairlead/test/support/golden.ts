import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { orderKubernetes, parseStream, printStream } from "@fairlead/krm";
import { assertValid, compileYaml, objectsOf } from "./compile.ts";

/**
 * Tests what whole declarations become, to be read side by side: NAME.yaml and NAME.expected.yaml of a folder.
 * `UPDATE_GOLDEN=1` writes what comes out now.
 */
export function describeGolden(title: string, folder: string): void {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith(".yaml") && !file.endsWith(".expected.yaml"))
    .map((file) => file.slice(0, -".yaml".length));
  describe(title, () => {
    for (const name of names) {
      test(`${name}.yaml becomes ${name}.expected.yaml`, async () => {
        const compiled = await compileYaml(readFileSync(path.join(folder, `${name}.yaml`), "utf8"));
        assertValid(compiled);
        const objects = objectsOf(compiled).map((object) => orderKubernetes(object));
        const file = path.join(folder, `${name}.expected.yaml`);
        if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(file, printStream(objects));
        const expected = parseStream(readFileSync(file, "utf8"), { file }).documents.map(({ value }) => value);
        assert.deepEqual(objects, expected);
      });
    }
  });
}
