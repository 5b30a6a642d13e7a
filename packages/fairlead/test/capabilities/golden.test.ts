/**
 * What whole declarations become, to be read side by side: testdata/NAME.yaml and testdata/NAME.expected.yaml.
 * `UPDATE_GOLDEN=1` writes what comes out now.
 */
import assert from "node:assert/strict";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, test } from "node:test";
import { orderKubernetes, parseStream, printStream } from "@fairlead/krm";
import { assertValid, compileYaml, objectsOf } from "../support/compile.ts";

const folder = path.join(import.meta.dirname, "testdata");
const names = readdirSync(folder)
  .filter((file) => file.endsWith(".yaml") && !file.endsWith(".expected.yaml"))
  .map((file) => file.slice(0, -".yaml".length));

describe("routes, messaging, pools and identities side by side", () => {
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
