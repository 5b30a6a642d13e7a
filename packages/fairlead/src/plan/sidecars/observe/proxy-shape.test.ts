import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { expectedProxyOf, proxyOf } from "./proxy-shape.ts";

const proxy: JsonObject = {
  name: "istio-proxy",
  image: "istio/proxyv2:1",
  args: ["proxy", "sidecar"],
  env: [
    { name: "PROXY_CONFIG", value: '{"concurrency": 2,  "a":1}\n' },
    { name: "ISTIO_META_OWNER", value: "kubernetes://apis/apps/v1/namespaces/shop/deployments/web" },
    { name: "POD_NAME", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } },
  ],
};
const pod = (more: JsonObject = {}, metadata: JsonObject = {}): JsonObject => ({
  metadata,
  spec: { containers: [{ name: "app" }, proxy], ...more },
});

test("a pod without a proxy has none", () => {
  assert.equal(proxyOf({ spec: { containers: [{ name: "app" }] } }), undefined);
  assert.equal(proxyOf({ spec: { containers: "x", initContainers: [{ name: "istio-proxy" }] } }), undefined);
  assert.equal(proxyOf({}), undefined);
});

test("leaves out what names the owner, and the spaces that JSON is written with", () => {
  assert.deepEqual(proxyOf(pod())?.env, {
    POD_NAME: '{"fieldRef":{"apiVersion":"v1","fieldPath":"metadata.name"}}',
    PROXY_CONFIG: '{"a":1,"concurrency":2}',
  });
  assert.deepEqual(Object.keys(proxyOf(pod(), ["PROXY_*"])?.env ?? {}), ["POD_NAME"]);
});

test("leaves marks of restarts and hashes of templates out of what old proxies are told", () => {
  const env = (annotations: JsonObject, labels: JsonObject): JsonObject[] => [
    { name: "ISTIO_METAJSON_ANNOTATIONS", value: JSON.stringify(annotations) },
    { name: "ISTIO_METAJSON_LABELS", value: JSON.stringify(labels) },
  ];
  const of = (one: JsonObject[]) => proxyOf(pod({ containers: [{ ...proxy, env: one }] }));
  const marked = of(
    env({ a: "b", "kubectl.kubernetes.io/restartedAt": "x" }, { app: "web", "pod-template-hash": "1" }),
  );
  assert.equal(marked, of(env({ a: "b", "sidecars.fairlead.dev/restarted-for": "y" }, { app: "web" })));
});

test("equal proxies are one object", () => {
  assert.equal(proxyOf(pod()), proxyOf(structuredClone(pod())));
});

test("reads revision from the status, then the annotation, then the label", () => {
  const status = { "sidecar.istio.io/status": '{"revision":"a"}', "istio.io/rev": "b" };
  const labels = { "istio.io/rev": "c" };
  assert.equal(proxyOf(pod({}, { annotations: status, labels }))?.revision, "a");
  assert.equal(proxyOf(pod({}, { annotations: { "istio.io/rev": "b" }, labels }))?.revision, "b");
  assert.equal(proxyOf(pod({}, { annotations: { "sidecar.istio.io/status": "{" }, labels }))?.revision, "c");
});

test("tells native proxies, init containers and the digest that runs", () => {
  const native = pod({
    containers: [{ name: "app" }],
    initContainers: [{ name: "istio-validation" }, { ...proxy, restartPolicy: "Always" }],
  });
  const id = `docker.io/istio/proxyv2@sha256:${"a".repeat(64)}`;
  const running = { ...native, status: { initContainerStatuses: [{ name: "istio-proxy", imageID: id }] } };
  const shape = proxyOf(running);
  assert.deepEqual(
    [shape?.placement, shape?.init, shape?.digest],
    ["native", "validation", `sha256:${"a".repeat(64)}`],
  );
  assert.equal(proxyOf(pod({ initContainers: [{ name: "istio-init" }] }))?.init, "init");
});

test("an expected proxy has the defaults that a running one has", () => {
  const short = { ...proxy, env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] };
  const long = {
    ...proxy,
    env: [{ name: "A", valueFrom: { fieldRef: { apiVersion: "v1", fieldPath: "metadata.name" } } }],
  };
  const limits = { limits: { cpu: "2000m" } };
  const expected = expectedProxyOf(pod({ containers: [{ ...short, resources: limits }] }));
  const resources = { limits: { cpu: "2" }, requests: { cpu: "2" } };
  assert.equal(expected, proxyOf(pod({ containers: [{ ...long, resources }] })));
});
