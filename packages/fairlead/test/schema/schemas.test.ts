import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { Validator } from "@seriousme/openapi-schema-validator";
import { Ajv } from "ajv";
import { clone, loadDescriptions, type JsonObject } from "@fairlead/apimachinery";
import { kindNames, loadKind, type LoadedKind } from "../../src/kinds/load.ts";
import { jsonSchemaOf } from "../../src/schema/json-schema.ts";
import { openApiOf } from "../../src/schema/openapi.ts";

const kinds: readonly LoadedKind[] = await Promise.all(kindNames.map((name) => loadKind(name)));
const descriptions = await loadDescriptions();

describe("the JSON Schema for editors", () => {
  const all = new Ajv({ strict: false, allErrors: true }).compile(jsonSchemaOf(kinds, descriptions));

  for (const kind of kinds) {
    test(`accepts the example of ${kind.kind}, in its own schema and in the one of all kinds`, () => {
      const own = new Ajv({ strict: false }).compile(jsonSchemaOf([kind], descriptions));
      assert.ok(own(kind.example), JSON.stringify(own.errors));
      assert.ok(all(kind.example), JSON.stringify(all.errors?.slice(0, 3)));
    });

    test(`refuses an unknown field of ${kind.kind}`, () => {
      const wrong = clone(kind.example);
      (wrong["spec"] as JsonObject)["nonsense"] = 1;
      assert.equal(all(wrong), false);
    });
  }

  test("describes fields of ours and of Kubernetes, for the editor's hints", () => {
    const { definitions } = jsonSchemaOf(kinds, descriptions) as { definitions: { [name: string]: JsonObject } };
    const app = definitions["App"] as unknown as {
      properties: { spec: { properties: { [field: string]: { description?: string } } } };
    };
    assert.match(app.properties.spec.properties["scaling"]!.description!, /Replicas by load/);
    const container = definitions["io.k8s.api.core.v1.Probe"] as unknown as {
      properties: { [field: string]: { description?: string } };
    };
    assert.match(container.properties["failureThreshold"]!.description!, /consecutive failures/);
  });

  test("leaves to a template what it brings along", () => {
    const app = clone(kinds.find(({ kind }) => kind === "App")!.example);
    app["spec"] = { containers: [{ name: "a", extends: "base", http: { path: "/healthz" } }], scaling: { min: 2 } };
    assert.ok(all(app), JSON.stringify(all.errors?.slice(0, 3)));
  });

  test("tells the two shapes of a field apart", () => {
    const app = clone(kinds.find(({ kind }) => kind === "App")!.example);
    const [container] = (app["spec"] as unknown as { containers: JsonObject[] }).containers;
    container!["resources"] = "unlimited";
    assert.ok(all(app));
    container!["resources"] = "infinite";
    assert.equal(all(app), false);
  });
});

describe("the OpenAPI document", () => {
  test("is accepted by an OpenAPI 3 parser, every reference resolved", async () => {
    const document = openApiOf(kinds, "0.1.0");
    const { valid, errors } = await new Validator().validate(clone(document));
    assert.ok(valid, JSON.stringify(errors));
    const { schemas } = (document as unknown as { components: { schemas: JsonObject } }).components;
    for (const [, name] of JSON.stringify(document).matchAll(/"#\/components\/schemas\/([^"]+)"/g)) {
      assert.ok(Object.hasOwn(schemas, name!), `${name} is referred to and missing`);
    }
    for (const kind of kindNames) assert.ok(Object.hasOwn(schemas, kind));
  });
});
