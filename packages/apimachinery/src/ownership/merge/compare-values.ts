import { equal, isObject, type JsonArray, type JsonObject, type JsonValue } from "../../json.ts";
import { deduceAtom, fieldType, sameAtom, type Atom, type ListAtom, type MapAtom } from "../atom.ts";
import {
  emptyFieldSet,
  isEmptySet,
  subtractTrees,
  unionSets,
  type FieldSet,
  type FieldSetEntry,
} from "../field-set.ts";
import { listElement } from "../list-element.ts";
import { comparePathElements, fieldElement, printPathElement, type PathElement } from "../path-element.ts";

/** What one object has over another. No path is in two of the sets. */
export type Comparison = { readonly removed: FieldSet; readonly modified: FieldSet; readonly added: FieldSet };

type Kind = keyof Comparison;
type Maybe = JsonValue | undefined;
/** What differs at a path itself, and below it. */
type Part = { readonly self: readonly Kind[]; readonly below: Comparison };

const kinds = ["removed", "modified", "added"] as const;
const none: Comparison = { removed: emptyFieldSet, modified: emptyFieldSet, added: emptyFieldSet };
const same: Part = { self: [], below: none };

/** What turns `before` into `after`, as structured-merge-diff's `Compare`. */
export function compareTyped(before: JsonValue, after: JsonValue, atom: Atom): Comparison {
  return compare(before, after, atom, 0).below;
}

/** The comparison without what an endpoint ignores. */
export function ignoring(comparison: Comparison, ignored: FieldSet): Comparison {
  return mapKinds((kind) => subtractTrees(comparison[kind], ignored));
}

export function isSame(comparison: Comparison): boolean {
  return kinds.every((kind) => isEmptySet(comparison[kind]));
}

function mapKinds(make: (kind: Kind) => FieldSet): Comparison {
  return { removed: make("removed"), modified: make("modified"), added: make("added") };
}

const deepest = 500;

function compare(before: Maybe, after: Maybe, atom: Atom, depth: number): Part {
  if (before === after) return same;
  if (depth > deepest) return compareLeaf(before, after);
  const left = deduceAtom(atom, before);
  const right = deduceAtom(atom, after);
  if (after === undefined) return withSelf(compareAs(before, after, left, depth), before, after);
  if (before === undefined || sameAtom(left, right)) {
    return withSelf(compareAs(before, after, right, depth), before, after);
  }
  // Another type than before: compared as both.
  const asLeft = compareAs(before, after, left, depth);
  const asRight = compareAs(before, after, right, depth);
  return {
    self: [...asLeft.self, ...asRight.self],
    below: mapKinds((kind) => unionSets(asLeft.below[kind], asRight.below[kind])),
  };
}

/** A map or list that came or went is itself added or removed, beside its parts. */
function withSelf(part: Part, before: Maybe, after: Maybe): Part {
  if (before === undefined) return { ...part, self: ["added"] };
  return after === undefined ? { ...part, self: ["removed"] } : part;
}

function compareLeaf(before: Maybe, after: Maybe): Part {
  if (before === undefined) return { self: ["added"], below: none };
  if (after === undefined) return { self: ["removed"], below: none };
  return equal(before, after) ? same : { self: ["modified"], below: none };
}

function compareAs(before: Maybe, after: Maybe, type: Atom, depth: number): Part {
  if (type.map !== undefined) {
    const left = isObject(before) ? before : {};
    const right = isObject(after) ? after : {};
    const isEmpty = Object.keys(left).length + Object.keys(right).length === 0;
    return type.map.atomic || isEmpty ? compareLeaf(before, after) : gather(mapParts(left, right, type.map, depth));
  }
  if (type.scalar !== undefined || type.list === undefined) return compareLeaf(before, after);
  const left = Array.isArray(before) ? before : [];
  const right = Array.isArray(after) ? after : [];
  return type.list.atomic || left.length + right.length === 0
    ? compareLeaf(before, after)
    : gather(listParts(left, right, type.list, depth));
}

/** Collects what differs below a map or list, in the order of its elements. */
type Gathered = { readonly [kind in Kind]: FieldSetEntry[] };

function gather(parts: Parts): Part {
  if (parts.length === 0) return same;
  parts.sort((a, b) => comparePathElements(a.element, b.element));
  const found: Gathered = { removed: [], modified: [], added: [] };
  for (const { element, part } of parts) {
    const text = printPathElement(element);
    for (const kind of kinds) {
      const member = part.self.includes(kind);
      const { entries } = part.below[kind];
      if (!member && entries.length === 0) continue;
      const children = entries.length === 0 ? undefined : part.below[kind];
      found[kind].push({ element, text, member, children });
    }
  }
  const below = {
    removed: setOf(found.removed),
    modified: setOf(found.modified),
    added: setOf(found.added),
  };
  return { self: [], below };
}

function setOf(entries: readonly FieldSetEntry[]): FieldSet {
  return entries.length === 0 ? emptyFieldSet : { entries };
}

type Parts = { readonly element: PathElement; readonly part: Part }[];

function mapParts(before: JsonObject, after: JsonObject, type: MapAtom, depth: number): Parts {
  const parts: Parts = [];
  const look = (key: string, left: Maybe, right: Maybe): void => {
    // Most of what is compared is the same value, or an equal text or number.
    if (left === right) return;
    const child = fieldType(type, key);
    const part = child === undefined ? compareLeaf(left, right) : compare(left, right, child(), depth + 1);
    if (part !== same) parts.push({ element: fieldElement(key), part });
  };
  for (const key of Object.keys(before)) look(key, before[key], Object.hasOwn(after, key) ? after[key] : undefined);
  for (const key of Object.keys(after)) if (!Object.hasOwn(before, key)) look(key, undefined, after[key]);
  return parts;
}

type Items = { readonly element: PathElement; readonly left: JsonArray; readonly right: JsonArray };

function listParts(before: JsonArray, after: JsonArray, type: ListAtom, depth: number): Parts {
  const items = new Map<string, Items>();
  for (const [side, list] of [["left", before] as const, ["right", after] as const]) {
    for (const value of list) {
      const element = listElement(value, type);
      if (element === undefined) continue;
      const text = printPathElement(element);
      let found = items.get(text);
      if (found === undefined) items.set(text, (found = { element, left: [], right: [] }));
      found[side].push(value);
    }
  }
  const atom = type.item();
  const parts: Parts = [];
  for (const one of items.values()) {
    const part = compareItems(one, atom, depth + 1);
    if (part !== same) parts.push({ element: one.element, part });
  }
  return parts;
}

/** Items that share an identity are one value: a marker of the identity alone. */
function compareItems({ left, right }: Items, atom: Atom, depth: number): Part {
  if (left.length <= 1 && right.length <= 1) return compare(left[0], right[0], atom, depth);
  if (left.length >= 2 && right.length >= 2) return equal(left, right) ? same : { self: ["modified"], below: none };
  const single =
    left.length >= 2 ? compare(undefined, right[0], atom, depth) : compare(left[0], undefined, atom, depth);
  return { ...single, self: [...single.self, left.length >= 2 ? "removed" : "added"] };
}
