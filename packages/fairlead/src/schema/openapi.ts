import { compareText, definition, type JsonObject, type JsonValue, type Schema } from "@fairlead/apimachinery";
import { apiVersion as ours } from "../kinds/group.ts";
import type { SchemaKind } from "./schema-kind.ts";
import { alone } from "./alone.ts";
import { mapChildren } from "./children.ts";

/** One OpenAPI 3.0.3 document with every kind and every definition of Kubernetes that they pass through. */
export function openApiOf(kinds: readonly SchemaKind[], version: string): JsonObject {
  const schemas: { [name: string]: JsonValue } = {};
  const waiting: string[] = [];
  const refer = (name: string) => {
    if (!Object.hasOwn(schemas, name)) {
      schemas[name] = {};
      waiting.push(name);
    }
    return `#/components/schemas/${name}`;
  };
  for (const kind of kinds) {
    const schema = toOpenApi(kind.schema, refer);
    const [group = "", apiVersion = ""] = (kind.apiVersion ?? ours).split("/");
    schemas[kind.kind] = {
      ...schema,
      "x-kubernetes-group-version-kind": [{ group, version: apiVersion, kind: kind.kind }],
    };
  }
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const schema = definition(name);
    if (schema !== undefined) schemas[name] = toOpenApi(schema, refer);
  }
  return {
    openapi: "3.0.3",
    info: {
      title: "Fairlead",
      version,
      license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
    },
    paths: {},
    components: { schemas: Object.fromEntries(Object.entries(schemas).sort(([a], [b]) => compareText(a, b))) },
  };
}

function toOpenApi(schema: Schema, refer: (name: string) => string): JsonObject {
  if (schema.$ref !== undefined) {
    const reference = { $ref: refer(schema.$ref) };
    return schema.description === undefined ? reference : { description: schema.description, allOf: [reference] };
  }
  if (schema["x-kubernetes-int-or-string"] === true) {
    const { description, ...rest } = schema;
    return {
      ...(description !== undefined && { description }),
      ...(rest as JsonObject),
      anyOf: [{ type: "integer" }, { type: "string" }],
    };
  }
  return alone(
    mapChildren(schema, (child) => toOpenApi(child, refer)),
    schema,
  );
}
