import assert from "node:assert/strict";
import { test } from "node:test";
import { get } from "@fairlead/apimachinery";
import { readSchemaDocument } from "./published-schemas.ts";

const kind = (group: string) => ({
  type: "object",
  properties: { group: { type: "string", default: "" } },
  "x-kubernetes-group-version-kind": [{ group, version: "v1", kind: "Thing" }],
});

function defaultOf(name: string): unknown {
  const document = { components: { schemas: { [name]: kind("example.org") } } };
  const { schema } = readSchemaDocument(document).find("example.org", "v1", "Thing")!;
  const field = get(get(schema, "properties"), "group");
  return Object.hasOwn(field as object, "default") ? get(field, "default") : "none";
}

test("keeps the defaults of custom kinds, which the server applies, also where their group ends in k8s.io", () => {
  assert.equal(defaultOf("org.example.v1.Thing"), "");
  assert.equal(defaultOf("io.k8s.networking.gateway.v1.HTTPRoute"), "");
});

test("drops the defaults of built-in kinds that only name Go's zero value", () => {
  assert.equal(defaultOf("io.k8s.api.apps.v1.Thing"), "none");
});
