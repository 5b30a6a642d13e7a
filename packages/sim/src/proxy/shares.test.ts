import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import type { Level } from "./locality.ts";
import { sharesOf } from "./shares.ts";

const level = (...names: readonly (readonly [string, number])[]): Level =>
  names.map(([address, weight]) => ({
    weight,
    endpoint: { address, ports: {}, locality: "", weight, labels: {} },
  }));
const shares = (levels: readonly Level[], ...down: readonly string[]) =>
  Object.fromEntries(
    sharesOf(levels, ({ endpoint }) => !down.includes(endpoint.address)).map(({ of, share }) => [
      of.endpoint.address,
      Math.round(share * 1_000) / 1_000,
    ]),
  );

describe("the load of endpoints", () => {
  test("is by weight, and the first level's alone while it is healthy", () => {
    assert.deepEqual(shares([level(["a", 90], ["b", 10]), level(["c", 1])]), { a: 0.9, b: 0.1 });
  });

  test("goes to the next level when the first is out", () => {
    assert.deepEqual(shares([level(["a", 1]), level(["b", 1]), level(["c", 1])], "a"), { b: 1 });
    assert.deepEqual(shares([level(["a", 1]), level(["b", 1]), level(["c", 1])], "a", "b"), { c: 1 });
  });

  test("spills over when less than 1/1.4 of a level is healthy, as Envoy does", () => {
    const levels = [level(["a", 1], ["b", 1]), level(["c", 1])];
    assert.deepEqual(shares(levels, "b"), { a: 0.7, c: 0.3 });
  });

  test("of one that is out goes to the others of its level", () => {
    assert.deepEqual(shares([level(["a", 1], ["b", 1], ["c", 1], ["d", 1])], "d"), { a: 0.333, b: 0.333, c: 0.333 });
  });

  test("is nobody's when all are out", () => {
    assert.deepEqual(shares([level(["a", 1])], "a"), {});
  });

  test("adds up to one, or nobody is healthy", () => {
    const one = fc.tuple(fc.integer({ min: 1, max: 100 }), fc.boolean());
    fc.assert(
      fc.property(fc.array(fc.array(one, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 4 }), (input) => {
        const levels = input.map((items, at) =>
          level(...items.map(([weight, up], index) => [`${at}-${index}-${up ? "up" : "down"}`, weight] as const)),
        );
        const result = sharesOf(levels, ({ endpoint }) => endpoint.address.endsWith("up"));
        const total = result.reduce((sum, { share }) => sum + share, 0);
        const anyUp = input.some((items) => items.some(([, up]) => up));
        assert.ok(anyUp ? Math.abs(total - 1) < 1e-9 : total === 0);
      }),
    );
  });
});
