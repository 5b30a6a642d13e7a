import { isObject, setOwn, type JsonObject, type JsonValue } from "../json.ts";
import type { FieldPath } from "../path.ts";
import { nodeOf, slotNode, type Node } from "./node.ts";
import type { Resolve, Schema } from "./schema.ts";
import { compilerFor } from "./validate.ts";

export type Pruned<T extends JsonValue> = { readonly value: T; readonly removed: readonly FieldPath[] };

const metaFields = new Set(["apiVersion", "kind", "metadata"]);
const deepest = 200;

/**
 * Removes the fields that the schema does not know, as the API server does before it stores a custom resource. The
 * input is not changed; parts without a change are shared with the result.
 */
export function prune<T extends JsonValue>(
  value: T,
  schema: Schema,
  options: { readonly resolve?: Resolve; readonly resource?: boolean } = {},
): Pruned<T> {
  const node = nodeOf(schema, compilerFor(options.resolve), false);
  const removed: FieldPath[] = [];
  const kept = walk(value, options.resource === true ? { ...node, embedded: true } : node, [], removed);
  return { value: kept as T, removed };
}

function walk(value: JsonValue, node: Node, path: (string | number)[], removed: FieldPath[]): JsonValue {
  if (path.length > deepest) return value;
  if (Array.isArray(value)) return walkList(value, node, path, removed);
  return isObject(value) ? walkObject(value, node, path, removed) : value;
}

function walkList(list: JsonValue[], node: Node, path: (string | number)[], removed: FieldPath[]): JsonValue[] {
  if (node.items === undefined) return list;
  const child = slotNode(node.items);
  let result = list;
  for (let index = 0; index < list.length; index++) {
    const before = list[index]!;
    if (typeof before !== "object") continue;
    path.push(index);
    const after = walk(before, child, path, removed);
    path.pop();
    if (after === before) continue;
    if (result === list) result = list.slice();
    result[index] = after;
  }
  return result;
}

function walkObject(object: JsonObject, node: Node, path: (string | number)[], removed: FieldPath[]): JsonObject {
  // Most objects have no field too many: a copy is made when there is one.
  let result = object;
  const { properties, values, open, embedded } = node;
  const keys = Object.keys(object);
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at]!;
    const before = object[key]!;
    const slot = properties?.get(key) ?? values;
    let after: JsonValue | undefined = before;
    if ((embedded && metaFields.has(key)) || (slot === undefined && open)) {
      // Kept as it is.
    } else if (slot === undefined) {
      removed.push([...path, key]);
      after = undefined;
    } else if (typeof before === "object") {
      path.push(key);
      after = walk(before, slotNode(slot), path, removed);
      path.pop();
    }
    if (result === object) {
      if (after === before) continue;
      result = firstOf(object, keys, at);
    }
    if (after !== undefined) setOwn(result, key, after);
  }
  return result;
}

function firstOf(object: JsonObject, keys: readonly string[], count: number): JsonObject {
  const result: JsonObject = {};
  for (let at = 0; at < count; at++) setOwn(result, keys[at]!, object[keys[at]!]!);
  return result;
}
