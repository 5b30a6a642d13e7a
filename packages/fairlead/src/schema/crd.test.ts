import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { structuralProblems, type Schema } from "@fairlead/apimachinery";
import { print } from "@fairlead/krm";
import { kindNames, loadKind } from "../kinds/load.ts";
import { crdOf } from "./crd.ts";

interface CrdSpec {
  versions: { schema: { openAPIV3Schema: Schema }; additionalPrinterColumns: { name: string }[] }[];
}

for (const name of kindNames) {
  describe(`the CustomResourceDefinition of ${name}`, async () => {
    const crd = crdOf(await loadKind(name));
    const [version] = (crd["spec"] as unknown as CrdSpec).versions;
    const schema = version!.schema.openAPIV3Schema;

    test("is structural", () => {
      assert.deepEqual(structuralProblems(schema), []);
    });

    test("is small enough for client-side kubectl apply, which keeps a copy in an annotation", () => {
      assert.ok(print(crd).length < 200_000, `${print(crd).length} characters`);
      assert.ok(JSON.stringify(crd).length < 200_000);
    });

    test("has no titles, which say to people what patterns mean", () => {
      assert.doesNotMatch(JSON.stringify(schema), /"title":"/);
    });

    test("shows columns in kubectl get", () => {
      assert.ok(version!.additionalPrinterColumns.some(({ name: column }) => column === "Age"));
    });

    test("describes each of our own fields", () => {
      const spec = schema.properties!["spec"]!;
      assert.ok(spec.description);
    });
  });
}
