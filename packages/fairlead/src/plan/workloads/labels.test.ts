import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { appSpec, planApp } from "../../../test/workloads/planning.ts";

const name = { "app.kubernetes.io/name": "orders" };
const managed = { "app.kubernetes.io/managed-by": "fairlead" };

describe("labels", () => {
  test("of every object are the standard ones, the environment's and the declaration's", () => {
    const planned = planApp(appSpec({ partOf: "shop", replicas: 2 }), {
      metadata: { labels: { team: "a" }, annotations: { "example.com/x": "y", "fairlead.dev/compat": "none" } },
      settings: { labels: { env: "prod" } },
    });
    assert.equal(planned.objects.length, 4);
    const expected = { ...name, ...managed, "app.kubernetes.io/part-of": "shop", env: "prod", team: "a" };
    for (const { metadata } of planned.objects) {
      assert.deepEqual(metadata.labels, expected);
      assert.deepEqual(metadata.annotations, { "example.com/x": "y" });
    }
    assert.deepEqual(planned.template.metadata.labels, expected);
    assert.equal(planned.template.metadata.annotations, undefined);
  });

  test("stand in the order of their keys", () => {
    const { labels } = planApp(appSpec({ pod: { labels: { zz: "1", aa: "2" } } })).template.metadata;
    assert.deepEqual(Object.keys(labels ?? {}), ["aa", ...Object.keys(managed), ...Object.keys(name), "zz"]);
  });

  test("of the selector are the name alone, so that partOf may change", () => {
    const planned = planApp(appSpec({ partOf: "shop", replicas: 2 }));
    assert.deepEqual(planned.one("Deployment").spec["selector"], { matchLabels: name });
    assert.deepEqual(planned.one("PodDisruptionBudget").spec["selector"], { matchLabels: name });
    assert.deepEqual(planned.one("Service").spec["selector"], name);
  });

  test("of a selector that is written are on the pods, and everything selects by them", () => {
    const selector = { matchLabels: { app: "old" } };
    const planned = planApp(appSpec({ selector, replicas: 2 }));
    assert.deepEqual(planned.one("Deployment").spec["selector"], selector);
    assert.deepEqual(planned.one("Service").spec["selector"], { app: "old" });
    assert.equal(planned.template.metadata.labels?.["app"], "old");
    assert.deepEqual(planned.codes, []);
  });

  test("that cannot be label values are findings", () => {
    const planned = planApp(appSpec({ partOf: "My Shop", pod: { labels: { a: "-" } } }), {
      metadata: { labels: { b: "ü" } },
    });
    assert.deepEqual(planned.codes, ["FL246", "FL246", "FL246"]);
  });

  test("that the selector misses are a finding", () => {
    const selector = { matchLabels: { app: "a" }, matchExpressions: [{ key: "tier", operator: "Exists" }] };
    assert.deepEqual(planApp(appSpec({ selector })).codes, ["FL225"]);
    assert.deepEqual(planApp(appSpec({ selector, pod: { labels: { tier: "x" } } })).codes, []);
  });
});

describe("standardLabels: false", () => {
  const off = ["nonRoot", "readOnlyRootFilesystem", "noPrivilegeEscalation", "dropCapabilities", "seccomp"];
  const offToo = ["noServiceAccountToken", "topologySpread", "disruptionBudget", "preStop"];
  const exact = {
    standardLabels: false,
    hardening: Object.fromEntries([...off, ...offToo].map((key) => [key, false])),
    serviceAccount: { create: false },
    selector: { matchLabels: { app: "web" } },
    pod: { labels: { app: "web" } },
  };
  const containers = [
    {
      name: "nginx",
      image: "nginx:1.27",
      ports: [{ containerPort: 80 }],
      livenessProbe: { tcpSocket: { port: 80 } },
      resources: "unlimited",
    },
  ];

  test("gives exactly the plain objects that are written", () => {
    const service = {
      name: "web",
      labels: { a: "b" },
      selector: { app: "web" },
      ports: [{ port: 80, targetPort: 80 }],
    };
    const spec = appSpec({ ...exact, containers, replicas: 2, service, disruptionBudget: { minAvailable: 1 } });
    const planned = planApp(spec, { metadata: { labels: { app: "web" }, annotations: { c: "d" } } });
    const { resources: _, ...plain } = containers[0]!;
    const namespace = "shop";
    assert.deepEqual(planned.objects, [
      {
        apiVersion: "v1",
        kind: "Service",
        metadata: { name: "web", namespace, labels: { a: "b" } },
        spec: { selector: { app: "web" }, ports: [{ port: 80, targetPort: 80 }] },
      },
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name: "orders", namespace, labels: { app: "web" }, annotations: { c: "d" } },
        spec: {
          replicas: 2,
          selector: { matchLabels: { app: "web" } },
          template: { metadata: { labels: { app: "web" } }, spec: { containers: [plain] } },
        },
      },
      {
        apiVersion: "policy/v1",
        kind: "PodDisruptionBudget",
        metadata: { name: "orders", namespace },
        spec: { minAvailable: 1, selector: { matchLabels: { app: "web" } } },
      },
    ]);
    assert.deepEqual(planned.findings, []);
  });

  test("keeps replicas beside scaling, as they are written", () => {
    const spec = appSpec({
      ...exact,
      containers,
      service: { enabled: false },
      replicas: 2,
      scaling: { engine: "hpa", max: 3, cpu: 50 },
    });
    assert.equal(planApp(spec).one("Deployment").spec["replicas"], 2);
  });
});
