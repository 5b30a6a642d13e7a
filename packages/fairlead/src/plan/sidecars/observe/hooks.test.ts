import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { hooksFact } from "./hooks.ts";

const rule = { operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] };
const hook = (more: JsonObject = {}): JsonObject => ({ name: "h", rules: [rule], ...more });
const fact = (webhooks: JsonObject[], metadata: JsonObject = { name: "any" }) =>
  hooksFact({ metadata, webhooks }, "east")!;

test("keeps webhooks that see pods being created, with their places", () => {
  const others = [
    { operations: ["UPDATE"] },
    { resources: ["deployments"] },
    { apiGroups: ["apps"] },
    { scope: "Cluster" },
  ];
  const webhooks = [...others.map((one) => hook({ rules: [{ ...rule, ...one }] })), hook(), hook({ rules: "x" })];
  assert.deepEqual(
    fact(webhooks).hooks.map(({ index }) => index),
    [others.length],
  );
  // Selectors that choose nothing today may choose something tomorrow.
  assert.equal(fact([hook({ namespaceSelector: { matchLabels: { never: "match" } } })]).hooks.length, 1);
});

const injectors: readonly [string, JsonObject, string, boolean][] = [
  ["by its app label", { name: "x", labels: { app: "sidecar-injector" } }, "h", true],
  ["by its revision", { name: "x", labels: { "istio.io/rev": "a" } }, "h", true],
  ["by the name of the chart", { name: "istio-sidecar-injector-a" }, "h", true],
  ["by the name of a tag", { name: "istio-revision-tag-prod" }, "h", true],
  ["by the name of the webhook", { name: "x" }, "rev.namespace.sidecar-injector.istio.io", true],
  ["not by chance", { name: "linkerd-proxy-injector-webhook-config", labels: { app: "linkerd" } }, "h", false],
];

for (const [rule_, metadata, name, isInjector] of injectors) {
  test(`knows an injector ${rule_}`, () => {
    assert.equal(fact([hook({ name })], metadata).hooks[0]?.isInjector, isInjector);
  });
}

test("reads revision and tag, by name where no label says it", () => {
  const [one] = fact([hook()], { name: "x", labels: { "istio.io/rev": "a", "istio.io/tag": "t" } }).hooks;
  assert.deepEqual([one?.revision, one?.tag], ["a", "t"]);
  assert.equal(fact([hook()], { name: "istio-sidecar-injector-1-28" }).hooks[0]?.revision, "1-28");
  assert.equal(fact([hook()], { name: "istio-revision-tag-prod" }).hooks[0]?.tag, "prod");
  assert.equal(fact([hook()]).hooks[0]?.revision, "default");
});

test("reads where it is, with the API server's defaults", () => {
  const client = (clientConfig: JsonObject) => fact([hook({ clientConfig })]).hooks[0]?.client;
  assert.deepEqual(client({ url: "https://x/inject", caBundle: "Y2E=" }), {
    kind: "url",
    url: "https://x/inject",
    caBundle: "Y2E=",
  });
  assert.deepEqual(client({ service: { name: "istiod", namespace: "istio-system", path: "/inject" } }), {
    kind: "service",
    namespace: "istio-system",
    name: "istiod",
    path: "/inject",
    port: 443,
    caBundle: "",
  });
  assert.equal(client({}), undefined);
  assert.equal(fact([hook()]).hooks[0]?.timeoutSeconds, 10);
});
