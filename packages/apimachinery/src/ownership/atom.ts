import type { JsonValue } from "../json.ts";
import { definition, isBuiltinDefinition } from "../openapi/definitions.ts";
import { encodingOf } from "../openapi/encoding.ts";
import type { Resolve, Schema } from "../schema/schema.ts";

/**
 * What a value may be to structured-merge-diff: each of the three that is there is allowed. Made of OpenAPI as the API
 * server makes it (kube-openapi's schemaconv).
 */
export type Atom = {
  readonly scalar: ScalarKind | undefined;
  readonly list: ListAtom | undefined;
  readonly map: MapAtom | undefined;
};

export type ScalarKind = "numeric" | "string" | "boolean" | "untyped";

/** An associative list without keys is a set. */
export type ListAtom = { readonly atomic: boolean; readonly keys: readonly string[]; readonly item: TypeRef };

export type MapAtom = {
  readonly atomic: boolean;
  /** The fields that the schema names. */
  readonly fields: ReadonlyMap<string, FieldAtom>;
  /** The type of all others; undefined where there must be none. */
  readonly others: TypeRef | undefined;
};

export type FieldAtom = { readonly type: TypeRef; readonly default: JsonValue | undefined };

/** Made when it is first asked for: schemas may refer to themselves. */
export type TypeRef = () => Atom;

const untyped: Atom = {
  scalar: "untyped",
  list: { atomic: true, keys: [], item: () => untyped },
  map: { atomic: true, fields: new Map(), others: () => untyped },
};

/** The type of what no schema describes: maps are merged by key, lists are one value. */
export const deduced: Atom = {
  scalar: "untyped",
  list: { atomic: true, keys: [], item: () => untyped },
  map: { atomic: false, fields: new Map(), others: () => deduced },
};

const scalars: Readonly<Record<ScalarKind, Atom>> = {
  numeric: { scalar: "numeric", list: undefined, map: undefined },
  string: { scalar: "string", list: undefined, map: undefined },
  boolean: { scalar: "boolean", list: undefined, map: undefined },
  untyped: { scalar: "untyped", list: undefined, map: undefined },
};

const quantity = "io.k8s.apimachinery.pkg.api.resource.Quantity";
const rawExtension = "io.k8s.apimachinery.pkg.runtime.RawExtension";
export const objectMeta: Schema = { $ref: "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta" };

type Compiler = {
  readonly resolve: Resolve;
  readonly named: Map<string, Atom>;
  /** By schema; the second for those inside of a schema that keeps unknown fields. */
  readonly inline: readonly [WeakMap<Schema, Atom>, WeakMap<Schema, Atom>];
  readonly roots: WeakMap<Schema, Atom>;
};

const compilers = new WeakMap<Resolve, Compiler>();

function compilerOf(resolve: Resolve): Compiler {
  let compiler = compilers.get(resolve);
  if (compiler === undefined) {
    compiler = { resolve, named: new Map(), inline: [new WeakMap(), new WeakMap()], roots: new WeakMap() };
    compilers.set(resolve, compiler);
  }
  return compiler;
}

/** The type of a whole object. Its `apiVersion`, `kind` and `metadata` are those of every object. */
export function rootAtom(schema: Schema | undefined, resolve: Resolve = definition): Atom {
  if (schema === undefined) return deduced;
  const compiler = compilerOf(resolve);
  let atom = compiler.roots.get(schema);
  if (atom === undefined) {
    const own = typeOf(schema, false, compiler)();
    atom = own.map === undefined ? own : { ...own, map: withObjectFields(own.map, compiler) };
    compiler.roots.set(schema, atom);
  }
  return atom;
}

/** A CustomResourceDefinition need not describe what every object has. */
function withObjectFields(map: MapAtom, compiler: Compiler): MapAtom {
  const fields = new Map(map.fields);
  for (const name of ["apiVersion", "kind"]) if (!fields.has(name)) fields.set(name, scalarField);
  fields.set("metadata", { type: typeOf(objectMeta, false, compiler), default: undefined });
  return { ...map, fields };
}

const scalarField: FieldAtom = { type: () => scalars.string, default: undefined };

function typeOf(schema: Schema, keepsUnknown: boolean, compiler: Compiler): TypeRef {
  const reference = referenceOf(schema);
  if (reference !== undefined) {
    const mapType = schema["x-kubernetes-map-type"];
    return () => override(namedAtom(reference, compiler), mapType);
  }
  const cache = compiler.inline[keepsUnknown ? 1 : 0]!;
  return () => {
    let atom = cache.get(schema);
    if (atom === undefined) {
      atom = inlineAtom(schema, keepsUnknown, compiler);
      cache.set(schema, atom);
    }
    return atom;
  };
}

/** The plain name of what a schema refers to, itself or by an allOf of one, as published schemas do. */
function referenceOf(schema: Schema): string | undefined {
  const text = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]!.$ref : undefined);
  return text === undefined ? undefined : text.slice(text.lastIndexOf("/") + 1);
}

/** The type of the map beside a reference stands over that of its target. */
function override(atom: Atom, mapType: "atomic" | "granular" | undefined): Atom {
  if (mapType === undefined) return atom;
  const atomic = mapType === "atomic";
  if (atom.map !== undefined) return { ...atom, map: { ...atom.map, atomic } };
  return atom.list === undefined ? atom : { ...atom, list: { ...atom.list, atomic } };
}

const mostReferences = 32;

function namedAtom(name: string, compiler: Compiler): Atom {
  if (name === quantity) return scalars.untyped;
  if (name === rawExtension) return untyped;
  let atom = compiler.named.get(name);
  if (atom === undefined) {
    let schema = compiler.resolve(name) ?? definition(name);
    for (let step = 0; schema !== undefined && step < mostReferences; step++) {
      const next = referenceOf(schema);
      if (next === undefined) break;
      schema = compiler.resolve(next) ?? definition(next);
    }
    atom = schema === undefined || referenceOf(schema) !== undefined ? deduced : inlineAtom(schema, false, compiler);
    if (schema !== undefined && isBuiltinDefinition(schema)) atom = withZeroDefaults(atom, schema, name);
    compiler.named.set(name, atom);
  }
  return atom;
}

/** Its name is left out when empty, and has a default all the same. */
const localReference = "io.k8s.api.core.v1.LocalObjectReference";

/** What Go always writes is published with its zero value as default, which the vendored schemas leave out. */
function withZeroDefaults(atom: Atom, schema: Schema, name: string): Atom {
  if (atom.map === undefined) return atom;
  const { omitted, texts } = encodingOf(name);
  const written = new Set([...(schema.required ?? []), ...texts]);
  const fields = new Map(atom.map.fields);
  for (const [key, field] of fields) {
    const type = schema.properties?.[key]?.type;
    const isWritten = (written.has(key) && !omitted.has(key)) || (name === localReference && key === "name");
    if (field.default !== undefined || !isWritten) continue;
    if (type === "string") fields.set(key, { ...field, default: "" });
    else if (type === "integer" || type === "number") fields.set(key, { ...field, default: 0 });
  }
  return { ...atom, map: { ...atom.map, fields } };
}

function inlineAtom(schema: Schema, inherited: boolean, compiler: Compiler): Atom {
  const keepsUnknown = inherited || schema["x-kubernetes-preserve-unknown-fields"] === true;
  switch (schema.type) {
    case undefined:
      return {
        scalar: "untyped",
        list: listAtom(schema, keepsUnknown, compiler),
        map: mapAtom(schema, keepsUnknown, compiler),
      };
    case "object":
      return { scalar: undefined, list: undefined, map: mapAtom(schema, keepsUnknown, compiler) };
    case "array":
      return { scalar: undefined, list: listAtom(schema, keepsUnknown, compiler), map: undefined };
    case "integer":
    case "number":
      return scalars.numeric;
    case "boolean":
      return scalars.boolean;
    default:
      return schema.format === undefined || schema.format === "byte" ? scalars.string : scalars.untyped;
  }
}

function mapAtom(schema: Schema, keepsUnknown: boolean, compiler: Compiler): MapAtom {
  const fields = new Map<string, FieldAtom>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    fields.set(name, { type: typeOf(property, keepsUnknown, compiler), default: property.default });
  }
  const { additionalProperties } = schema;
  const free = keepsUnknown || fields.size === 0;
  const others =
    typeof additionalProperties === "object"
      ? typeOf(additionalProperties, keepsUnknown, compiler)
      : (additionalProperties ?? free)
        ? () => deduced
        : undefined;
  const map = { atomic: schema["x-kubernetes-map-type"] === "atomic", fields, others };
  return schema["x-kubernetes-embedded-resource"] === true ? withObjectFields(map, compiler) : map;
}

function listAtom(schema: Schema, keepsUnknown: boolean, compiler: Compiler): ListAtom {
  const { keys, atomic } = listRelation(schema);
  return {
    atomic,
    keys,
    item: schema.items === undefined ? () => untyped : typeOf(schema.items, keepsUnknown, compiler),
  };
}

function listRelation(schema: Schema): { readonly atomic: boolean; readonly keys: readonly string[] } {
  switch (schema["x-kubernetes-list-type"]) {
    case "atomic":
      return { atomic: true, keys: [] };
    case "set":
      return { atomic: false, keys: [] };
    case "map":
      return { atomic: false, keys: schema["x-kubernetes-list-map-keys"] ?? [] };
    default: {
      const strategy = schema["x-kubernetes-patch-strategy"];
      if (strategy !== "merge" && strategy !== "merge,retainKeys") return { atomic: true, keys: [] };
      const key = schema["x-kubernetes-patch-merge-key"];
      return { atomic: false, keys: key === undefined ? [] : [key] };
    }
  }
}

/** The one of the allowed types that a value is of: the others are no longer there. */
export function deduceAtom(atom: Atom, value: JsonValue | undefined): Atom {
  if (value === undefined || value === null) return atom;
  if (Array.isArray(value))
    return atom.list === undefined ? atom : { scalar: undefined, list: atom.list, map: undefined };
  if (typeof value === "object" && !JSON.isRawJSON(value)) {
    return atom.map === undefined ? atom : { scalar: undefined, list: undefined, map: atom.map };
  }
  return atom.scalar === undefined ? atom : scalars[atom.scalar];
}

/** Whether two types that were deduced from one allow the same. */
export function sameAtom(a: Atom, b: Atom): boolean {
  return a === b || (a.scalar === b.scalar && a.list === b.list && a.map === b.map);
}

/** The default of a key of a list's items. */
export function keyDefault(list: ListAtom, name: string): JsonValue | undefined {
  return list.item().map?.fields.get(name)?.default;
}

/** The type of a field or of a key of a map. */
export function fieldType(map: MapAtom, name: string): TypeRef | undefined {
  return map.fields.get(name)?.type ?? map.others;
}
