import assert from "node:assert/strict";
import { test } from "node:test";
import { createRecentTexts } from "./recent-texts.ts";

test("forgets what nobody asks for, and keeps what somebody does", () => {
  const recent = createRecentTexts<number>(1000);
  recent.set("asked for", 1);
  recent.set("forgotten", 2);
  for (let i = 0; i < 100; i++) {
    recent.set(String(i).padEnd(100, "."), i);
    assert.equal(recent.get("asked for"), 1);
  }
  assert.equal(recent.get("forgotten"), undefined);
  assert.equal(recent.get(String(95).padEnd(100, ".")), 95);
});
