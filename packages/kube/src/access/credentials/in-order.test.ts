import assert from "node:assert/strict";
import { test } from "node:test";
import { inOrder } from "./in-order.ts";

const later = <T>(act: () => T): Promise<T> => new Promise((resolve) => void setImmediate(resolve)).then(act);
const fail = (name: string): never => {
  throw new Error(name);
};

test("has all values in their order, and the first error in theirs", async () => {
  assert.deepEqual(await inOrder([later(() => "a"), Promise.resolve("b")]), ["a", "b"]);
  await assert.rejects(
    inOrder([later(() => fail("a")), Promise.reject(new Error("b")), later(() => "c")]),
    /^Error: a$/,
  );
});

test("waits for none that comes after an error", async () => {
  const never = new Promise<string>(() => undefined);
  await assert.rejects(inOrder([Promise.reject(new Error("a")), never]), /^Error: a$/);
});
