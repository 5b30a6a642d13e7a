import assert from "node:assert/strict";
import { test } from "node:test";
import { listeners } from "./listeners.ts";

test("does not tell who comes during a batch of the rest of it: it has been told of everything already", () => {
  const all = listeners<number>((error) => assert.fail(String(error)));
  const late: number[] = [];
  const seen: number[] = [];
  all.add((event) => {
    seen.push(event);
    if (event === 1) all.add((one) => late.push(one));
  });
  all.tell([1, 2]);
  all.tell([3]);
  assert.deepEqual([seen, late], [[1, 2, 3], [3]]);
});

test("tells who is removed during a batch no more", () => {
  const all = listeners<number>((error) => assert.fail(String(error)));
  const seen: number[] = [];
  let remove = (): void => {};
  all.add(() => remove());
  remove = all.add((event) => seen.push(event));
  all.tell([1, 2]);
  assert.deepEqual([seen, all.size], [[], 1]);
});

test("counts the same function twice, and removes each for itself", () => {
  const all = listeners<number>((error) => assert.fail(String(error)));
  const seen: number[] = [];
  const listener = (event: number): void => void seen.push(event);
  const remove = all.add(listener);
  all.add(listener);
  all.tell([1]);
  remove();
  remove();
  all.tell([2]);
  all.clear();
  all.tell([3]);
  assert.deepEqual(seen, [1, 1, 2]);
});
