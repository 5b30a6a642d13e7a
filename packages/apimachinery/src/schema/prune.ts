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
  let changed = false;
  const result = list.map((before, index) => {
    path.push(index);
    const after = walk(before, child, path, removed);
    path.pop();
    changed ||= after !== before;
    return after;
  });
  return changed ? result : list;
}

function walkObject(object: JsonObject, node: Node, path: (string | number)[], removed: FieldPath[]): JsonObject {
  const result: JsonObject = {};
  let changed = false;
  for (const key of Object.keys(object)) {
    const before = object[key]!;
    const slot = node.properties?.get(key) ?? node.values;
    if ((node.embedded && metaFields.has(key)) || (slot === undefined && node.open)) {
      setOwn(result, key, before);
      continue;
    }
    path.push(key);
    if (slot === undefined) {
      removed.push([...path]);
      changed = true;
    } else {
      const after = walk(before, slotNode(slot), path, removed);
      changed ||= after !== before;
      setOwn(result, key, after);
    }
    path.pop();
  }
  return changed ? result : object;
}
