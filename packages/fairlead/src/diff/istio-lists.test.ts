import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDiffPath, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { compareObject } from "./compare.ts";

const apiVersion = "networking.istio.io/v1";

function entry(spec: JsonObject): KrmObject {
  return { apiVersion, kind: "ServiceEntry", metadata: { name: "prd.orders.global-se" }, spec };
}

function changes(before: KrmObject, after: KrmObject): string[] {
  return compareObject(before, after).map(({ kind, path }) => `${kind} ${formatDiffPath(path)}`);
}

const http = { number: 80, name: "http", protocol: "HTTP" };
const grpc = { number: 9000, name: "grpc", protocol: "GRPC" };
const [eu, us, ap] = ["eu", "us", "ap"].map((address) => ({ address, locality: `${address}-1` }));

test("an endpoint that comes, goes or moves is one change, by its address", () => {
  const before = entry({ endpoints: [eu!, us!] });
  assert.deepEqual(changes(before, entry({ endpoints: [eu!, us!, ap!] })), ["add spec.endpoints[address=ap]"]);
  assert.deepEqual(changes(before, entry({ endpoints: [us!] })), ["remove spec.endpoints[address=eu]"]);
  assert.deepEqual(changes(before, entry({ endpoints: [eu!, { ...us!, locality: "standby" }] })), [
    "change spec.endpoints[address=us].locality",
  ]);
});

test("a port is told by its number, a host by itself", () => {
  const before = entry({ hosts: ["a"], ports: [http] });
  const after = entry({ hosts: ["a", "b"], ports: [{ ...http, protocol: "HTTP2" }, grpc] });
  assert.deepEqual(changes(before, after), [
    'add spec.hosts["b"]',
    "change spec.ports[number=80].protocol",
    "add spec.ports[number=9000]",
  ]);
});

test("endpoints that share an address are one list", () => {
  assert.deepEqual(changes(entry({ endpoints: [eu!, eu!] }), entry({ endpoints: [eu!] })), ["change spec.endpoints"]);
});
