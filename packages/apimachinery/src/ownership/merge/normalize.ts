import { defaultObject, defaultValue } from "../../defaults/default-object.ts";
import { get, isObject, setOwn, type JsonObject, type JsonValue } from "../../json.ts";
import { applyDefaults } from "../../schema/apply-defaults.ts";
import { prune } from "../../schema/prune.ts";
import type { Schema } from "../../schema/schema.ts";
import { deduceAtom, fieldType, rootAtom, type Atom } from "../atom.ts";
import { builtinSchema, type FieldSetOptions } from "../field-set-of.ts";

const metadataDefinition = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

/**
 * An object as the API server gives it back after it has decoded and defaulted it: quantities and empty values in
 * their canonical form, nulls dropped, defaults filled in. `schema` is that of a custom resource.
 */
export function normalizeObject(object: JsonObject, schema: Schema | undefined, options: FieldSetOptions): JsonObject {
  const builtin = builtinSchema(object);
  // Objects that are stored as protobuf know no empty list.
  if (builtin !== undefined) {
    const known = prune(object, builtin).value;
    return withoutEmptyLists(defaultObject(known), rootAtom(builtin), 0) as JsonObject;
  }
  const filled = schema === undefined ? object : customObject(object, schema, options);
  const metadata = get(filled, "metadata");
  return isObject(metadata) ? { ...filled, metadata: defaultValue(metadata, metadataDefinition) } : filled;
}

function customObject(object: JsonObject, schema: Schema, { resolve }: FieldSetOptions): JsonObject {
  const options = resolve === undefined ? {} : { resolve };
  return applyDefaults(prune(object, schema, { ...options, resource: true }).value, schema, options);
}

const deepest = 200;

function withoutEmptyLists(value: JsonValue, atom: Atom, depth: number): JsonValue {
  if (depth > deepest) return value;
  const { map, list } = deduceAtom(atom, value);
  if (Array.isArray(value) && list !== undefined) {
    return value.map((item) => withoutEmptyLists(item, list.item(), depth + 1));
  }
  // Below what the schema does not name there may be any JSON, which is kept as it is.
  if (!isObject(value) || map === undefined || (map.fields.size === 0 && atom.scalar !== undefined)) return value;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    const child = value[key]!;
    const type = fieldType(map, key)?.();
    const isTypedList = type?.list !== undefined && type.map === undefined;
    if (isTypedList && (child === null || (Array.isArray(child) && child.length === 0))) continue;
    setOwn(result, key, type === undefined ? child : withoutEmptyLists(child, type, depth + 1));
  }
  return result;
}
