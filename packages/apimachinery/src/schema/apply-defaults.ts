import { clone, isObject, setOwn, type JsonObject, type JsonValue } from "../json.ts";
import { nodeOf, slotNode, type Node } from "./node.ts";
import type { Resolve, Schema } from "./schema.ts";
import { compilerFor } from "./validate.ts";

const deepest = 200;

/**
 * Fills in the schema's defaults as the API server does for a custom resource: a missing field gets its default, nulls
 * of fields that are not nullable are dropped or replaced, and what was filled in is filled in further. The input is
 * not changed; parts without a change are shared with the result.
 */
export function applyDefaults<T extends JsonValue>(
  value: T,
  schema: Schema,
  options: { readonly resolve?: Resolve } = {},
): T {
  return fill(value, nodeOf(schema, compilerFor(options.resolve), false), 0) as T;
}

function fill(value: JsonValue, node: Node, depth: number): JsonValue {
  if (depth > deepest) return value;
  if (Array.isArray(value)) return fillList(value, node, depth);
  return isObject(value) ? fillObject(value, node, depth) : value;
}

function defaultOf(node: Node): JsonValue {
  return clone(node.schema.default!);
}

function fillList(list: JsonValue[], node: Node, depth: number): JsonValue[] {
  if (node.items === undefined) return list;
  const child = slotNode(node.items);
  let result = list;
  for (const [index, before] of list.entries()) {
    const start = before === null && !child.nullable && child.hasDefault ? defaultOf(child) : before;
    const after = fill(start, child, depth + 1);
    if (after === before) continue;
    if (result === list) result = [...list];
    result[index] = after;
  }
  return result;
}

function fillObject(object: JsonObject, node: Node, depth: number): JsonObject {
  let result = object;
  const change = (): JsonObject => {
    if (result === object) result = copy(object);
    return result;
  };
  for (const key of Object.keys(object)) {
    const slot = node.properties?.get(key) ?? node.values;
    if (slot === undefined) continue;
    const child = slotNode(slot);
    const before = object[key]!;
    if (before === null && !child.nullable && !child.hasDefault) {
      delete change()[key];
      continue;
    }
    const start = before === null && !child.nullable ? defaultOf(child) : before;
    const after = fill(start, child, depth + 1);
    if (after !== before) setOwn(change(), key, after);
  }
  for (const [key, child] of defaultedFields(node)) {
    if (!Object.hasOwn(object, key)) setOwn(change(), key, fill(defaultOf(child), child, depth + 1));
  }
  return result;
}

const defaulted = new WeakMap<Node, readonly (readonly [string, Node])[]>();

/** The fields with a default, found once: a pod has sixty fields and hardly one of them has any. */
function defaultedFields(node: Node): readonly (readonly [string, Node])[] {
  let fields = defaulted.get(node);
  if (fields === undefined) {
    const all = [...(node.properties ?? [])].map(([key, slot]) => [key, slotNode(slot)] as const);
    fields = all.filter(([, child]) => child.hasDefault);
    defaulted.set(node, fields);
  }
  return fields;
}

function copy(object: JsonObject): JsonObject {
  const result: JsonObject = {};
  for (const key of Object.keys(object)) setOwn(result, key, object[key]!);
  return result;
}
