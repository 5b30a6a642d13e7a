import { comparePathElements, printPathElement, type OwnedPath, type PathElement } from "./path-element.ts";

/**
 * An immutable set of field paths. That a path is in the set says nothing about the paths above or below it.
 * https://pkg.go.dev/sigs.k8s.io/structured-merge-diff/v6/fieldpath#Set
 */
export type FieldSet = {
  /** In the order of `comparePathElements`; none without a member in it or below it. */
  readonly entries: readonly FieldSetEntry[];
};

export type FieldSetEntry = {
  readonly element: PathElement;
  /** The element in its written form, which identifies it. */
  readonly text: string;
  /** Whether the path that ends here is in the set. */
  readonly member: boolean;
  /** Never empty. */
  readonly children: FieldSet | undefined;
};

export const emptyFieldSet: FieldSet = { entries: [] };

/** Entries in any order; those without a member are left out. Each element once. */
export function makeFieldSet(entries: readonly FieldSetEntry[]): FieldSet {
  const kept = entries.filter(({ member, children }) => member || children !== undefined);
  return kept.length === 0
    ? emptyFieldSet
    : { entries: kept.sort((a, b) => comparePathElements(a.element, b.element)) };
}

/** An entry whose children are left out when there are none. */
export function makeEntry(element: PathElement, member: boolean, children: FieldSet = emptyFieldSet): FieldSetEntry {
  return { element, text: printPathElement(element), member, children: nonEmpty(children) };
}

function nonEmpty(set: FieldSet | undefined): FieldSet | undefined {
  return set === undefined || set.entries.length === 0 ? undefined : set;
}

export function isEmptySet(set: FieldSet): boolean {
  return set.entries.length === 0;
}

export function fieldSetFrom(paths: Iterable<OwnedPath>): FieldSet {
  let set = emptyFieldSet;
  for (const path of paths) set = unionSets(set, pathSet(path));
  return set;
}

function pathSet(path: OwnedPath): FieldSet {
  let set = emptyFieldSet;
  for (let at = path.length - 1; at >= 0; at--) {
    set = { entries: [makeEntry(path[at]!, at === path.length - 1, set)] };
  }
  return set;
}

type Combine = (a: FieldSetEntry | undefined, b: FieldSetEntry | undefined) => FieldSetEntry | undefined;

/** Walks two ordered lists side by side. */
function zip(a: FieldSet, b: FieldSet, combine: Combine): FieldSet {
  const entries: FieldSetEntry[] = [];
  const push = (entry: FieldSetEntry | undefined): void => {
    if (entry !== undefined && (entry.member || entry.children !== undefined)) entries.push(entry);
  };
  let i = 0;
  let j = 0;
  while (i < a.entries.length || j < b.entries.length) {
    const left = a.entries[i];
    const right = b.entries[j];
    const order =
      left === undefined
        ? 1
        : right === undefined
          ? -1
          : left.text === right.text
            ? 0
            : comparePathElements(left.element, right.element);
    if (order <= 0) i++;
    if (order >= 0) j++;
    push(combine(order <= 0 ? left : undefined, order >= 0 ? right : undefined));
  }
  return entries.length === 0 ? emptyFieldSet : { entries };
}

/** Paths of either. */
export function unionSets(a: FieldSet, b: FieldSet): FieldSet {
  if (a === b || b.entries.length === 0) return a;
  if (a.entries.length === 0) return b;
  return zip(a, b, (left, right) => {
    if (left === undefined || right === undefined) return left ?? right;
    const children = unionSets(left.children ?? emptyFieldSet, right.children ?? emptyFieldSet);
    return { ...left, member: left.member || right.member, children: nonEmpty(children) };
  });
}

/** Paths of both. */
export function intersectSets(a: FieldSet, b: FieldSet): FieldSet {
  return zip(a, b, (left, right) => {
    if (left === undefined || right === undefined) return undefined;
    const children = intersectSets(left.children ?? emptyFieldSet, right.children ?? emptyFieldSet);
    return { ...left, member: left.member && right.member, children: nonEmpty(children) };
  });
}

/** Paths of `a` that are not in `b`. What lies below a path of `b` stays. */
export function subtractSet(a: FieldSet, b: FieldSet): FieldSet {
  if (b.entries.length === 0) return a;
  return zip(a, b, (left, right) => {
    if (left === undefined || right === undefined) return left;
    const children = left.children && subtractSet(left.children, right.children ?? emptyFieldSet);
    return { ...left, member: left.member && !right.member, children: nonEmpty(children) };
  });
}

/** Paths of `a` that neither are in `b` nor lie below a path of `b`. */
export function subtractTrees(a: FieldSet, b: FieldSet): FieldSet {
  if (b.entries.length === 0) return a;
  return zip(a, b, (left, right) => {
    if (left === undefined || right === undefined) return left;
    if (right.member) return undefined;
    const children = left.children && subtractTrees(left.children, right.children ?? emptyFieldSet);
    return { ...left, children: nonEmpty(children) };
  });
}

export function equalSets(a: FieldSet, b: FieldSet): boolean {
  if (a === b) return true;
  if (a.entries.length !== b.entries.length) return false;
  for (const [index, left] of a.entries.entries()) {
    const right = b.entries[index]!;
    if (left.member !== right.member || left.text !== right.text) return false;
    if (!equalSets(left.children ?? emptyFieldSet, right.children ?? emptyFieldSet)) return false;
  }
  return true;
}

/** The entry of one element, found by bisection. */
export function entryOf(set: FieldSet, element: PathElement): FieldSetEntry | undefined {
  let low = 0;
  let high = set.entries.length - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    const order = comparePathElements(set.entries[middle]!.element, element);
    if (order === 0) return set.entries[middle];
    if (order < 0) low = middle + 1;
    else high = middle - 1;
  }
  return undefined;
}

export function hasPath(set: FieldSet, path: OwnedPath): boolean {
  let at: FieldSet = set;
  for (const [index, element] of path.entries()) {
    const entry = entryOf(at, element);
    if (entry === undefined) return false;
    if (index === path.length - 1) return entry.member;
    at = entry.children ?? emptyFieldSet;
  }
  return false;
}

/** What lies below one element, without it. */
export function below(set: FieldSet, element: PathElement): FieldSet {
  return entryOf(set, element)?.children ?? emptyFieldSet;
}

/** Paths of the set with no path of the set below them. */
export function leavesOf(set: FieldSet): FieldSet {
  return {
    entries: set.entries.map((entry) =>
      entry.children === undefined ? entry : { ...entry, member: false, children: leavesOf(entry.children) },
    ),
  };
}

/** The paths, each before those below it. */
export function* pathsOf(set: FieldSet): Generator<OwnedPath> {
  for (const { element, member, children } of set.entries) {
    if (member) yield [element];
    if (children !== undefined) for (const rest of pathsOf(children)) yield [element, ...rest];
  }
}
