import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { appSpec, container, planApp, planTask, taskSpec } from "../../../test/workloads/planning.ts";

const probes = ["readinessProbe", "livenessProbe", "startupProbe"];

function actions(more: object): unknown[] {
  const planned = planApp(appSpec({ containers: [container(more)] })).container;
  return probes.map((name) => {
    const probe = planned[name] as JsonObject | undefined;
    return probe?.["httpGet"] ?? probe?.["tcpSocket"] ?? probe?.["grpc"];
  });
}

describe("probes", () => {
  test("ask the health endpoint by the port's name", () => {
    const http = { port: 8000, path: "/healthz", name: "api" };
    const check = { path: "/healthz", port: "api" };
    assert.deepEqual(actions({ http }), [check, check, check]);
  });

  test("open the port when there is no health endpoint", () => {
    assert.deepEqual(actions({ http: { port: 8000 } }), [{ port: "http" }, { port: "http" }, { port: "http" }]);
  });

  test("speak gRPC's own health protocol, unless http gives them", () => {
    const check = { port: 5000, service: "orders" };
    const grpc = { port: 5000, service: "orders" };
    assert.deepEqual(actions({ grpc }), [check, check, check]);
    assert.deepEqual(actions({ grpc, http: { port: 8000 } })[0], { port: "http" });
    assert.deepEqual(actions({ grpc, http: { port: 8000, probe: false } }), [check, check, check]);
    assert.deepEqual(actions({ grpc: { port: 5000, probe: false } }), [undefined, undefined, undefined]);
  });

  test("give way to each one that is written", () => {
    const livenessProbe = { exec: { command: ["alive"] } };
    const planned = planApp(appSpec({ containers: [container({ http: { port: 80 }, livenessProbe })] })).container;
    assert.deepEqual(planned["livenessProbe"], livenessProbe);
    assert.ok(planned["readinessProbe"] !== undefined);
  });

  test("give a slow start two minutes before liveness counts", () => {
    const { startupProbe } = planApp(appSpec()).container as {
      startupProbe: { periodSeconds: number; failureThreshold: number };
    };
    assert.equal(startupProbe.periodSeconds * startupProbe.failureThreshold, 120);
  });

  test("are given to sidecars, and not to init containers or Tasks, where they are refused or useless", () => {
    const init = (more: object) => {
      const spec = appSpec({ initContainers: [{ name: "init", image: "x", http: { port: 1 }, ...more }] });
      return (planApp(spec).template.spec["initContainers"] as JsonObject[])[0]!;
    };
    assert.ok(init({ restartPolicy: "Always" })["readinessProbe"] !== undefined);
    assert.equal(init({})["readinessProbe"], undefined);
    const task = planTask(taskSpec({ containers: [container({ http: { port: 80 } })] }));
    assert.equal(task.container["readinessProbe"], undefined);
    assert.deepEqual(task.container["ports"], [{ name: "http", containerPort: 80 }]);
  });
});
