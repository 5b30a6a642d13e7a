import assert from "node:assert/strict";
import { test } from "node:test";
import { createDependencies } from "./dependencies.ts";

test("a result is made once, and anew after a fact that it rests on has changed", () => {
  const facts = createDependencies();
  const forgotten: string[] = [];
  const memo = facts.memo<string, number>((key) => void forgotten.push(key));
  let made = 0;
  const get = () =>
    memo.get("k", () => {
      facts.read("a");
      return ++made;
    });
  assert.deepEqual([get(), get()], [1, 1]);
  facts.changed("b");
  assert.equal(get(), 1);
  facts.changed("a");
  facts.changed("a");
  assert.deepEqual([forgotten, get()], [["k"], 2]);
});

test("a change travels through results that rest on results", () => {
  const facts = createDependencies();
  const upper: string[] = [];
  const inner = facts.memo<string, string>(() => facts.changed("inner"));
  const outer = facts.memo<string, string>((key) => void upper.push(key));
  outer.get("o", () => {
    facts.read("inner");
    return inner.get("i", () => {
      facts.read("leaf");
      return "x";
    });
  });
  facts.changed("leaf");
  assert.deepEqual([upper, inner.peek("i"), outer.peek("o")], [["o"], undefined, undefined]);
});

test("what is forgotten on purpose reports nothing", () => {
  const facts = createDependencies();
  const memo = facts.memo<string, string>(() => assert.fail("reported"));
  memo.get("k", () => {
    facts.read("a");
    return "x";
  });
  memo.forget("k");
  facts.changed("a");
});
