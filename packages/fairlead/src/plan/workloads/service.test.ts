import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { appSpec, container, planApp } from "../../../test/workloads/planning.ts";

describe("the Service of an App", () => {
  test("passes every field of Kubernetes' ServiceSpec on", () => {
    const service = {
      type: "LoadBalancer",
      loadBalancerClass: "internal",
      sessionAffinity: "ClientIP",
      labels: { a: "b" },
    };
    const { metadata, spec } = planApp(appSpec({ service })).one("Service");
    assert.equal(metadata.labels?.["a"], "b");
    assert.deepEqual(spec, {
      type: "LoadBalancer",
      selector: { "app.kubernetes.io/name": "orders" },
      ports: [{ name: "http", port: 8000, targetPort: "http" }],
      loadBalancerClass: "internal",
      sessionAffinity: "ClientIP",
    });
  });

  test("selects and leads where it is told to", () => {
    const service = { selector: { app: "old" }, ports: [{ port: 80, targetPort: 8000 }] };
    assert.deepEqual(planApp(appSpec({ service })).one("Service").spec, {
      selector: { app: "old" },
      ports: [{ port: 80, targetPort: 8000 }],
    });
  });

  test("has siblings in services, of the same pods", () => {
    const services = [
      { name: "orders-public", type: "LoadBalancer" },
      { clusterIP: "None" },
      { enabled: false, name: "x" },
    ];
    const planned = planApp(appSpec({ services }));
    assert.deepEqual(
      planned.list.filter((one) => one.startsWith("Service/")),
      ["Service/orders", "Service/orders-2", "Service/orders-public"],
    );
    assert.deepEqual(
      planned.one("Service", "orders-public").spec["ports"],
      planned.one("Service", "orders").spec["ports"],
    );
  });

  test("has no ports or selector of ours when it stands for an external name", () => {
    const service = { type: "ExternalName", externalName: "db.example" };
    const planned = planApp(appSpec({ containers: [container()], service }));
    assert.deepEqual(planned.one("Service").spec, { type: "ExternalName", externalName: "db.example" });
    assert.deepEqual(planned.codes, []);
  });
});

describe("findings about Services", () => {
  const cases: { what: string; spec: object; code: string; says: RegExp; hint?: RegExp }[] = [
    {
      what: "a Service that is wanted and has no ports",
      spec: { containers: [container()], service: { enabled: true } },
      code: "FL209",
      says: /orders has no ports/,
    },
    {
      what: "a target that no container has, with the one that was meant",
      spec: { service: { ports: [{ port: 80, targetPort: "htp" }] } },
      code: "FL208",
      says: /htp/,
      hint: /http/,
    },
    {
      what: "a number that no container declares",
      spec: { service: { ports: [{ port: 80, targetPort: 8080 }] } },
      code: "FL208",
      says: /8080/,
      hint: /8000/,
    },
    {
      what: "two ports of one number",
      spec: { containers: [container({ http: { port: 80 }, grpc: { port: 81, servicePort: 80 } })] },
      code: "FL207",
      says: /80\/TCP twice/,
    },
    {
      what: "several ports without names",
      spec: {
        service: {
          ports: [
            { port: 80, targetPort: 8000 },
            { port: 81, targetPort: 8000, name: "b" },
          ],
        },
      },
      code: "FL205",
      says: /has no name/,
    },
    {
      what: "a port number out of range",
      spec: { service: { ports: [{ port: 0, targetPort: "http" }] } },
      code: "FL206",
      says: /0 is no port/,
    },
    { what: "two Services of one name", spec: { services: [{ name: "orders" }] }, code: "FL245", says: /orders/ },
  ];
  for (const { what, spec, code, says, hint } of cases) {
    test(what, () => {
      const found = planApp(appSpec(spec)).findings.find((finding) => finding.code === code);
      assert.match(found?.message ?? "", says);
      if (hint !== undefined) assert.match(found?.hint ?? "", hint);
    });
  }

  test("no target of pods that another selector selects is judged", () => {
    const service = { selector: { app: "other" }, ports: [{ port: 80, targetPort: "elsewhere" }] };
    assert.deepEqual(planApp(appSpec({ service })).codes, []);
  });
});
