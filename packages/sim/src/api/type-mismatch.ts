import {
  definition,
  definitionName,
  get,
  isObject,
  type FieldPath,
  type JsonObject,
  type JsonValue,
  type Schema,
} from "@fairlead/apimachinery";
import type { Kind } from "../resources/kind.ts";
import { apiVersionOf } from "../resources/resource.ts";

/**
 * What Go's JSON decoder says of a value of the wrong type:
 * `json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32`.
 */
export function typeMismatch(object: JsonObject, kind: Kind, path: FieldPath): string {
  const value = valueAt(object, path);
  const { struct, type, names } = goPlace(kind, path);
  return `json: cannot unmarshal ${jsonType(value)} into Go struct field ${struct}.${names.join(".")} of type ${type}`;
}

function valueAt(object: JsonValue, path: FieldPath): JsonValue | undefined {
  let value: JsonValue | undefined = object;
  for (const step of path) {
    value = typeof step === "number" ? (Array.isArray(value) ? value[step] : undefined) : get(value, step);
  }
  return value;
}

function jsonType(value: JsonValue | undefined): string {
  if (Array.isArray(value)) return "array";
  if (isObject(value)) return "object";
  if (typeof value === "string") return "string";
  return typeof value === "boolean" ? "bool" : "number";
}

/** A value and the Go type that it should have. */
export function goTypeAt(
  object: JsonObject,
  kind: Kind,
  path: FieldPath,
): { value: JsonValue | undefined; type: string } {
  return { value: valueAt(object, path), type: goPlace(kind, path).type };
}

interface GoPlace {
  readonly struct: string;
  readonly type: string;
  /** The fields on the way: keys of maps are none. */
  readonly names: readonly string[];
}

/** The Go structure that has the field, and the field's Go type. */
function goPlace({ resource }: Kind, path: FieldPath): GoPlace {
  const root = definitionName(apiVersionOf({ ...resource, version: resource.storageVersion }), resource.kind);
  let schema: Schema | undefined = root === undefined ? undefined : definition(root);
  let struct = resource.kind;
  const names: string[] = [];
  for (const [index, step] of path.entries()) {
    const { target, name } = followed(schema);
    schema = target;
    if (typeof step === "number") schema = schema?.items;
    else {
      const property: Schema | undefined = schema?.properties?.[step];
      if (property !== undefined && name !== undefined) struct = name;
      if (property !== undefined) names.push(step);
      schema = property ?? (typeof schema?.additionalProperties === "object" ? schema.additionalProperties : undefined);
    }
    if (index === path.length - 1) break;
  }
  return { struct, type: goType(schema), names };
}

function followed(schema: Schema | undefined): { target: Schema | undefined; name: string | undefined } {
  const ref = schema?.$ref ?? schema?.allOf?.[0]?.$ref;
  if (ref === undefined) return { target: schema, name: undefined };
  const name = plainName(ref);
  return { target: definition(name), name: shortName(name) };
}

function plainName(ref: string): string {
  return ref.slice(ref.lastIndexOf("/") + 1);
}

function shortName(name: string): string {
  return name.slice(name.lastIndexOf(".") + 1);
}

function goType(schema: Schema | undefined): string {
  const ref = schema?.$ref ?? schema?.allOf?.[0]?.$ref;
  if (ref !== undefined) {
    const parts = plainName(ref).split(".");
    return parts.slice(-2).join(".");
  }
  switch (schema?.type) {
    case "integer":
      return schema.format ?? "int64";
    case "number":
      return "float64";
    case "boolean":
      return "bool";
    case "array":
      return `[]${goType(schema.items)}`;
    case "object":
      return `map[string]${goType(typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined)}`;
    default:
      return "string";
  }
}
