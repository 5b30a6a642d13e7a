/**
 * An immutable map from texts to values that shares all but a few small arrays with the map it was made of: a hash array
 * mapped trie (Bagwell, "Ideal Hash Trees", 2001). Reading and changing cost the same however large it is.
 *
 * Keys may come from anybody: where two hashes agree in all their bits the next levels hash with another seed, so that
 * keys made to collide do not end up in one long list.
 */
export interface PersistentMap<V> {
  readonly size: number;
  readonly root: Branch<V>;
}

interface Leaf<V> {
  readonly hash: number;
  readonly key: string;
  readonly value: V;
}

interface Branch<V> {
  /** A bit for each of the 32 places that is taken; `nodes` has those in order. */
  readonly bits: number;
  readonly nodes: readonly Node<V>[];
}

/** Below the last level: keys that agree under every seed, sorted. */
interface Bucket<V> {
  readonly leaves: readonly Leaf<V>[];
}

type Node<V> = Leaf<V> | Branch<V> | Bucket<V>;

const emptyRoot: Branch<never> = { bits: 0, nodes: [] };
const empty: PersistentMap<never> = { size: 0, root: emptyRoot };

/** Bits of one level, levels of one hash, and levels in all. */
const width = 5;
const perHash = 7;
const deepest = 4 * perHash;

export function emptyPersistentMap<V>(): PersistentMap<V> {
  return empty as PersistentMap<V>;
}

export function persistentMapOf<V>(entries: Iterable<readonly [string, V]>): PersistentMap<V> {
  let map = emptyPersistentMap<V>();
  for (const [key, value] of entries) map = persistentSet(map, key, value);
  return map;
}

export function persistentGet<V>(map: PersistentMap<V>, key: string): V | undefined {
  const hash = hashOf(key, 0);
  let node: Node<V> = map.root;
  for (let level = 0; ; level++) {
    if ("bits" in node) {
      const bit = 1 << placeOf(key, hash, level);
      if ((node.bits & bit) === 0) return undefined;
      node = node.nodes[indexOf(node.bits, bit)]!;
    } else if ("leaves" in node) {
      return node.leaves.find((leaf) => leaf.key === key)?.value;
    } else {
      return node.key === key ? node.value : undefined;
    }
  }
}

/** The map with one more, or another, value; the same map if it has this very value already. */
export function persistentSet<V>(map: PersistentMap<V>, key: string, value: V): PersistentMap<V> {
  const grown = { by: 0 };
  const root = put(map.root, { hash: hashOf(key, 0), key, value }, 0, grown) as Branch<V>;
  return root === map.root ? map : { size: map.size + grown.by, root };
}

/** The map without a key; the same map if it does not have it. */
export function persistentDelete<V>(map: PersistentMap<V>, key: string): PersistentMap<V> {
  const root = remove<V>(map.root, key, hashOf(key, 0), 0);
  if (root === map.root) return map;
  if (root === undefined) return emptyPersistentMap();
  return { size: map.size - 1, root: "bits" in root ? root : branchOf(root, 0) };
}

/** Every key with its value, in an order that depends on the keys alone, not on how the map came about. */
export function* persistentEntries<V>(map: PersistentMap<V>): Generator<readonly [string, V]> {
  for (const leaf of leavesOf<V>(map.root)) yield [leaf.key, leaf.value];
}

function* leavesOf<V>(node: Node<V>): Generator<Leaf<V>> {
  if ("bits" in node) for (const child of node.nodes) yield* leavesOf(child);
  else if ("leaves" in node) yield* node.leaves;
  else yield node;
}

function put<V>(node: Node<V>, leaf: Leaf<V>, level: number, grown: { by: number }): Node<V> {
  if ("bits" in node) {
    const bit = 1 << placeOf(leaf.key, leaf.hash, level);
    const index = indexOf(node.bits, bit);
    if ((node.bits & bit) === 0) {
      grown.by = 1;
      return { bits: node.bits | bit, nodes: node.nodes.toSpliced(index, 0, leaf) };
    }
    const child = node.nodes[index]!;
    const next = put(child, leaf, level + 1, grown);
    return next === child ? node : { bits: node.bits, nodes: node.nodes.with(index, next) };
  }
  if ("leaves" in node) return putInBucket(node, leaf, grown);
  if (node.key === leaf.key) return Object.is(node.value, leaf.value) ? node : leaf;
  grown.by = 1;
  return both(node, leaf, level);
}

/** The smallest node that tells two keys apart. */
function both<V>(a: Leaf<V>, b: Leaf<V>, level: number): Node<V> {
  if (level === deepest) return { leaves: a.key < b.key ? [a, b] : [b, a] };
  const left = placeOf(a.key, a.hash, level);
  const right = placeOf(b.key, b.hash, level);
  if (left === right) return { bits: 1 << left, nodes: [both(a, b, level + 1)] };
  return { bits: (1 << left) | (1 << right), nodes: left < right ? [a, b] : [b, a] };
}

function putInBucket<V>(bucket: Bucket<V>, leaf: Leaf<V>, grown: { by: number }): Bucket<V> {
  const index = bucket.leaves.findIndex(({ key }) => key >= leaf.key);
  const found = index < 0 ? undefined : bucket.leaves[index]!;
  if (found?.key === leaf.key) {
    return Object.is(found.value, leaf.value) ? bucket : { leaves: bucket.leaves.with(index, leaf) };
  }
  grown.by = 1;
  return { leaves: bucket.leaves.toSpliced(index < 0 ? bucket.leaves.length : index, 0, leaf) };
}

/** Undefined when nothing is left of the node; a single leaf takes the place of its branch. */
function remove<V>(node: Node<V>, key: string, hash: number, level: number): Node<V> | undefined {
  if ("bits" in node) {
    const bit = 1 << placeOf(key, hash, level);
    if ((node.bits & bit) === 0) return node;
    const index = indexOf(node.bits, bit);
    const child = node.nodes[index]!;
    const next = remove(child, key, hash, level + 1);
    if (next === child) return node;
    if (next === undefined) {
      if (node.nodes.length === 1) return undefined;
      const nodes = node.nodes.toSpliced(index, 1);
      return nodes.length === 1 && "key" in nodes[0]! ? nodes[0] : { bits: node.bits & ~bit, nodes };
    }
    return node.nodes.length === 1 && "key" in next ? next : { bits: node.bits, nodes: node.nodes.with(index, next) };
  }
  if ("leaves" in node) {
    const leaves = node.leaves.filter((leaf) => leaf.key !== key);
    if (leaves.length === node.leaves.length) return node;
    return leaves.length === 1 ? leaves[0] : { leaves };
  }
  return node.key === key ? undefined : node;
}

function branchOf<V>(node: Node<V>, level: number): Branch<V> {
  const leaf = node as Leaf<V>;
  return { bits: 1 << placeOf(leaf.key, leaf.hash, level), nodes: [leaf] };
}

function placeOf(key: string, hash: number, level: number): number {
  const bits = level < perHash ? hash : hashOf(key, Math.floor(level / perHash));
  return (bits >>> (width * (level % perHash))) & 31;
}

/** How many places before the bit are taken. */
function indexOf(bits: number, bit: number): number {
  let rest = bits & (bit - 1);
  rest -= (rest >>> 1) & 0x5555_5555;
  rest = (rest & 0x3333_3333) + ((rest >>> 2) & 0x3333_3333);
  return Math.imul((rest + (rest >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

/** FNV-1a over UTF-16 units, with the bits mixed at the end (the finalizer of MurmurHash3). */
function hashOf(key: string, seed: number): number {
  let hash = 0x811c_9dc5 ^ Math.imul(seed, 0x9e37_79b1);
  for (let i = 0; i < key.length; i++) hash = Math.imul(hash ^ key.charCodeAt(i), 0x0100_0193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2_ae35);
  return hash ^ (hash >>> 16);
}
