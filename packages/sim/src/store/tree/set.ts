import { type Branch, childOf, type Keyed, lowerBound, most, type Node, owned, type Owner, sizeOf } from "./node.ts";

export interface Set<T extends Keyed> {
  readonly root: Node<T>;
  /** What had the key before. */
  readonly previous: T | undefined;
}

/** The part of a node that had to leave it, and the key that parts them. */
interface Split<T extends Keyed> {
  readonly right: Node<T>;
  readonly first: string;
}

interface Progress<T extends Keyed> {
  previous: T | undefined;
  split: Split<T> | undefined;
}

/**
 * Puts an item into a tree (undefined: the empty one). Nodes of `owner` are changed in place, all others stay as they
 * are: who holds an older root keeps what it had.
 */
export function setItem<T extends Keyed>(root: Node<T> | undefined, item: T, owner: Owner): Set<T> {
  if (root === undefined) return { root: { owner, children: undefined, items: [item] }, previous: undefined };
  const progress: Progress<T> = { previous: undefined, split: undefined };
  const left = insert(root, item, owner, progress);
  const { previous, split } = progress;
  if (split === undefined) return { root: left, previous };
  const { right, first } = split;
  const size = sizeOf(left) + sizeOf(right);
  return { root: { owner, children: [left, right], firsts: ["", first], size }, previous };
}

function insert<T extends Keyed>(shared: Node<T>, item: T, owner: Owner, progress: Progress<T>): Node<T> {
  const node = owned(shared, owner);
  if (node.children !== undefined) {
    insertBelow(node, item, owner, progress);
    return node;
  }
  const { items } = node;
  const at = lowerBound(items, item.key);
  const there = items[at];
  if (there !== undefined && there.key === item.key) {
    progress.previous = there;
    items[at] = item;
    return node;
  }
  items.splice(at, 0, item);
  if (items.length > most) {
    const right = items.splice(parting(at, items.length));
    progress.split = { right: { owner, children: undefined, items: right }, first: right[0]!.key };
  }
  return node;
}

function insertBelow<T extends Keyed>(node: Branch<T>, item: T, owner: Owner, progress: Progress<T>): void {
  const at = childOf(node, item.key);
  node.children[at] = insert(node.children[at]!, item, owner, progress);
  if (progress.previous === undefined) node.size++;
  const { split } = progress;
  if (split === undefined) return;
  progress.split = undefined;
  node.children.splice(at + 1, 0, split.right);
  node.firsts.splice(at + 1, 0, split.first);
  if (node.children.length <= most) return;
  const from = parting(at + 1, node.children.length);
  const children = node.children.splice(from);
  const firsts = node.firsts.splice(from);
  const size = children.reduce((total, child) => total + sizeOf(child), 0);
  node.size -= size;
  progress.split = { right: { owner, children, firsts, size }, first: firsts[0]! };
}

/** Halves, except where it grows at its end: what comes in order fills its nodes. */
function parting(added: number, length: number): number {
  return added === length - 1 ? length - 1 : length >>> 1;
}
