import { defaultObject, defaultValue } from "../../defaults/default-object.ts";
import { get, isObject, setOwn, type JsonArray, type JsonObject, type JsonValue } from "../../json.ts";
import { applyDefaults } from "../../schema/apply-defaults.ts";
import { prune } from "../../schema/prune.ts";
import type { Schema } from "../../schema/schema.ts";
import { deduceAtom, fieldType, rootAtom, type Atom, type TypeRef } from "../atom.ts";
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
  if (Array.isArray(value)) return list === undefined ? value : itemsWithoutEmpty(value, list.item(), depth);
  // Below what the schema does not name there may be any JSON, which is kept as it is.
  if (!isObject(value) || map === undefined || (map.fields.size === 0 && atom.scalar !== undefined)) return value;
  const keys = Object.keys(value);
  let result = value;
  if (keys.some((key) => isEmptyList(value[key]!, fieldType(map, key)))) {
    result = {};
    for (const key of keys) if (!isEmptyList(value[key]!, fieldType(map, key))) setOwn(result, key, value[key]!);
  }
  for (const key of keys) {
    const child = value[key]!;
    if (typeof child !== "object" || child === null || !Object.hasOwn(result, key)) continue;
    const type = fieldType(map, key)?.();
    const after = type === undefined ? child : withoutEmptyLists(child, type, depth + 1);
    if (after === child) continue;
    if (result === value) result = { ...value };
    setOwn(result, key, after);
  }
  return result;
}

function isEmptyList(value: JsonValue, ref: TypeRef | undefined): boolean {
  if (value !== null && !(Array.isArray(value) && value.length === 0)) return false;
  const type = ref?.();
  return type?.list !== undefined && type.map === undefined;
}

function itemsWithoutEmpty(list: JsonArray, item: Atom, depth: number): JsonArray {
  let result = list;
  for (let i = 0; i < list.length; i++) {
    const after = withoutEmptyLists(list[i]!, item, depth + 1);
    if (after === list[i]) continue;
    if (result === list) result = list.slice();
    result[i] = after;
  }
  return result;
}
