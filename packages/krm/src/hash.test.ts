import assert from "node:assert/strict";
import { test } from "node:test";
import { contentHash, kustomizeHash, shortHash } from "./hash.ts";

test("hashes equal values equally, whatever the order of their keys", () => {
  assert.equal(contentHash({ a: 1, b: [2] }), contentHash({ b: [2], a: 1 }));
  assert.notEqual(contentHash({ a: 1 }), contentHash({ a: "1" }));
});

test("gives short hashes that may begin a name and keep their prefix when shortened", () => {
  for (let i = 0; i < 200; i++) {
    const hash = shortHash({ i }, 20);
    assert.match(hash, /^[a-z0-9]{20}$/);
    assert.equal(hash.slice(0, 8), shortHash({ i }, 8));
  }
});

test("hashes ConfigMaps and Secrets as kustomize does", () => {
  // Expected values: kustomize's own tests, and `kubectl kustomize` on literals that need escaping in Go's JSON.
  assert.equal(kustomizeHash({ kind: "ConfigMap" }), "6ct58987ht");
  assert.equal(kustomizeHash({ kind: "ConfigMap", data: { one: "" } }), "9g67k2htb6");
  assert.equal(kustomizeHash({ kind: "Secret", type: "my-type" }), "5gmgkf8578");
  assert.equal(kustomizeHash({ kind: "Secret", type: "my-type", data: { one: "" } }), "74bd68bm66");
  const metadata = { name: "a" };
  assert.equal(kustomizeHash({ kind: "ConfigMap", metadata, data: { z: "1", x: "<b>&y" } }), "m4hfb5gk59");
  assert.equal(kustomizeHash({ kind: "Secret", metadata, type: "Opaque", data: { p: "cQ==" } }), "hb2dth72f6");
});
