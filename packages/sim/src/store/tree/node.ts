/** What a tree holds: it is found by its key, and keys have the order of UTF-16 units. */
export interface Keyed {
  readonly key: string;
}

/** Who may change a node in place; everybody else copies it first. */
export type Owner = object;

export interface Leaf<T extends Keyed> {
  readonly owner: Owner;
  readonly children: undefined;
  readonly items: T[];
}

export interface Branch<T extends Keyed> {
  readonly owner: Owner;
  readonly children: Node<T>[];
  /** Keys of child `i` are at least `firsts[i]` and less than `firsts[i + 1]`; `firsts[0]` binds nobody. */
  readonly firsts: string[];
  /** Of the whole subtree. */
  size: number;
}

export type Node<T extends Keyed> = Leaf<T> | Branch<T>;

/** Most items of a leaf and children of a branch. */
export const most = 64;
/** With fewer than these a node is filled up from its neighbour. */
export const fewest = 16;

export function sizeOf<T extends Keyed>(node: Node<T>): number {
  return node.children === undefined ? node.items.length : node.size;
}

/** The node itself if `owner` may change it, otherwise a copy. */
export function owned<T extends Keyed>(node: Node<T>, owner: Owner): Node<T> {
  if (node.owner === owner) return node;
  if (node.children === undefined) return { owner, children: undefined, items: node.items.slice() };
  return { owner, children: node.children.slice(), firsts: node.firsts.slice(), size: node.size };
}

/** The place of the first item whose key is not less than `key`. */
export function lowerBound(items: readonly Keyed[], key: string): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (items[middle]!.key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The child that has the key, if any has it. */
export function childOf<T extends Keyed>(branch: Branch<T>, key: string): number {
  let low = 1;
  let high = branch.firsts.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (branch.firsts[middle]! <= key) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
