import {
  type Branch,
  childOf,
  fewest,
  type Keyed,
  lowerBound,
  most,
  type Node,
  owned,
  type Owner,
  sizeOf,
} from "./node.ts";

/**
 * Takes the item with the key out of a tree; undefined is the empty tree. Nodes of `owner` are changed in place, all
 * others stay as they are. The same root comes back if nothing has the key.
 */
export function deleteItem<T extends Keyed>(root: Node<T> | undefined, key: string, owner: Owner): Node<T> | undefined {
  if (root === undefined || !has(root, key)) return root;
  let node = take(root, key, owner);
  while (node.children?.length === 1) node = node.children[0]!;
  return sizeOf(node) === 0 ? undefined : node;
}

function has<T extends Keyed>(root: Node<T>, key: string): boolean {
  let node = root;
  while (node.children !== undefined) node = node.children[childOf(node, key)]!;
  return node.items[lowerBound(node.items, key)]?.key === key;
}

function take<T extends Keyed>(shared: Node<T>, key: string, owner: Owner): Node<T> {
  const node = owned(shared, owner);
  if (node.children === undefined) {
    node.items.splice(lowerBound(node.items, key), 1);
    return node;
  }
  const at = childOf(node, key);
  const child = take(node.children[at]!, key, owner);
  node.children[at] = child;
  node.size--;
  if (node.children.length > 1) {
    if (lengthOf(child) < fewest) fill(node, at === 0 ? 0 : at - 1, owner);
  } else if (node.size === 0) {
    // Where a tree grew at its end a branch may have one child only: it goes with its last item, and the parent fills up.
    replace(node.children, []);
    replace(node.firsts, []);
  }
  return node;
}

function lengthOf<T extends Keyed>(node: Node<T>): number {
  return node.children === undefined ? node.items.length : node.children.length;
}

/** Makes one of two neighbours, or two of about the same size: one of them has too little. */
function fill<T extends Keyed>(parent: Branch<T>, at: number, owner: Owner): void {
  const left = owned(parent.children[at]!, owner);
  const right = owned(parent.children[at + 1]!, owner);
  parent.children[at] = left;
  parent.children[at + 1] = right;
  const length = lengthOf(left) + lengthOf(right);
  if (left.children === undefined && right.children === undefined) {
    const items = [...left.items, ...right.items];
    const parting = length <= most ? length : length >>> 1;
    replace(left.items, items.slice(0, parting));
    replace(right.items, items.slice(parting));
    if (parting < length) parent.firsts[at + 1] = items[parting]!.key;
  } else if (left.children !== undefined && right.children !== undefined) {
    const children = [...left.children, ...right.children];
    // Nothing bound the first of the right ones until now but the parent.
    const firsts = [
      ...left.firsts,
      ...right.children.map((_, i) => (i === 0 ? parent.firsts[at + 1]! : right.firsts[i]!)),
    ];
    const parting = length <= most ? length : length >>> 1;
    replace(left.children, children.slice(0, parting));
    replace(right.children, children.slice(parting));
    replace(left.firsts, firsts.slice(0, parting));
    replace(right.firsts, firsts.slice(parting));
    left.size = left.children.reduce((total, child) => total + sizeOf(child), 0);
    right.size = right.children.reduce((total, child) => total + sizeOf(child), 0);
    if (parting < length) parent.firsts[at + 1] = firsts[parting]!;
  }
  if (length <= most) {
    parent.children.splice(at + 1, 1);
    parent.firsts.splice(at + 1, 1);
  }
}

function replace<T>(list: T[], by: readonly T[]): void {
  list.splice(0, list.length, ...by);
}
