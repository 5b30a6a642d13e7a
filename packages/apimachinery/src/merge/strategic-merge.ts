import { isObject, setOwn, type JsonObject, type JsonValue } from "../json.ts";
import type { FieldPath } from "../path.ts";
import type { Node } from "../schema/node.ts";
import type { Schema } from "../schema/schema.ts";
import {
  childNode,
  itemKey,
  itemNode,
  patchRule,
  patchStrategies,
  startNode,
  type ListRule,
  type SchemaOptions,
} from "./list-rule.ts";

export type StrategicMergeOptions = SchemaOptions & {
  /** Told of what Kubernetes would refuse: an item without its merge key, an unknown directive. */
  readonly report?: (path: FieldPath, message: string) => void;
};

type Walk = { readonly path: (string | number)[]; readonly report: (message: string) => void };

const directive = "$patch";
const retainKeys = "$retainKeys";
const orderPrefix = "$setElementOrder/";
const deletePrefix = "$deleteFromPrimitiveList/";
const deepest = 200;

/**
 * A strategic merge patch as `kubectl patch --type=strategic` applies it: maps merge, null deletes, lists merge by the
 * schema's keys or are replaced, `$patch`, `$retainKeys`, `$setElementOrder` and `$deleteFromPrimitiveList` are obeyed.
 * Without a schema every list is replaced. Neither input is changed; the result may share parts with both.
 * https://github.com/kubernetes/community/blob/main/contributors/devel/sig-api-machinery/strategic-merge-patch.md
 */
export function strategicMerge(
  base: JsonValue | undefined,
  patch: JsonValue,
  schema?: Schema,
  options: StrategicMergeOptions = {},
): JsonValue {
  const path: (string | number)[] = [];
  const walk: Walk = { path, report: (message) => options.report?.([...path], message) };
  const node = startNode(schema, options);
  if (isObject(patch) && isObject(base)) return mergeObjects(base, patch, node, walk);
  if (Array.isArray(patch) && Array.isArray(base)) return mergeLists(base, patch, node, walk);
  return clean(patch) ?? {};
}

function mergeObjects(base: JsonObject, patch: JsonObject, node: Node | undefined, walk: Walk): JsonObject {
  if (walk.path.length > deepest) {
    walk.report(`nested deeper than ${deepest} levels`);
    return base;
  }
  const marker = Object.hasOwn(patch, directive) ? patch[directive] : undefined;
  if (marker === "replace") return withoutDirectives(patch);
  if (marker === "delete") return {};
  if (marker !== undefined && marker !== "merge")
    walk.report(`unknown directive ${JSON.stringify(marker)} under $patch`);
  const kept = Object.hasOwn(patch, retainKeys) ? patch[retainKeys] : undefined;
  const result: JsonObject = {};
  for (const key of Object.keys(base)) {
    if (!Array.isArray(kept) || kept.includes(key)) setOwn(result, key, base[key]!);
  }
  for (const key of Object.keys(patch)) {
    if (key === directive || key === retainKeys || key.startsWith(orderPrefix)) continue;
    if (key.startsWith(deletePrefix)) deleteScalars(result, key.slice(deletePrefix.length), patch[key]!);
    else mergeField(result, key, patch[key]!, patch[orderPrefix + key], node, walk);
  }
  for (const key of Object.keys(patch)) {
    const field = key.slice(orderPrefix.length);
    if (!key.startsWith(orderPrefix) || Object.hasOwn(patch, field) || !Object.hasOwn(result, field)) continue;
    const list = result[field]!;
    const rule = patchRule(childNode(node, field));
    if (Array.isArray(list) && Array.isArray(patch[key])) setOwn(result, field, inOrder(list, patch[key], list, rule));
  }
  return result;
}

function mergeField(
  result: JsonObject,
  key: string,
  value: JsonValue,
  order: JsonValue | undefined,
  node: Node | undefined,
  walk: Walk,
): void {
  if (value === null) {
    delete result[key];
    return;
  }
  const before = Object.hasOwn(result, key) ? result[key]! : undefined;
  const child = childNode(node, key);
  walk.path.push(key);
  if (isObject(value) && isObject(before)) {
    const replaced = patchStrategies(child).includes("replace");
    setOwn(result, key, replaced ? withoutDirectives(value) : mergeObjects(before, value, child, walk));
  } else if (Array.isArray(value) && Array.isArray(before)) {
    setOwn(result, key, mergeLists(before, value, child, walk, Array.isArray(order) ? order : undefined));
  } else {
    const plain = clean(value);
    if (plain === undefined) delete result[key];
    else
      setOwn(
        result,
        key,
        Array.isArray(order) && Array.isArray(plain) ? inOrder(plain, order, [], patchRule(child)) : plain,
      );
  }
  walk.path.pop();
}

function deleteScalars(result: JsonObject, field: string, values: JsonValue): void {
  const list = Object.hasOwn(result, field) ? result[field] : undefined;
  if (Array.isArray(list) && Array.isArray(values))
    setOwn(
      result,
      field,
      list.filter((item) => !values.includes(item)),
    );
}

function mergeLists(
  base: JsonValue[],
  patch: JsonValue[],
  node: Node | undefined,
  walk: Walk,
  order?: JsonValue[],
): JsonValue[] {
  const rule = patchRule(node);
  if (rule.kind === "atomic") return patch.filter((item) => !isDirective(item));
  if (rule.kind === "set") {
    const seen = new Set<string>();
    const merged = [...base, ...patch].filter((item) => {
      const key = itemKey(item, rule)!;
      return !seen.has(key) && seen.add(key) !== undefined;
    });
    return inOrder(merged, order ?? patch, base, rule);
  }
  return mergeKeyed(base, patch, rule, node, walk, order);
}

function isDirective(item: JsonValue): item is JsonObject {
  return isObject(item) && Object.hasOwn(item, directive);
}

function mergeKeyed(
  base: JsonValue[],
  patch: JsonValue[],
  rule: ListRule,
  node: Node | undefined,
  walk: Walk,
  order?: JsonValue[],
): JsonValue[] {
  const additions = patch.filter((item) => !isDirective(item));
  if (patch.some((item) => isDirective(item) && item[directive] === "replace")) return additions;
  const deleted = new Set<string>();
  for (const item of patch) {
    if (!isDirective(item)) continue;
    const key = itemKey(item, rule);
    if (item[directive] !== "delete") walk.report(`unknown directive ${JSON.stringify(item[directive])} under $patch`);
    else if (key === undefined) walk.report(`an item with $patch: delete has no ${keyNames(rule)}`);
    else deleted.add(key);
  }
  const left = base.filter((item) => !deleted.has(itemKey(item, rule) ?? ""));
  const merged = [...left];
  const index = new Map<string, number>();
  for (const [position, item] of left.entries()) {
    const key = itemKey(item, rule);
    if (key !== undefined && !index.has(key)) index.set(key, position);
  }
  const child = itemNode(node);
  for (const [position, item] of additions.entries()) {
    const key = itemKey(item, rule);
    walk.path.push(position);
    if (key === undefined) walk.report(`the item has no ${keyNames(rule)}, by which the list merges`);
    const at = key === undefined ? undefined : index.get(key);
    const before = at === undefined ? undefined : merged[at];
    if (at !== undefined && isObject(item) && isObject(before)) merged[at] = mergeObjects(before, item, child, walk);
    else {
      // Kubernetes keeps nulls and directives of an added item, whose decoder then drops or refuses them.
      if (key !== undefined) index.set(key, merged.length);
      merged.push(clean(item) ?? {});
    }
    walk.path.pop();
  }
  return inOrder(merged, order ?? additions, left, rule);
}

function keyNames(rule: ListRule): string {
  return rule.kind === "keyed" ? rule.keys.join(" and ") : "key";
}

/**
 * The items of the patch in its order, the others in the order of the base, woven together so that what stood before
 * an item of the patch still does; where nothing is known the patch's items come first.
 */
function inOrder(merged: JsonValue[], order: JsonValue[], base: JsonValue[], rule: ListRule): JsonValue[] {
  const rank = ranks(order, rule);
  const place = ranks(base, rule);
  const key = (item: JsonValue): string => itemKey(item, rule) ?? "";
  const named = merged.filter((item) => rank.has(key(item))).sort((a, b) => rank.get(key(a))! - rank.get(key(b))!);
  const others = merged.filter((item) => !rank.has(key(item)));
  const woven: JsonValue[] = [];
  let next = 0;
  for (const item of named) {
    const at = place.get(key(item));
    while (at !== undefined && next < others.length && (place.get(key(others[next]!)) ?? Infinity) < at)
      woven.push(others[next++]!);
    woven.push(item);
  }
  return [...woven, ...others.slice(next)];
}

function ranks(list: readonly JsonValue[], rule: ListRule): Map<string, number> {
  const result = new Map<string, number>();
  for (const [position, item] of list.entries()) {
    const key = itemKey(item, rule);
    if (key !== undefined && !result.has(key)) result.set(key, position);
  }
  return result;
}

/** A value of the patch that has no counterpart: without nulls and directives; undefined when it is itself one. */
function clean(value: JsonValue, depth = 0): JsonValue | undefined {
  if (depth > deepest) return value;
  if (Array.isArray(value)) {
    return value.filter((item) => !isDirective(item)).map((item) => clean(item, depth + 1) ?? {});
  }
  if (!isObject(value)) return value;
  if (Object.hasOwn(value, directive)) return undefined;
  const result: JsonObject = {};
  for (const key of Object.keys(value)) {
    if (value[key] === null || isDirectiveKey(key)) continue;
    const plain = clean(value[key]!, depth + 1);
    if (plain !== undefined) setOwn(result, key, plain);
  }
  return result;
}

function isDirectiveKey(key: string): boolean {
  return key === directive || key === retainKeys || key.startsWith(orderPrefix) || key.startsWith(deletePrefix);
}

function withoutDirectives(patch: JsonObject): JsonObject {
  const { [directive]: _directive, ...rest } = patch;
  return (clean(rest) ?? {}) as JsonObject;
}
