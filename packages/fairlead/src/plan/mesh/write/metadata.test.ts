import assert from "node:assert/strict";
import { test } from "node:test";
import type { MeshKey } from "../model/fleet.ts";
import { keyOf, ownerOf } from "./metadata.ts";

test("writes a key as an owner and reads it again", () => {
  const rows: readonly (readonly [MeshKey, string])[] = [
    ["identity:orders", "Identity//orders"],
    ["namespace:eu/shop", "Namespace/eu/shop"],
    ["copy:eu/shop/VirtualService/orders", "Copy/eu/shop/VirtualService/orders"],
  ];
  for (const [key, owner] of rows) {
    assert.equal(ownerOf(key), owner);
    assert.equal(keyOf(owner), key);
  }
  for (const owner of ["", "Identity//", "Identity/x", "orders", "identity:orders"])
    assert.equal(keyOf(owner), undefined, owner);
});
