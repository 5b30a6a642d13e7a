import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { configFact } from "./config.ts";

const config = (values: string, name = "istio-sidecar-injector", labels: JsonObject = {}): JsonObject => ({
  metadata: { name, namespace: "istio-system", labels },
  data: { values, config: "policy: enabled" },
});
const imageOf = (values: JsonObject): string | undefined => configFact(config(JSON.stringify(values)), "east")?.image;

test("tells the image as the injector puts it together", () => {
  assert.equal(imageOf({ global: { hub: "docker.io/istio", tag: "1.29.0" } }), "docker.io/istio/proxyv2:1.29.0");
  assert.equal(imageOf({ global: { hub: "h", tag: 1.29, proxy: { image: "envoy" } } }), "h/envoy:1.29");
  assert.equal(imageOf({ global: { hub: "h", tag: "1-debug", variant: "distroless" } }), "h/proxyv2:1-distroless");
  assert.equal(imageOf({ global: { hub: "h", tag: "1-debug", variant: "default" } }), "h/proxyv2:1");
  assert.equal(imageOf({ global: { proxy: { image: "reg:5000/p:x" }, hub: "h", tag: "1" } }), "reg:5000/p:x");
  assert.equal(imageOf({ global: {} }), undefined);
});

test("finds the revision by label, values and name", () => {
  const revision = (object: JsonObject): string | undefined => configFact(object, "east")?.revision;
  assert.equal(revision(config("{}", "istio-sidecar-injector", { "istio.io/rev": "a" })), "a");
  assert.equal(revision(config('{"revision":"b"}')), "b");
  assert.equal(revision(config('{"global":{"revision":"c"}}')), "c");
  assert.equal(revision(config("{}", "istio-sidecar-injector-d")), "d");
  assert.equal(revision(config("{}")), "default");
});

test("says what cannot be read, and looks at nothing else", () => {
  assert.equal(configFact(config("{"), "east")?.problem, "its values are not JSON");
  assert.equal(configFact(config("[]"), "east")?.problem, "its values are no object");
  assert.equal(configFact({ metadata: { name: "istio-ca-root-cert" }, data: { mesh: "" } }, "east"), undefined);
  assert.equal(configFact({ metadata: { name: "coredns" } }, "east"), undefined);
});

test("another configuration has another hash", () => {
  const hash = (object: JsonObject): string | undefined => configFact(object, "east")?.hash;
  assert.equal(hash(config("{}")), hash(config("{}", "istio-sidecar-injector", { any: "label" })));
  assert.notEqual(hash(config("{}")), hash(config('{"a":1}')));
});
