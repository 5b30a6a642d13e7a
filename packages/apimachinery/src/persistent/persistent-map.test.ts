import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import {
  emptyPersistentMap,
  persistentDelete,
  persistentEntries,
  persistentGet,
  persistentMapOf,
  persistentSet,
  type PersistentMap,
} from "./persistent-map.ts";

/** Names that hash alike in all 32 bits of the first seed. */
const colliding = findColliding();

const key = fc.oneof(
  fc.constantFrom("", "a", "b", "__proto__", "constructor", ...colliding),
  fc.string({ maxLength: 3 }),
);
const step = fc.oneof(
  fc.record({ kind: fc.constant("set" as const), key, value: fc.integer({ min: 0, max: 3 }) }),
  fc.record({ kind: fc.constant("delete" as const), key }),
);

function content(map: PersistentMap<number>): [string, number][] {
  return [...persistentEntries(map)].map(([name, value]): [string, number] => [name, value]);
}

function sorted(entries: Iterable<[string, number]>): [string, number][] {
  return [...entries].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

describe("a persistent map", () => {
  test("holds what a Map holds, whatever is set and deleted, and never changes an earlier version", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        let map = emptyPersistentMap<number>();
        const model = new Map<string, number>();
        const versions: { map: PersistentMap<number>; content: [string, number][] }[] = [];
        for (const one of steps) {
          if (one.kind === "set") {
            map = persistentSet(map, one.key, one.value);
            model.set(one.key, one.value);
          } else {
            map = persistentDelete(map, one.key);
            model.delete(one.key);
          }
          assert.equal(map.size, model.size);
          assert.equal(persistentGet(map, one.key), model.get(one.key));
          versions.push({ map, content: sorted(model) });
        }
        for (const version of versions) assert.deepEqual(sorted(content(version.map)), version.content);
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  test("lists the same content in the same order, however it came about", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(key, { maxLength: 60 }).chain((keys) => fc.tuple(fc.constant(keys), fc.shuffledSubarray(keys))),
        ([keys, rest]) => {
          const direct = persistentMapOf(rest.map((name): [string, number] => [name, name.length]));
          let devious = persistentMapOf(keys.map((name): [string, number] => [name, name.length]));
          for (const name of keys) if (!rest.includes(name)) devious = persistentDelete(devious, name);
          assert.deepEqual(content(devious), content(direct));
          assert.deepEqual(devious, direct, "deleting leaves no empty branches behind");
        },
      ),
      { seed: 2, numRuns: 150 },
    );
  });

  test("is the same map after setting what it has, or deleting what it has not", () => {
    const map = persistentMapOf(colliding.map((name): [string, number] => [name, 1]));
    for (const name of colliding) assert.equal(persistentSet(map, name, 1), map);
    assert.equal(persistentDelete(map, "absent"), map);
  });

  test("tells keys apart that hash alike", () => {
    assert.ok(colliding.length > 1);
    const map = persistentMapOf(colliding.map((name, at): [string, number] => [name, at]));
    for (const [at, name] of colliding.entries()) assert.equal(persistentGet(map, name), at);
  });
});

/** FNV-1a is easily led: two texts of different beginnings that reach one state, with any end. */
function findColliding(): string[] {
  const seen = new Map<number, string>();
  for (let i = 0; ; i++) {
    const name = i.toString(36);
    let state = 0x811c_9dc5;
    for (let at = 0; at < name.length; at++) state = Math.imul(state ^ name.charCodeAt(at), 0x0100_0193);
    const other = seen.get(state);
    if (other !== undefined) return ["", "x", "yy"].flatMap((end) => [name + end, other + end]);
    seen.set(state, name);
  }
}
