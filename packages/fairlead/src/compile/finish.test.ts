import assert from "node:assert/strict";
import { test } from "node:test";
import { compileText } from "./text.ts";

for (const metadata of ["", "metadata: null\n", "metadata: text\n", "metadata: {annotations: [1]}\n"]) {
  test(`an object with ${JSON.stringify(metadata.trim())} passes through beside a declaration`, async () => {
    const text = `kind: Odd\napiVersion: example.com/v1\n${metadata}---\napiVersion: fairlead.dev/v1alpha1\nkind: ContainerTemplate\nmetadata: {name: base}\nspec: {}\n`;
    const { passed, findings } = await compileText([{ name: "odd.yaml", text }]);
    assert.deepEqual(
      findings.filter(({ severity }) => severity === "error"),
      [],
    );
    assert.deepEqual(
      passed.map(({ kind }) => kind),
      ["Odd"],
    );
  });
}
