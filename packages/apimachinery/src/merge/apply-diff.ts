import { isObject, setOwn, type JsonValue } from "../json.ts";
import type { Node } from "../schema/node.ts";
import type { Schema } from "../schema/schema.ts";
import { ruleOf, type Change, type DiffOptions, type KeyStep, type ValueStep } from "./diff.ts";
import { childNode, itemKey, itemNode, startNode, type ListRule } from "./list-rule.ts";

/**
 * Applies changes that `diff` found, to the value it found them in: the result equals the other. Changes whose place
 * is not there are passed over. The input is not changed.
 */
export function applyDiff(
  before: JsonValue,
  changes: readonly Change[],
  schema?: Schema,
  options: DiffOptions = {},
): JsonValue {
  let value: JsonValue = before;
  const node = startNode(schema, options);
  for (const change of changes) value = applyAt(value, change, 0, node, options) ?? value;
  return value;
}

function applyAt(
  value: JsonValue | undefined,
  change: Change,
  at: number,
  node: Node | undefined,
  options: DiffOptions,
): JsonValue | undefined {
  if (at === change.path.length) {
    if (change.kind === "remove") return undefined;
    if (change.kind !== "order") return change.after;
    return Array.isArray(value) ? reorder(value, change.after, node, options) : value;
  }
  const step = change.path[at]!;
  if (typeof step === "string") {
    if (!isObject(value)) return value;
    const result = { ...value };
    const changed = applyAt(
      Object.hasOwn(value, step) ? value[step] : undefined,
      change,
      at + 1,
      childNode(node, step),
      options,
    );
    if (changed === undefined) delete result[step];
    else setOwn(result, step, changed);
    return result;
  }
  if (!Array.isArray(value)) return value;
  const position = typeof step === "number" ? step : findStep(value, step, node, options);
  const changed = applyAt(position < 0 ? undefined : value[position], change, at + 1, itemNode(node), options);
  if (position < 0) return changed === undefined ? value : [...value, changed];
  return changed === undefined ? value.toSpliced(position, 1) : value.with(position, changed);
}

function findStep(list: JsonValue[], step: KeyStep | ValueStep, node: Node | undefined, options: DiffOptions): number {
  const rule = "value" in step ? ({ kind: "set" } as const) : keyedRule(list, step, node, options);
  const wanted = itemKey("value" in step ? step.value : step.key, rule);
  return list.findIndex((item) => itemKey(item, rule) === wanted);
}

function keyedRule(list: JsonValue[], step: KeyStep, node: Node | undefined, options: DiffOptions): ListRule {
  const rule = ruleOf(list, list, node, options);
  return rule.kind === "keyed" ? rule : { kind: "keyed", keys: Object.keys(step.key), defaults: {} };
}

function reorder(list: JsonValue[], order: JsonValue[], node: Node | undefined, options: DiffOptions): JsonValue[] {
  const rule = ruleOf(list, list, node, options);
  const rank = new Map(order.map((key, index) => [itemKey(key, rule), index]));
  return list.toSorted(
    (a, b) => (rank.get(itemKey(a, rule)) ?? order.length) - (rank.get(itemKey(b, rule)) ?? order.length),
  );
}
