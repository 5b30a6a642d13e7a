import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { AppSpec } from "../../kinds/app.ts";
import { appSpec, container, declare, planApp, worldOf } from "../../../test/workloads/planning.ts";
import { hasService, serviceName, servicePorts, splitPort } from "./ports.ts";

function portsOf(spec: AppSpec, compat = false) {
  const app = declare("App", spec, { compat });
  return servicePorts(app, worldOf(app));
}

describe("the ports of an App's Service", () => {
  test("are those of http and grpc, reached by name", () => {
    const spec = appSpec({ containers: [container({ grpc: { port: 5000 }, http: { port: 8000 } })] });
    assert.deepEqual(portsOf(spec), [
      { name: "http", port: 8000, targetPort: "http", protocol: "TCP" },
      { name: "grpc", port: 5000, targetPort: "grpc", protocol: "TCP" },
    ]);
  });

  test("take servicePort and name, and say the protocol that the name hides", () => {
    const spec = appSpec({ containers: [container({ http: { port: 8000, servicePort: 80, name: "api" } })] });
    assert.deepEqual(portsOf(spec), [
      { name: "api", port: 80, targetPort: "api", protocol: "TCP", appProtocol: "http" },
    ]);
  });

  test("are the listed ports of the main container, also those without a name", () => {
    const ports = [
      { containerPort: 53, protocol: "UDP" },
      { containerPort: 9000, name: "admin" },
    ];
    const spec = appSpec({
      containers: [container({ ports }), container({ name: "sidecar", ports: [{ containerPort: 1 }] })],
    });
    assert.deepEqual(portsOf(spec), [
      { name: "udp-53", port: 53, targetPort: 53, protocol: "UDP" },
      { name: "admin", port: 9000, targetPort: "admin", protocol: "TCP" },
    ]);
  });

  test("name a listed port that http means, instead of listing it twice", () => {
    const spec = appSpec({ containers: [container({ ports: [{ containerPort: 8000 }], http: { port: 8000 } })] });
    assert.deepEqual(planApp(spec).container["ports"], [{ containerPort: 8000, name: "http" }]);
    assert.deepEqual(portsOf(spec).length, 1);
  });

  test("are what service.ports says when it says something", () => {
    const service = { name: "web", ports: [{ port: 80, targetPort: "http", nodePort: 30080 }] };
    assert.deepEqual(portsOf(appSpec({ service })), [
      { name: "", port: 80, targetPort: "http", protocol: "TCP", nodePort: 30080 },
    ]);
    assert.equal(serviceName(declare("App", appSpec({ service }))), "web");
  });

  test("come in the predecessor's order and by number in compat mode", () => {
    const spec = appSpec({ containers: [container({ grpc: { port: 5000 }, http: { port: 8000 } })] });
    assert.deepEqual(portsOf(spec, true), [
      { name: "grpc", port: 5000, targetPort: 5000, protocol: "TCP" },
      { name: "http", port: 8000, targetPort: 8000, protocol: "TCP" },
    ]);
  });
});

describe("whether an App has a Service", () => {
  const has = (spec: AppSpec) => {
    const app = declare("App", spec);
    return hasService(app, worldOf(app));
  };
  const silent = { containers: [container()] };

  test("depends on its ports", () => {
    assert.equal(has(appSpec()), true);
    assert.equal(has(appSpec(silent)), false);
    assert.equal(has(appSpec({ service: { enabled: false } })), false);
  });

  test("does not when it is headless or stands for an external name", () => {
    assert.equal(has(appSpec({ ...silent, service: { clusterIP: "None" } })), true);
    assert.equal(has(appSpec({ ...silent, service: { type: "ExternalName", externalName: "db.example" } })), true);
  });
});

test("a canary's router splits http, else grpc, else the first port", () => {
  const [http, grpc, tcp] = ["http", "grpc", "tcp-1"].map(
    (name) => ({ name, port: 1, targetPort: 1, protocol: "TCP" }) as const,
  );
  assert.equal(splitPort([tcp!, grpc!, http!]), http);
  assert.equal(splitPort([tcp!, grpc!]), grpc);
  assert.equal(splitPort([tcp!]), tcp);
});
