import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { endpointsIn, packSlices } from "./pack-slices.ts";

const labels = { "kubernetes.io/service-name": "web" };

function endpoint(index: number, ready = true): JsonObject {
  const name = `web-${index}`;
  return {
    addresses: [`10.0.${index >> 8}.${index & 255}`],
    conditions: { ready, serving: ready, terminating: false },
    targetRef: { kind: "Pod", namespace: "x", name, uid: name },
  };
}

function endpoints(from: number, to: number): JsonObject[] {
  return Array.from({ length: to - from }, (_, index) => endpoint(from + index));
}

function slice(name: string, held: readonly JsonObject[], own: JsonObject = labels): JsonObject {
  return { metadata: { name, labels: own }, ports: [], endpoints: [...held] };
}

function pack(wanted: readonly JsonObject[], slices: readonly JsonObject[] = []): string {
  const { creates, updates, deletes } = packSlices({ ports: [], endpoints: wanted, slices }, labels);
  const nameOf = (one: JsonObject): string => (one["metadata"] as { name: string }).name;
  return [
    ...creates.map((one) => `create ${one.length}`),
    ...updates.map((one) => `update ${nameOf(one)} ${endpointsIn(one).length}`),
    ...deletes.map((one) => `delete ${nameOf(one)}`),
  ].join(", ");
}

test("puts a hundred endpoints into a slice", () => {
  assert.equal(pack(endpoints(0, 100)), "create 100");
  assert.equal(pack(endpoints(0, 250)), "create 100, create 100, create 50");
});

test("writes nothing where nothing changes, in whichever order pods come", () => {
  assert.equal(pack(endpoints(0, 5).reverse(), [slice("a", endpoints(0, 5))]), "");
});

test("fills the slice up that comes closest to being full", () => {
  const slices = [slice("a", endpoints(0, 10)), slice("b", endpoints(10, 100)), slice("c", endpoints(100, 195))];
  assert.equal(pack(endpoints(0, 201), slices), "update b 96");
});

test("fills slices that change anyway before others, the fullest first", () => {
  const slices = [slice("a", endpoints(0, 20)), slice("b", endpoints(20, 80)), slice("c", endpoints(80, 85))];
  const wanted = [...endpoints(1, 20), ...endpoints(21, 85), ...endpoints(100, 150)];
  assert.equal(pack(wanted, slices), "update a 28, update b 100");
});

test("does not rebalance slices that have become small", () => {
  const slices = [slice("a", endpoints(0, 2)), slice("b", endpoints(100, 103))];
  assert.equal(pack([...endpoints(0, 1), ...endpoints(100, 103)], slices), "update a 1");
});

test("deletes a slice that has lost all its endpoints", () => {
  assert.equal(pack(endpoints(0, 1), [slice("a", endpoints(0, 1)), slice("b", endpoints(5, 7))]), "delete b");
});

test("writes an endpoint anew that has changed, and labels that are not the Service's", () => {
  assert.equal(pack([endpoint(0, false)], [slice("a", [endpoint(0)])]), "update a 1");
  assert.equal(pack([endpoint(0)], [slice("a", [endpoint(0)], {})]), "update a 1");
});
