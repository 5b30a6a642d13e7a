import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { runs } from "../../../../../scripts/runs.ts";
import { deleteItem } from "./delete.ts";
import { type Keyed, most, type Node, sizeOf } from "./node.ts";
import { countItems, getItem, rangeItems } from "./read.ts";
import { setItem } from "./set.ts";

interface Item extends Keyed {
  readonly value: number;
}

/** The plain thing that a tree must be equal to. */
class Model {
  readonly items = new Map<string, number>();

  range(prefix = "", after?: string): Item[] {
    return [...this.items]
      .filter(([key]) => key.startsWith(prefix) && (after === undefined || key > after))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, value]) => ({ key, value }));
  }
}

/** Fails unless sizes add up, keys are within the bounds of their branches and all leaves lie equally deep. */
function check(root: Node<Item> | undefined): void {
  const depths = new Set<number>();
  const walk = (node: Node<Item>, depth: number, low: string | undefined, high: string | undefined): void => {
    if (node.children === undefined) {
      depths.add(depth);
      assert.ok(node.items.length > 0 && node.items.length <= most, `${node.items.length} items`);
      for (const { key } of node.items)
        assert.ok((low === undefined || key >= low) && (high === undefined || key < high));
      return;
    }
    const { children, firsts } = node;
    assert.ok(children.length > 0 && children.length <= most, `${children.length} children`);
    assert.equal(firsts.length, children.length);
    assert.equal(
      node.size,
      children.reduce((total, child) => total + sizeOf(child), 0),
    );
    children.forEach((child, i) => walk(child, depth + 1, i === 0 ? low : firsts[i], firsts[i + 1] ?? high));
  };
  if (root !== undefined) walk(root, 0, undefined, undefined);
  assert.ok(depths.size <= 1, "leaves at several depths");
}

/** Few enough that they meet; with prefixes of each other, and with the separator's neighbours. */
const key = fc
  .tuple(fc.constantFrom("", "a", "a-b", "a.b", "b", "default"), fc.nat(400))
  .map(([namespace, n]) => (namespace === "" ? `n${n}` : `${namespace}/${n}`));

type Step =
  | { readonly kind: "one"; readonly deletes: boolean; readonly key: string }
  /** A run of keys in order, as a loop writes and deletes them: it makes nodes fill up, split and merge. */
  | {
      readonly kind: "run";
      readonly deletes: boolean;
      readonly from: number;
      readonly count: number;
      readonly step: number;
    }
  | { readonly kind: "snapshot" };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("one" as const), deletes: fc.boolean(), key }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("run" as const),
      deletes: fc.constantFrom(false, false, true),
      from: fc.nat(3000),
      count: fc.nat(2000),
      step: fc.constantFrom(1, 3, 7, -1),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "snapshot" as const }) },
);

function ordered(n: number): string {
  return `load/${String(Math.abs(n)).padStart(5, "0")}`;
}

test("is equal to a sorted list, and what was taken hold of stays as it was", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 25 }), key, (steps, probe) => {
      let root: Node<Item> | undefined;
      let owner = {};
      let value = 0;
      const model = new Model();
      const snapshots: { root: Node<Item> | undefined; expected: Item[] }[] = [];
      const set = (at: string): void => {
        const change = setItem<Item>(root, { key: at, value: ++value }, owner);
        assert.equal(change.previous?.value, model.items.get(at));
        root = change.root;
        model.items.set(at, value);
      };
      const remove = (at: string): void => {
        const before = root;
        root = deleteItem(root, at, owner);
        if (!model.items.delete(at)) assert.equal(root, before);
      };
      for (const one of steps) {
        if (one.kind === "one") (one.deletes ? remove : set)(one.key);
        else if (one.kind === "snapshot") {
          snapshots.push({ root, expected: model.range() });
          owner = {};
        } else {
          for (let i = 0; i < one.count; i++) {
            (one.deletes ? remove : set)(ordered(one.from + i * one.step));
          }
        }
      }
      check(root);
      assert.deepEqual([...rangeItems(root)], model.range());
      for (const prefix of ["", "a", "a/", "b/", "load/01", probe]) {
        assert.equal(countItems(root, prefix), model.range(prefix).length, `count of ${prefix}`);
        for (const after of [probe, ordered(1500), "a/", ""]) {
          assert.deepEqual(
            [...rangeItems(root, prefix, after)],
            model.range(prefix, after),
            `${prefix} after ${after}`,
          );
          const rest = model.range(prefix, after).length;
          assert.equal(countItems(root, prefix, after), rest, `count of ${prefix} after ${after}`);
        }
      }
      assert.equal(getItem(root, probe)?.value, model.items.get(probe));
      for (const { root: old, expected } of snapshots) {
        check(old);
        assert.deepEqual([...rangeItems(old)], expected);
      }
    }),
    runs(60),
  );
});

test("fills its nodes where keys come in order", () => {
  let root: Node<Item> | undefined;
  const owner = {};
  for (let i = 0; i < most * most; i++) root = setItem<Item>(root, { key: ordered(i), value: i }, owner).root;
  assert.equal(root!.children!.length, most);
});

test("copies the path to a change only, and that once per owner", () => {
  const first = {};
  let root: Node<Item> | undefined;
  for (let i = 0; i < 5000; i++) root = setItem<Item>(root, { key: ordered(i), value: i }, first).root;
  const second = {};
  const copy = setItem<Item>(root, { key: ordered(2500), value: 0 }, second).root;
  const shared = (a: Node<Item>, b: Node<Item>): number => {
    if (a === b) return sizeOf(a);
    return (a.children ?? []).reduce((total, child, i) => total + shared(child, b.children![i]!), 0);
  };
  assert.notEqual(copy, root);
  assert.ok(shared(root!, copy) >= 5000 - most);
  assert.equal(setItem<Item>(copy, { key: ordered(2501), value: 0 }, second).root, copy);
});

test("ends empty after its last item, however it grew, and leaves who holds it what it had", () => {
  for (const count of [1, most + 1, most * most + 1, most * most * 2]) {
    for (const backwards of [false, true]) {
      let root: Node<Item> | undefined;
      let owner = {};
      for (let i = 0; i < count; i++) root = setItem<Item>(root, { key: ordered(i), value: i }, owner).root;
      const held = root;
      owner = {};
      for (let i = 0; i < count; i++) {
        root = deleteItem(root, ordered(backwards ? count - 1 - i : i), owner);
        if (i % 500 === 0 || i > count - 5) check(root);
      }
      assert.equal(root, undefined);
      check(held);
      assert.equal([...rangeItems(held)].length, count);
    }
  }
});
