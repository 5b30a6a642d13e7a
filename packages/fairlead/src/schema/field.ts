import { definition, type Schema } from "@fairlead/apimachinery";
import type { LoadedKind } from "../kinds/load.ts";

/** A field of a kind: its schema, and where in Kubernetes' OpenAPI it is described if it is passed through. */
export interface Field {
  readonly schema: Schema;
  readonly required: boolean;
  readonly described: { readonly definition: string; readonly field: string } | undefined;
}

/** The fields directly below a schema, through references, lists and maps. */
export function fieldsOf(schema: Schema, passed?: string): ReadonlyMap<string, Field> {
  const { schema: target, definition: name } = resolve(schema);
  const source = name ?? passed;
  const fields = new Map<string, Field>();
  for (const [field, child] of Object.entries(target.properties ?? {})) {
    const described =
      child.description === undefined && source !== undefined ? { definition: source, field } : undefined;
    fields.set(field, { schema: child, required: target.required?.includes(field) === true, described });
  }
  return fields;
}

/** Follows references, list items, map values and the object branch of a choice down to a schema with properties. */
export function resolve(schema: Schema): { schema: Schema; definition: string | undefined } {
  if (schema.$ref !== undefined) {
    const target = definition(schema.$ref);
    return target === undefined ? { schema, definition: undefined } : { ...resolve(target), definition: schema.$ref };
  }
  if (schema.items !== undefined) return resolve(schema.items);
  if (typeof schema.additionalProperties === "object" && schema.properties === undefined)
    return resolve(schema.additionalProperties);
  const branch = schema.anyOf?.find((one) => one.$ref !== undefined || one.properties !== undefined);
  return branch === undefined ? { schema, definition: undefined } : resolve(branch);
}

/** The type of a field as people write it: `string`, `[]Object`, `map[string]string`, `integer|string`. */
export function typeName(schema: Schema): string {
  if (schema["x-kubernetes-int-or-string"] === true) return "integer|string";
  if (schema.$ref !== undefined) {
    const target = definition(schema.$ref);
    return target === undefined || target.properties !== undefined ? "Object" : typeName(target);
  }
  const choices = schema.anyOf ?? schema.oneOf;
  if (choices !== undefined) return [...new Set(choices.map(typeName))].join("|");
  if (schema.type === "array") return `[]${typeName(schema.items ?? {})}`;
  if (typeof schema.additionalProperties === "object") return `map[string]${typeName(schema.additionalProperties)}`;
  if (schema.type === undefined || schema.type === "object") return "Object";
  return schema.type;
}

/** Walks `spec.scaling.cpu` from a kind; undefined with the longest part that exists when a step is missing. */
export function findField(kind: LoadedKind, path: readonly string[]): FieldSearch {
  let field: Field = { schema: kind.schema, required: true, described: undefined };
  for (const [index, step] of path.entries()) {
    const fields = fieldsOf(field.schema, passedThrough(kind, path.slice(0, index)));
    const next = fields.get(step);
    if (next === undefined)
      return { found: undefined, missing: step, siblings: [...fields.keys()], at: path.slice(0, index) };
    field = next;
  }
  return { found: field, passed: passedThrough(kind, path) };
}

export type FieldSearch =
  | { readonly found: Field; readonly passed: string | undefined }
  | {
      readonly found: undefined;
      readonly missing: string;
      readonly siblings: readonly string[];
      readonly at: readonly string[];
    };

/** The definition whose fields are passed through at a path, as the kind's own schema says. */
function passedThrough(kind: LoadedKind, path: readonly string[]): string | undefined {
  if (path[0] !== "spec") return undefined;
  let schema: Schema | undefined = kind.spec;
  for (const step of path.slice(1)) {
    schema = schema === undefined ? undefined : childOf(schema, step);
  }
  const holder = schema === undefined ? undefined : unwrap(schema);
  return (holder as { "x-fairlead-extends"?: string } | undefined)?.["x-fairlead-extends"];
}

function childOf(schema: Schema, step: string): Schema | undefined {
  return unwrap(schema).properties?.[step];
}

/** The part of a schema that has fields: list items, map values, the object of a choice. References stay. */
export function unwrap(schema: Schema): Schema {
  if (schema.items !== undefined) return unwrap(schema.items);
  if (typeof schema.additionalProperties === "object" && schema.properties === undefined)
    return unwrap(schema.additionalProperties);
  const branch = schema.anyOf?.find((one) => one.properties !== undefined);
  return branch === undefined ? schema : unwrap(branch);
}
