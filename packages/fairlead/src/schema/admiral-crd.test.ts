import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { prune, structuralProblems, validate, type JsonObject, type Schema } from "@fairlead/apimachinery";
import { checkRules } from "@fairlead/apimachinery/cel";
import { admiralKind, admiralKinds } from "../kinds/admiral/admiral-kinds.ts";
import { accepted } from "../../test/schema/admiral-objects.ts";
import { admiralCrdOf } from "./admiral-crd.ts";

interface CrdSpec {
  names: { shortNames: string[] };
  versions: {
    schema: { openAPIV3Schema: Schema };
    subresources: JsonObject;
    additionalPrinterColumns: { name: string }[];
  }[];
}

function schemaOf(kind: string): Schema {
  return versionOf(kind).schema.openAPIV3Schema;
}

function versionOf(kind: string) {
  return (admiralCrdOf(admiralKind(kind)!)["spec"] as unknown as CrdSpec).versions[0]!;
}

for (const { kind, example } of admiralKinds) {
  describe(`the CustomResourceDefinition of ${kind}`, () => {
    test("is structural", () => assert.deepEqual(structuralProblems(schemaOf(kind)), []));

    test("has a status of its own, and says in columns what became of an object", () => {
      const { subresources, additionalPrinterColumns } = versionOf(kind);
      assert.deepEqual(subresources, { status: {} });
      assert.ok(["Ready", "Reason", "Age"].every((name) => additionalPrinterColumns.some((one) => one.name === name)));
    });

    test("accepts its example, with a status", () => {
      const status = {
        observedGeneration: 2,
        conditions: [
          {
            type: "Ready",
            status: "True",
            observedGeneration: 2,
            lastTransitionTime: "2026-01-01T00:00:00Z",
            reason: "Applied",
            message: "",
          },
        ],
        hosts: ["prd.orders.global"],
        clusters: [{ name: "eu-1" }, { name: "us-1", conflicts: ["ServiceEntry x belongs to somebody else"] }],
      };
      const object = { ...example, status };
      assert.deepEqual(validate(object, schemaOf(kind), { resource: true }), []);
      assert.deepEqual(checkRules(example["spec"]!, schemaOf(kind).properties!["spec"]!), []);
    });

    test("describes every field", () => {
      const missing: string[] = [];
      const visit = (schema: Schema, path: string): void => {
        if (schema.description === undefined) missing.push(path);
        for (const [name, child] of Object.entries(schema.properties ?? {})) visit(child, `${path}.${name}`);
        if (schema.items?.properties !== undefined) visit(schema.items, `${path}[]`);
      };
      visit(schemaOf(kind).properties!["spec"]!, "spec");
      assert.deepEqual(missing, []);
    });
  });
}

describe("what the predecessor's definitions accept", () => {
  for (const [what, kind, body] of accepted) {
    test(`${what} is accepted, and nothing of it is dropped`, () => {
      const object: JsonObject = {
        apiVersion: "admiral.io/v1alpha1",
        kind,
        metadata: { name: "x", namespace: "y" },
        ...body,
      };
      assert.deepEqual(validate(object, schemaOf(kind), { resource: true }), []);
      assert.deepEqual(prune(object, schemaOf(kind), { resource: true }).removed, []);
    });
  }
});
