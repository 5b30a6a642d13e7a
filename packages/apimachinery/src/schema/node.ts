import type { JsonValue } from "../json.ts";
import { formatCheck, integerBounds, type FormatCheck } from "./formats.ts";
import { goRegExp } from "./pattern.ts";
import type { Resolve, Schema } from "./schema.ts";

export const typeBits = { object: 1, array: 2, string: 4, integer: 8, number: 24, boolean: 32 } as const;
export const anyType = 0;

/** A schema as the walks read it: references followed, every field present, so that reading it is fast. */
export type Node = {
  readonly schema: Schema;
  /** The definition that it came from by `$ref`. */
  readonly name: string | undefined;
  /** Bits of `typeBits`; 0 for any type. */
  readonly types: number;
  readonly nullable: boolean;
  /** The schema of a Kubernetes definition or a part of one: nulls count as absent even in maps. */
  readonly builtin: boolean;
  readonly hasDefault: boolean;
  readonly required: readonly string[];
  readonly properties: Map<string, Slot> | undefined;
  readonly values: Slot | undefined;
  readonly items: Slot | undefined;
  /** Fields without a schema are kept as they are. */
  readonly open: boolean;
  readonly embedded: boolean;
  readonly listKeys: readonly string[] | undefined;
  readonly set: boolean;
  readonly enumeration: readonly JsonValue[] | undefined;
  readonly pattern: RegExp | undefined;
  readonly format: FormatCheck | undefined;
  readonly bounds: readonly [bigint, bigint] | undefined;
  /** Some of the rarer keywords is present. */
  readonly limits: boolean;
  readonly junctors: boolean;
  readonly allOf: readonly Slot[];
  readonly anyOf: readonly Slot[];
  readonly oneOf: readonly Slot[];
  readonly not: Slot | undefined;
  /** Reached through a `$ref`: a complete schema even below allOf and its like. */
  readonly complete: boolean;
};

/** A place for a node that is made when it is first visited: schemas may refer to themselves. */
export type Slot = {
  readonly schema: Schema;
  readonly builtin: boolean;
  readonly compiler: Compiler;
  node: Node | undefined;
};

export type Compiler = {
  readonly resolve: Resolve;
  readonly nodes: WeakMap<Schema, Node>;
  readonly isBuiltin: (schema: Schema) => boolean;
};

export function slotNode(slot: Slot): Node {
  slot.node ??= nodeOf(slot.schema, slot.compiler, slot.builtin);
  return slot.node;
}

export function nodeOf(schema: Schema, compiler: Compiler, builtin: boolean): Node {
  let node = compiler.nodes.get(schema);
  if (node === undefined) {
    node = build(schema, compiler, builtin);
    compiler.nodes.set(schema, node);
  }
  return node;
}

const mostReferences = 32;

/** Keywords beside a `$ref` stand over those of its target; `properties` and `required` add to them. */
function follow(schema: Schema, resolve: Resolve): { schema: Schema; target: string | undefined } {
  let result = schema;
  let target: string | undefined;
  for (let step = 0; result.$ref !== undefined && step < mostReferences; step++) {
    const { $ref, ...beside } = result;
    target = $ref;
    const found = resolve($ref) ?? { "x-kubernetes-preserve-unknown-fields": true };
    result = {
      ...found,
      ...beside,
      ...(beside.properties && found.properties ? { properties: { ...found.properties, ...beside.properties } } : {}),
      ...(beside.required && found.required ? { required: [...found.required, ...beside.required] } : {}),
    };
  }
  return { schema: result, target };
}

/** Formats that Kubernetes' own types have without saying so in their schema. */
const hiddenFormats = new Map([
  ["io.k8s.apimachinery.pkg.api.resource.Quantity", "quantity"],
  ["io.k8s.apimachinery.pkg.apis.meta.v1.Duration", "go-duration"],
]);

function build(original: Schema, compiler: Compiler, inherited: boolean): Node {
  const { schema, target } =
    original.$ref === undefined ? { schema: original, target: undefined } : follow(original, compiler.resolve);
  const builtin = inherited || compiler.isBuiltin(original) || (target?.startsWith("io.k8s.") ?? false);
  const slot = (child: Schema): Slot => ({ schema: child, builtin, compiler, node: undefined });
  const format = hiddenFormats.get(target ?? "") ?? (builtin && schema.format === "byte" ? "go-bytes" : schema.format);
  const intOrString = schema["x-kubernetes-int-or-string"] === true || schema.format === "int-or-string";
  const quantity = format === "quantity";
  const types = intOrString
    ? typeBits.string | typeBits.integer
    : quantity
      ? typeBits.string | typeBits.number
      : schema.type === undefined
        ? anyType
        : typeBits[schema.type];
  const { additionalProperties } = schema;
  // IntOrString and Quantity say their two types a second time as alternatives.
  const junctors =
    !(intOrString && builtin) &&
    !quantity &&
    (schema.allOf ?? schema.anyOf ?? schema.oneOf ?? schema.not) !== undefined;
  return {
    schema,
    name: target,
    types,
    nullable: schema.nullable === true,
    builtin,
    hasDefault: schema.default !== undefined,
    required: schema.required ?? [],
    properties:
      schema.properties === undefined
        ? undefined
        : new Map(Object.entries(schema.properties).map(([key, value]) => [key, slot(value)])),
    values: typeof additionalProperties === "object" ? slot(additionalProperties) : undefined,
    items: schema.items === undefined ? undefined : slot(schema.items),
    open: schema["x-kubernetes-preserve-unknown-fields"] === true || additionalProperties === true,
    embedded: schema["x-kubernetes-embedded-resource"] === true,
    listKeys: schema["x-kubernetes-list-type"] === "map" ? schema["x-kubernetes-list-map-keys"] : undefined,
    set: schema["x-kubernetes-list-type"] === "set" || schema.uniqueItems === true,
    enumeration: schema.enum,
    pattern: schema.pattern === undefined ? undefined : goRegExp(schema.pattern),
    format: format === undefined ? undefined : formatCheck(format),
    bounds: intOrString && builtin ? integerBounds("int32") : format === undefined ? undefined : integerBounds(format),
    limits: limitKeywords.some((keyword) => schema[keyword] !== undefined),
    junctors,
    allOf: (schema.allOf ?? []).map(slot),
    anyOf: (schema.anyOf ?? []).map(slot),
    oneOf: (schema.oneOf ?? []).map(slot),
    not: schema.not === undefined ? undefined : slot(schema.not),
    complete: target !== undefined,
  };
}

const limitKeywords = [
  "minimum",
  "maximum",
  "multipleOf",
  "minLength",
  "maxLength",
  "minItems",
  "maxItems",
  "minProperties",
  "maxProperties",
] as const;
