import assert from "node:assert/strict";
import { test } from "node:test";
import type { KrmObject } from "@fairlead/krm";
import { createUnderWay } from "./under-way.ts";

const rule = (host: string, apiVersion = "networking.istio.io/v1"): KrmObject => ({
  apiVersion,
  kind: "DestinationRule",
  metadata: { name: "a", namespace: "mesh" },
  spec: { host },
});

test("what a watch tells while it is being written is ours, in whatever version, until the write is over", () => {
  const writes = createUnderWay();
  const end = writes.begin("eu", rule("a.global"));
  assert.equal(writes.isOurs("eu", rule("a.global", "networking.istio.io/v1beta1")), true);
  end();
  assert.equal(writes.isOurs("eu", rule("a.global")), false);
});

test("what somebody else made of it is not, nor is the same object of another cluster", () => {
  const writes = createUnderWay();
  writes.begin("eu", rule("a.global"));
  assert.equal(writes.isOurs("eu", rule("b.global")), false);
  assert.equal(writes.isOurs("us", rule("a.global")), false);
});
