import { equal, isObject, setOwn, type JsonObject, type JsonValue } from "../json.ts";
import type { Node } from "../schema/node.ts";
import type { Schema } from "../schema/schema.ts";
import { ruleOf, type DiffOptions, type DiffPath, type DiffStep } from "./diff.ts";
import { childNode, indexItems, itemNode, startNode, type ListRule } from "./list-rule.ts";

/** Both sides changed one value, each in its own way; a side that removed it has none. */
export type Conflict = {
  readonly path: DiffPath;
  readonly base?: JsonValue;
  readonly mine?: JsonValue;
  readonly theirs?: JsonValue;
};

export type ThreeWayOptions = DiffOptions & {
  /** Whose value stands where both changed it; mine unless said otherwise. */
  readonly prefer?: "mine" | "theirs";
};

export type Merged = { readonly value: JsonValue | undefined; readonly conflicts: readonly Conflict[] };

type Walk = { readonly path: DiffStep[]; readonly conflicts: Conflict[]; readonly options: ThreeWayOptions };
type Maybe = JsonValue | undefined;

const deepest = 200;

/**
 * Merges what `mine` and `theirs` each did to `base`. Maps merge by field, lists by the schema's keys, sets by value,
 * every other value is taken whole from the side that changed it. Where both did, differently, that is a conflict, and
 * `prefer` decides what stands. An undefined side has removed the value. No input is changed.
 */
export function threeWay(
  base: Maybe,
  mine: Maybe,
  theirs: Maybe,
  schema?: Schema,
  options: ThreeWayOptions = {},
): Merged {
  const walk: Walk = { path: [], conflicts: [], options };
  const value = merge(base, mine, theirs, startNode(schema, options), walk);
  return { value, conflicts: walk.conflicts };
}

function same(a: Maybe, b: Maybe): boolean {
  return a === undefined || b === undefined ? a === b : equal(a, b);
}

function merge(base: Maybe, mine: Maybe, theirs: Maybe, node: Node | undefined, walk: Walk): Maybe {
  if (same(mine, theirs) || same(base, theirs)) return mine;
  if (same(base, mine)) return theirs;
  if (walk.path.length < deepest) {
    if (isObject(mine) && isObject(theirs)) return mergeObjects(isObject(base) ? base : {}, mine, theirs, node, walk);
    if (Array.isArray(mine) && Array.isArray(theirs)) {
      const merged = mergeLists(Array.isArray(base) ? base : [], mine, theirs, node, walk);
      if (merged !== undefined) return merged;
    }
  }
  walk.conflicts.push({
    path: [...walk.path],
    ...(base === undefined ? {} : { base }),
    ...(mine === undefined ? {} : { mine }),
    ...(theirs === undefined ? {} : { theirs }),
  });
  return walk.options.prefer === "theirs" ? theirs : mine;
}

function own(object: JsonObject, key: string): Maybe {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

function mergeObjects(
  base: JsonObject,
  mine: JsonObject,
  theirs: JsonObject,
  node: Node | undefined,
  walk: Walk,
): JsonObject {
  const result: JsonObject = {};
  for (const key of new Set([...Object.keys(mine), ...Object.keys(theirs), ...Object.keys(base)])) {
    walk.path.push(key);
    const value = merge(own(base, key), own(mine, key), own(theirs, key), childNode(node, key), walk);
    walk.path.pop();
    if (value !== undefined) setOwn(result, key, value);
  }
  return result;
}

function mergeLists(
  base: JsonValue[],
  mine: JsonValue[],
  theirs: JsonValue[],
  node: Node | undefined,
  walk: Walk,
): JsonValue[] | undefined {
  const rule = ruleOf([...base, ...mine], theirs, node, walk.options);
  if (rule.kind === "atomic") return undefined;
  const [before, left, right] = [base, mine, theirs].map((list) => indexItems(list, rule));
  if (before === undefined || left === undefined || right === undefined) return undefined;
  const at = (list: JsonValue[], index: Map<string, number>, key: string): Maybe => {
    const position = index.get(key);
    return position === undefined ? undefined : list[position];
  };
  const child = itemNode(node);
  const result: JsonValue[] = [];
  for (const key of mergedOrder([...before.keys()], [...left.keys()], [...right.keys()])) {
    const [was, our, other] = [at(base, before, key), at(mine, left, key), at(theirs, right, key)];
    walk.path.push(stepFor(our ?? other ?? was!, rule));
    const value = merge(was, our, other, child, walk);
    walk.path.pop();
    if (value !== undefined) result.push(value);
  }
  return result;
}

function stepFor(item: JsonValue, rule: ListRule): DiffStep {
  if (rule.kind !== "keyed" || !isObject(item)) return { value: item };
  const key: JsonObject = {};
  for (const name of rule.keys) {
    const value = own(item, name) ?? rule.defaults[name];
    if (value !== undefined) setOwn(key, name, value);
  }
  return { key };
}

/** The order of the side that changed it (mine when both did), the other's additions after what they stood behind. */
function mergedOrder(base: readonly string[], mine: readonly string[], theirs: readonly string[]): string[] {
  const inMine = new Set(mine);
  const inTheirs = new Set(theirs);
  const kept = base.filter((key) => inMine.has(key));
  const inBase = new Set(base);
  const mineMoved = mine.filter((key) => inBase.has(key)).some((key, index) => key !== kept[index]);
  const [first, second] = mineMoved ? [mine, theirs] : [theirs, mine];
  const known = new Set(first);
  const following = new Map<string | undefined, string[]>();
  let previous: string | undefined;
  for (const key of second) {
    if (known.has(key)) previous = key;
    else following.set(previous, [...(following.get(previous) ?? []), key]);
  }
  const order = [...(following.get(undefined) ?? [])];
  for (const key of first) order.push(key, ...(following.get(key) ?? []));
  const all = new Set(order);
  return [...order, ...base.filter((key) => !all.has(key) && (inMine.has(key) || inTheirs.has(key)))];
}
