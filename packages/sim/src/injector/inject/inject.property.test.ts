import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { applyJsonPatch, clone, equal, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { contextOf, podOf } from "../../../test/injection.ts";
import { inject } from "./inject.ts";
import { jsonDiff } from "./json-diff.ts";

const word = fc.constantFrom(
  "web",
  "istio-proxy",
  "istio-init",
  "log",
  "a",
  "__proto__",
  "constructor",
  "true",
  "false",
  "1",
  "",
);
const known = [
  "sidecar.istio.io/inject",
  "sidecar.istio.io/nativeSidecar",
  "sidecar.istio.io/proxyImage",
  "sidecar.istio.io/proxyCPU",
  "sidecar.istio.io/interceptionMode",
  "sidecar.istio.io/rewriteAppHTTPProbers",
  "sidecar.istio.io/status",
  "inject.istio.io/templates",
  "proxy.istio.io/config",
  "proxy.istio.io/overrides",
  "prometheus.io/port",
  "prometheus.io/scrape",
  "status.sidecar.istio.io/port",
  "topology.istio.io/network",
  "kubectl.kubernetes.io/default-container",
];
const value = fc.constantFrom(
  "true",
  "false",
  "NONE",
  "TPROXY",
  "REDIRECT",
  "1",
  "100m",
  "mine/proxy:1",
  "gateway",
  "sidecar,grpc-agent",
  "{}",
  '{"containers":["web"]}',
  "holdApplicationUntilProxyStarts: true",
  '"quoted"',
  "a: b: c",
  "\n- x",
  "{{ .Values }}",
  "",
);
const texts = fc.dictionary(fc.oneof(fc.constantFrom(...known), word), value, { maxKeys: 5 });
const probe = fc.constantFrom<JsonObject>(
  { httpGet: { path: "/", port: 80 } },
  { httpGet: { path: "/", port: "http" } },
  { httpGet: { path: "/app-health/web/readyz", port: 15020 } },
  { tcpSocket: { port: 80 } },
  { grpc: { port: 80 } },
  { exec: { command: ["true"] } },
);
const container = fc.record(
  {
    name: word.filter((name) => name !== ""),
    image: fc.constantFrom("auto", "web:1"),
    ports: fc.array(fc.record({ containerPort: fc.constantFrom(80, 15020) }), { maxLength: 2 }),
    env: fc.uniqueArray(
      fc.record({ name: fc.constantFrom("A", "B", "TRUST_DOMAIN", "ISTIO_KUBE_APP_PROBERS"), value: word }),
      { maxLength: 2, selector: ({ name }) => name },
    ),
    readinessProbe: probe,
    livenessProbe: probe,
    securityContext: fc.constantFrom<JsonObject>({ runAsUser: 7 }, { runAsUser: 0, runAsGroup: 3 }, {}),
  },
  { requiredKeys: ["name"] },
) as fc.Arbitrary<JsonObject>;
const containers = fc.uniqueArray(container, { maxLength: 3, selector: ({ name }) => name });

/** Pods as an API server lets them through: names of containers are unique. */
const pods = fc
  .record({ labels: texts, annotations: texts, regular: containers, init: containers })
  .map(({ labels, annotations, regular, init }) => {
    // A proxy of their own is written among the regular containers.
    const others = init.filter(({ name }) => name !== "istio-proxy" && !regular.some((one) => one["name"] === name));
    // Where its ports stand among those of the pod depends on where the proxy is: istiod, too, tells them in another
    // order when it is asked again.
    for (const one of regular) if (one["name"] === "istio-proxy") delete one["ports"];
    const spec: JsonObject = { containers: regular, ...(others.length > 0 ? { initContainers: others } : {}) };
    return podOf({ labels, annotations, spec });
  });

const contexts = [
  contextOf({}, { nativeSidecars: true }),
  contextOf({ cni: true, revision: "1-28" }),
  contextOf({ values: { global: { network: "n1", multiCluster: { clusterName: "c1" } } } }, { path: "/inject/net/n2" }),
  contextOf({ policy: "disabled", meshConfig: { defaultConfig: { holdApplicationUntilProxyStarts: true } } }),
];

test("injecting an injected pod changes nothing", () => {
  let count = 0;
  fc.assert(
    fc.property(pods, fc.nat(contexts.length - 1), (pod, index) => {
      const context = contexts[index]!;
      // A status that is a lie is not ours to keep.
      delete (pod["metadata"] as { annotations: JsonObject }).annotations["sidecar.istio.io/status"];
      const first = inject(pod, context);
      if (first.kind !== "injected") return;
      count += 1;
      const second = inject(first.pod, context);
      assert.equal(second.kind, "injected");
      assert.deepEqual(second.patch, []);
    }),
    { numRuns: 400, seed: 11 },
  );
  assert.ok(count > 100, `${count} pods were injected`);
});

test("makes patches that give the injected pod, and leaves the pod as it was", () => {
  fc.assert(
    fc.property(pods, fc.nat(contexts.length - 1), (pod, index) => {
      const context = contexts[index]!;
      const before = clone(pod);
      const result = inject(pod, context);
      assert.ok(equal(pod, before));
      if (result.kind !== "injected") return;
      assert.ok(equal(applyJsonPatch(pod, result.patch), result.pod));
    }),
    { numRuns: 300, seed: 12 },
  );
});

test("never throws for any pod, and gives the same for the same", () => {
  const anything = fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<JsonValue>;
  const hostile = fc.record({ metadata: anything, spec: anything }, { requiredKeys: [] }) as fc.Arbitrary<JsonObject>;
  const half = fc.record({
    metadata: fc.record({ labels: anything, annotations: anything, ownerReferences: anything, generateName: anything }),
    spec: fc.record({ containers: anything, initContainers: anything, volumes: anything }),
  }) as fc.Arbitrary<JsonObject>;
  fc.assert(
    fc.property(fc.oneof(hostile, half, pods), fc.nat(contexts.length - 1), (pod, index) => {
      const context = contexts[index]!;
      assert.deepEqual(inject(pod, context), inject(clone(pod), context));
    }),
    { numRuns: 500, seed: 13 },
  );
});

test("ends within a moment for pods that are large", () => {
  const many = Array.from({ length: 2000 }, (_, index) => ({
    name: `c${index}`,
    image: "x",
    ports: [{ containerPort: index + 1 }],
  }));
  const spec = { containers: many };
  const results = [
    inject(podOf({ spec }), contexts[0]!),
    inject(podOf({ annotations: { "proxy.istio.io/config": "[".repeat(100_000) } }), contexts[0]!),
    inject(podOf({ annotations: { "inject.istio.io/templates": "sidecar,".repeat(10_000) } }), contexts[0]!),
  ];
  assert.deepEqual(
    results.map((one) => one.kind),
    ["injected", "failed", "injected"],
  );
});

test("makes patches between any two values", () => {
  const values = fc
    .jsonValue({ maxDepth: 4 })
    .filter((one) => typeof one === "object" && one !== null && !Array.isArray(one)) as fc.Arbitrary<JsonObject>;
  fc.assert(
    fc.property(values, values, (before, after) => {
      assert.ok(equal(applyJsonPatch(before, jsonDiff(before, after)), after));
    }),
    { numRuns: 500, seed: 14 },
  );
});
