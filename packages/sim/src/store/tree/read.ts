import { type Branch, childOf, type Keyed, lowerBound, type Node, sizeOf } from "./node.ts";

export function getItem<T extends Keyed>(root: Node<T> | undefined, key: string): T | undefined {
  if (root === undefined) return undefined;
  let node = root;
  while (node.children !== undefined) node = node.children[childOf(node, key)]!;
  const item = node.items[lowerBound(node.items, key)];
  return item !== undefined && item.key === key ? item : undefined;
}

/** How many items have keys that start with `prefix` and come after the key `after`: two walks from the root to a leaf. */
export function countItems<T extends Keyed>(root: Node<T> | undefined, prefix = "", after?: string): number {
  if (root === undefined) return 0;
  const isAfter = after !== undefined && after >= prefix;
  if (prefix === "" && !isAfter) return sizeOf(root);
  const end = prefix === "" ? sizeOf(root) : countBefore(root, (key) => key < prefix || key.startsWith(prefix));
  return Math.max(0, end - countBefore(root, isAfter ? (key) => key <= after : (key) => key < prefix));
}

/** Counts the keys for which `isBefore` is true; it is for all up to some key and for none from there. */
function countBefore<T extends Keyed>(root: Node<T>, isBefore: (key: string) => boolean): number {
  let count = 0;
  let node = root;
  while (node.children !== undefined) {
    const { children, firsts } = node;
    let last = 0;
    while (last + 1 < firsts.length && isBefore(firsts[last + 1]!)) count += sizeOf(children[last++]!);
    node = children[last]!;
  }
  const { items } = node;
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(items[middle]!.key)) low = middle + 1;
    else high = middle;
  }
  return count + low;
}

/**
 * Items in the order of their keys: those that start with `prefix`, after the key `after`. Nobody may change the tree
 * in place meanwhile.
 */
export function* rangeItems<T extends Keyed>(
  root: Node<T> | undefined,
  prefix = "",
  after?: string,
): Generator<T, undefined> {
  if (root === undefined) return;
  const fromAfter = after !== undefined && after >= prefix;
  const from = fromAfter ? after : prefix;
  const path: { readonly branch: Branch<T>; at: number }[] = [];
  let node = root;
  while (node.children !== undefined) {
    const at = childOf(node, from);
    path.push({ branch: node, at });
    node = node.children[at]!;
  }
  let at = lowerBound(node.items, from);
  if (fromAfter && node.items[at]?.key === from) at++;
  for (;;) {
    for (const { items } = node; at < items.length; at++) {
      const item = items[at]!;
      if (prefix !== "" && !item.key.startsWith(prefix)) return;
      yield item;
    }
    at = 0;
    let top = path.at(-1);
    while (top !== undefined && ++top.at >= top.branch.children.length) {
      path.pop();
      top = path.at(-1);
    }
    if (top === undefined) return;
    let below = top.branch.children[top.at]!;
    while (below.children !== undefined) {
      path.push({ branch: below, at: 0 });
      below = below.children[0]!;
    }
    node = below;
  }
}
