import { definition, type JsonObject, type Schema } from "@fairlead/apimachinery";
import type { SchemaKind } from "./schema-kind.ts";
import { alone } from "./alone.ts";
import { mapChildren } from "./children.ts";

/** Describes definitions of Kubernetes' OpenAPI and their fields. */
export interface Describe {
  describe(definitionName: string, field?: string): string | undefined;
}

/**
 * JSON Schema (draft-07, which editors know best) of one kind or of all: what `yaml-language-server` checks and
 * completes by. References become `#/definitions/…`.
 */
export function jsonSchemaOf(kinds: readonly SchemaKind[], descriptions: Describe): JsonObject {
  const definitions: { [name: string]: JsonObject } = {};
  const waiting: string[] = [];
  const seen = new Set<string>();
  const refer = (name: string) => {
    if (!seen.has(name)) waiting.push(name);
    seen.add(name);
    return `#/definitions/${name}`;
  };
  for (const kind of kinds) definitions[kind.kind] = toJsonSchema(kind.schema, refer);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const schema = definition(name);
    if (schema !== undefined) definitions[name] = toJsonSchema(describeFields(name, schema, descriptions), refer);
  }
  const head: JsonObject = { $schema: "http://json-schema.org/draft-07/schema#" };
  const only = kinds.length === 1 ? kinds[0] : undefined;
  if (only !== undefined) {
    const { [only.kind]: root, ...rest } = definitions;
    return { ...head, title: only.kind, ...root, definitions: rest };
  }
  return {
    ...head,
    title: "Fairlead",
    oneOf: kinds.map(({ kind }) => ({ $ref: `#/definitions/${kind}` })),
    definitions,
  };
}

function describeFields(name: string, schema: Schema, descriptions: Describe): Schema {
  const text = descriptions.describe(name);
  const properties =
    schema.properties &&
    Object.fromEntries(
      Object.entries(schema.properties).map(([field, child]) => {
        const said = descriptions.describe(name, field);
        return [field, said === undefined ? child : { ...child, description: said }];
      }),
    );
  return { ...schema, ...(text !== undefined && { description: text }), ...(properties && { properties }) };
}

function toJsonSchema(schema: Schema, refer: (name: string) => string): JsonObject {
  const result: JsonObject = {};
  if (schema.$ref !== undefined) {
    // Draft-07 ignores what stands beside a $ref, so a description needs its own level.
    const reference = { $ref: refer(schema.$ref) };
    return schema.description === undefined ? reference : { description: schema.description, allOf: [reference] };
  }
  if (schema["x-kubernetes-int-or-string"] === true) {
    result["type"] = ["integer", "string"];
    if (schema.description !== undefined) result["description"] = schema.description;
    return result;
  }
  for (const [keyword, value] of Object.entries(
    alone(
      mapChildren(schema, (child) => toJsonSchema(child, refer)),
      schema,
    ),
  )) {
    if (keyword.startsWith("x-") || keyword === "nullable" || keyword === "format") continue;
    if (keyword === "exclusiveMinimum" || keyword === "exclusiveMaximum") {
      const bound = keyword === "exclusiveMinimum" ? schema.minimum : schema.maximum;
      if (value === true && bound !== undefined) result[keyword] = bound;
    } else {
      result[keyword] = value;
    }
  }
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true || schema.additionalProperties !== undefined;
  if (schema.properties !== undefined && !open) result["additionalProperties"] = false;
  return result;
}
