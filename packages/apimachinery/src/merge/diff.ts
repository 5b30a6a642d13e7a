import { equal, isObject, setOwn, type JsonObject, type JsonValue } from "../json.ts";
import type { Node } from "../schema/node.ts";
import type { Schema } from "../schema/schema.ts";
import {
  childNode,
  indexItems,
  itemNode,
  listRule,
  startNode,
  type ListRule,
  type SchemaOptions,
} from "./list-rule.ts";

/** An item of a keyed list, by the values of its keys: `{ key: { name: "app" } }`. */
export type KeyStep = { readonly key: JsonObject };
/** An item of a set. */
export type ValueStep = { readonly value: JsonValue };
export type DiffStep = string | number | KeyStep | ValueStep;
export type DiffPath = readonly DiffStep[];

/**
 * One difference. `order` means that a keyed list or a set has the same items in another order; `before` and `after`
 * then list the items' keys. Paths name an item of such a list by its keys, not by its place.
 */
export type Change =
  | { readonly kind: "add"; readonly path: DiffPath; readonly after: JsonValue }
  | { readonly kind: "remove"; readonly path: DiffPath; readonly before: JsonValue }
  | { readonly kind: "change"; readonly path: DiffPath; readonly before: JsonValue; readonly after: JsonValue }
  | { readonly kind: "order"; readonly path: DiffPath; readonly before: JsonValue[]; readonly after: JsonValue[] };

export type DiffOptions = SchemaOptions & {
  /** Takes lists without a schema whose items all have distinct string `name`s for keyed by it. Off unless said. */
  readonly guessNames?: boolean;
  /** Leaves out changes of order. */
  readonly ignoreOrder?: boolean;
};

type Walk = { readonly changes: Change[]; readonly path: DiffStep[]; readonly options: DiffOptions };

const deepest = 200;
const byName: ListRule = { kind: "keyed", keys: ["name"], defaults: {} };

/**
 * What turns `before` into `after`, in the order of the document; empty when they are equal. Lists of the schema's
 * maps and sets are compared item by item in linear time, every other list is one value, and so is one in which two
 * items share a key.
 */
export function diff(before: JsonValue, after: JsonValue, schema?: Schema, options: DiffOptions = {}): Change[] {
  const walk: Walk = { changes: [], path: [], options };
  compare(before, after, startNode(schema, options), walk);
  return walk.changes;
}

function compare(before: JsonValue, after: JsonValue, node: Node | undefined, walk: Walk): void {
  if (before === after) return;
  if (walk.path.length < deepest) {
    if (isObject(before) && isObject(after)) return compareObjects(before, after, node, walk);
    if (Array.isArray(before) && Array.isArray(after)) {
      const rule = ruleOf(before, after, node, walk.options);
      const left = rule.kind === "atomic" ? undefined : indexItems(before, rule);
      const right = left === undefined ? undefined : indexItems(after, rule);
      if (left !== undefined && right !== undefined) return compareItems(before, after, left, right, rule, node, walk);
    }
  }
  if (!equal(before, after)) walk.changes.push({ kind: "change", path: [...walk.path], before, after });
}

export function ruleOf(
  before: JsonValue[],
  after: JsonValue[],
  node: Node | undefined,
  options: DiffOptions,
): ListRule {
  const rule = listRule(node);
  if (rule.kind !== "atomic" || options.guessNames !== true || node?.schema["x-kubernetes-list-type"] === "atomic")
    return rule;
  const items = [...before, ...after];
  const named = items.every((item) => isObject(item) && typeof item["name"] === "string");
  return items.length > 0 && named ? byName : rule;
}

function compareObjects(before: JsonObject, after: JsonObject, node: Node | undefined, walk: Walk): void {
  for (const key of Object.keys(before)) {
    walk.path.push(key);
    if (Object.hasOwn(after, key)) compare(before[key]!, after[key]!, childNode(node, key), walk);
    else walk.changes.push({ kind: "remove", path: [...walk.path], before: before[key]! });
    walk.path.pop();
  }
  for (const key of Object.keys(after)) {
    if (!Object.hasOwn(before, key)) walk.changes.push({ kind: "add", path: [...walk.path, key], after: after[key]! });
  }
}

function compareItems(
  before: JsonValue[],
  after: JsonValue[],
  left: Map<string, number>,
  right: Map<string, number>,
  rule: ListRule,
  node: Node | undefined,
  walk: Walk,
): void {
  const child = itemNode(node);
  for (const [key, position] of left) {
    const item = before[position]!;
    const other = right.get(key);
    walk.path.push(stepOf(item, rule));
    if (other === undefined) walk.changes.push({ kind: "remove", path: [...walk.path], before: item });
    else compare(item, after[other]!, child, walk);
    walk.path.pop();
  }
  for (const [key, position] of right) {
    const item = after[position]!;
    if (!left.has(key)) walk.changes.push({ kind: "add", path: [...walk.path, stepOf(item, rule)], after: item });
  }
  if (walk.options.ignoreOrder === true) return;
  // Additions are appended when the changes are applied: only another order has to be told.
  const applied = [...left.keys()]
    .filter((key) => right.has(key))
    .concat([...right.keys()].filter((key) => !left.has(key)));
  const wanted = [...right.keys()];
  if (applied.every((key, index) => key === wanted[index])) return;
  walk.changes.push({
    kind: "order",
    path: [...walk.path],
    before: before.map((item) => keyOf(item, rule)),
    after: after.map((item) => keyOf(item, rule)),
  });
}

function keyOf(item: JsonValue, rule: ListRule): JsonValue {
  if (rule.kind !== "keyed" || !isObject(item)) return item;
  const key: JsonObject = {};
  for (const name of rule.keys) {
    const value = Object.hasOwn(item, name) ? item[name] : rule.defaults[name];
    if (value !== undefined) setOwn(key, name, value);
  }
  return key;
}

function stepOf(item: JsonValue, rule: ListRule): DiffStep {
  return rule.kind === "keyed" ? { key: keyOf(item, rule) as JsonObject } : { value: item };
}

/** `spec.template.spec.containers[name=app].image`; items of sets as `finalizers["a"]`. */
export function formatDiffPath(path: DiffPath): string {
  let text = "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else if (typeof step === "string")
      text += /^[A-Za-z_$][\w$-]*$/.test(step) ? `${text === "" ? "" : "."}${step}` : `[${step}]`;
    else if ("value" in step) text += `[${JSON.stringify(step.value)}]`;
    else
      text += `[${Object.entries(step.key)
        .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`)
        .join(",")}]`;
  }
  return text;
}
