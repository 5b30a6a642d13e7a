import assert from "node:assert/strict";
import { test } from "node:test";
import { authorityMatches } from "./authority.ts";

test("spells the first letter of the identity small and capital, and the rest as users do", () => {
  assert.deepEqual(authorityMatches("prd.orders.global", "Orders"), ["prd.orders.global", "prd.Orders.global"]);
  assert.deepEqual(authorityMatches("eu.prd.my.app.global", "My.App"), [
    "eu.prd.my.App.global",
    "eu.prd.My.App.global",
  ]);
});

test("takes the host alone where the identity is no part of it", () => {
  assert.deepEqual(authorityMatches("prd.orders.global", "pay"), ["prd.orders.global"]);
  assert.deepEqual(authorityMatches("prd.orders.global", ""), ["prd.orders.global"]);
});
