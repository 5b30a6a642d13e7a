import { get, isObject, type JsonObject, type JsonValue, type Schema, setOwn } from "@fairlead/apimachinery";
import type { PublishedSchema } from "./discovery.ts";

const referencePrefix = "#/components/schemas/";

/** One OpenAPI v3 document of a group version. */
export interface SchemaDocument {
  find(group: string, version: string, kind: string): PublishedSchema | undefined;
}

/** Kubernetes' own; Gateway API's names begin with `io.k8s.`, too, and its defaults are applied. */
const builtin = /^io\.k8s\.(api|apimachinery|apiextensions-apiserver|kube-aggregator)\./;

/** Schemas are converted when they are first asked for: a document holds hundreds, most calls need a few. */
export function readSchemaDocument(document: JsonValue): SchemaDocument {
  const schemas = get(get(document, "components"), "schemas");
  const converted = new Map<string, Schema | undefined>();
  const byKind = new Map<string, string>();
  for (const name of isObject(schemas) ? Object.keys(schemas) : []) {
    const kinds = get(get(schemas, name), "x-kubernetes-group-version-kind");
    for (const one of Array.isArray(kinds) ? kinds : []) {
      byKind.set(keyOf(get(one, "group"), get(one, "version"), get(one, "kind")), name);
    }
  }
  function resolve(name: string): Schema | undefined {
    if (!converted.has(name)) {
      const schema = get(schemas, name);
      converted.set(name, isObject(schema) ? convertSchema(schema, builtin.test(name)) : undefined);
    }
    return converted.get(name);
  }
  return {
    find(group, version, kind) {
      const name = byKind.get(keyOf(group, version, kind));
      const schema = name === undefined ? undefined : resolve(name);
      return schema === undefined ? undefined : { schema, resolve };
    },
  };
}

function keyOf(...parts: readonly (JsonValue | undefined)[]): string {
  return JSON.stringify(parts);
}

/**
 * References become plain names, and `allOf` with one reference becomes that reference: OpenAPI 3.0 needs the wrapper
 * because it ignores what stands beside a `$ref`. Of built-in kinds the defaults that say only what Go's zero value is
 * (`{}`, `0`, `""`, `false`) go: the server does not apply them.
 */
export function convertSchema(schema: JsonObject, isBuiltin: boolean): Schema {
  return convert(schema, isBuiltin) as Schema;
}

const schemaMaps = new Set(["properties"]);
const schemaLists = new Set(["allOf", "anyOf", "oneOf"]);
const schemaFields = new Set(["items", "additionalProperties", "not"]);

function convert(schema: JsonValue, isBuiltin: boolean): JsonValue {
  if (!isObject(schema)) return schema;
  const result: JsonObject = {};
  for (const key of Object.keys(schema)) {
    const value = schema[key]!;
    if (key === "$ref" && typeof value === "string") setOwn(result, key, plainName(value));
    else if (key === "default" && isBuiltin && isZero(value)) continue;
    else if (schemaFields.has(key)) setOwn(result, key, convert(value, isBuiltin));
    else if (schemaLists.has(key) && Array.isArray(value))
      setOwn(
        result,
        key,
        value.map((one) => convert(one, isBuiltin)),
      );
    else if (schemaMaps.has(key) && isObject(value)) setOwn(result, key, convertMap(value, isBuiltin));
    else setOwn(result, key, value);
  }
  const only = Array.isArray(result["allOf"]) && result["allOf"].length === 1 ? result["allOf"][0] : undefined;
  if (isObject(only) && Object.keys(only).length === 1 && typeof only["$ref"] === "string" && !("$ref" in result)) {
    delete result["allOf"];
    result["$ref"] = only["$ref"];
  }
  return result;
}

function convertMap(map: JsonObject, isBuiltin: boolean): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(map)) setOwn(result, key, convert(map[key]!, isBuiltin));
  return result;
}

function plainName(reference: string): string {
  return reference.startsWith(referencePrefix) ? reference.slice(referencePrefix.length) : reference;
}

function isZero(value: JsonValue): boolean {
  return value === 0 || value === "" || value === false || (isObject(value) && Object.keys(value).length === 0);
}
