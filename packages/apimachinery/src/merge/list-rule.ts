import { isObject, type JsonObject, type JsonValue } from "../json.ts";
import { nodeOf, slotNode, type Node } from "../schema/node.ts";
import type { Resolve, Schema } from "../schema/schema.ts";
import { compilerFor } from "../schema/validate.ts";

export type SchemaOptions = {
  /** Finds the target of a `$ref`; the vendored definitions unless said otherwise. */
  readonly resolve?: Resolve;
};

/** What two lists are to a merge or a comparison: one value, a map by `keys`, or a set. */
export type ListRule =
  | { readonly kind: "atomic" }
  | { readonly kind: "keyed"; readonly keys: readonly string[]; readonly defaults: JsonObject }
  | { readonly kind: "set" };

const atomic: ListRule = { kind: "atomic" };

export function startNode(schema: Schema | undefined, options: SchemaOptions): Node | undefined {
  return schema === undefined ? undefined : nodeOf(schema, compilerFor(options.resolve), false);
}

export function childNode(node: Node | undefined, key: string): Node | undefined {
  const slot = node?.properties?.get(key) ?? node?.values;
  return slot === undefined ? undefined : slotNode(slot);
}

export function itemNode(node: Node | undefined): Node | undefined {
  return node?.items === undefined ? undefined : slotNode(node.items);
}

export function patchStrategies(node: Node | undefined): readonly string[] {
  return node?.schema["x-kubernetes-patch-strategy"]?.split(",") ?? [];
}

/**
 * The rule of strategic merge patch. Built-in lists follow their patch strategy alone, as kube-apiserver does; lists
 * of other schemas, which have none, follow their list type.
 */
export function patchRule(node: Node | undefined): ListRule {
  if (node === undefined) return atomic;
  const mergeKey = node.schema["x-kubernetes-patch-merge-key"];
  if (patchStrategies(node).includes("merge")) {
    return mergeKey === undefined ? { kind: "set" } : { kind: "keyed", keys: [mergeKey], defaults: {} };
  }
  return node.builtin ? atomic : typeRule(node);
}

/** The rule of server-side apply, with the patch's merge key where a list has no type. */
export function listRule(node: Node | undefined): ListRule {
  if (node === undefined) return atomic;
  const byType = typeRule(node);
  return byType.kind === "atomic" && node.schema["x-kubernetes-list-type"] === undefined ? patchRule(node) : byType;
}

function typeRule(node: Node): ListRule {
  if (node.set) return { kind: "set" };
  if (node.listKeys === undefined || node.listKeys.length === 0) return atomic;
  const defaults: JsonObject = {};
  const item = itemNode(node);
  for (const key of node.listKeys) {
    const value = item?.properties?.get(key)?.schema.default;
    if (value !== undefined) defaults[key] = value;
  }
  return { kind: "keyed", keys: node.listKeys, defaults };
}

/** The identity of an item under a rule; undefined for one that has none. */
export function itemKey(item: JsonValue, rule: ListRule): string | undefined {
  if (rule.kind === "set") return typeof item === "string" ? `"${item}` : JSON.stringify(item);
  if (rule.kind === "atomic" || !isObject(item)) return undefined;
  let text = "";
  for (const key of rule.keys) {
    const value = Object.hasOwn(item, key) ? item[key]! : rule.defaults[key];
    if (value === undefined && rule.keys.length === 1) return undefined;
    text += typeof value === "string" ? `"${value}\u0000` : `${JSON.stringify(value ?? null)}\u0000`;
  }
  return text;
}

/** Items by their identity, or undefined when one has none or two share one. */
export function indexItems(list: readonly JsonValue[], rule: ListRule): Map<string, number> | undefined {
  const index = new Map<string, number>();
  for (const [position, item] of list.entries()) {
    const key = itemKey(item, rule);
    if (key === undefined || index.has(key)) return undefined;
    index.set(key, position);
  }
  return index;
}
