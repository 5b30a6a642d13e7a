import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { containerOf, containersOf, containerState } from "./container-state.ts";

function pod(spec: JsonObject, status: JsonObject = {}, metadata: JsonObject = {}): KrmObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "web-1", ...metadata }, spec, status };
}

const status = (state: JsonObject, restartCount = 0, list = "containerStatuses"): JsonObject => ({
  phase: "Running",
  [list]: [{ name: "app", state, restartCount }],
});
const app: JsonObject = { containers: [{ name: "app" }] };
const ended = (exitCode: number): JsonObject => ({ terminated: { exitCode } });

test("tells what becomes of a container", () => {
  for (const [expected, spec, state, metadata] of [
    ["waiting", app, {}],
    ["waiting", app, status({ waiting: { reason: "CrashLoopBackOff" } })],
    ["running", app, status({ running: {} })],
    ["waiting", app, status(ended(0))],
    ["finished", app, status(ended(0)), { deletionTimestamp: "2026-01-01T00:00:00Z" }],
    ["finished", { ...app, restartPolicy: "Never" }, status(ended(1))],
    ["finished", { ...app, restartPolicy: "OnFailure" }, status(ended(0))],
    ["waiting", { ...app, restartPolicy: "OnFailure" }, status(ended(1))],
    ["finished", app, { phase: "Failed", reason: "Evicted" }],
    ["finished", app, { ...status({ running: {} }), phase: "Succeeded" }],
    // Init containers run once; with a policy of their own they are sidecars.
    ["finished", { initContainers: [{ name: "app" }] }, status(ended(0), 0, "initContainerStatuses")],
    ["waiting", { initContainers: [{ name: "app" }] }, status(ended(1), 0, "initContainerStatuses")],
    [
      "finished",
      { initContainers: [{ name: "app" }], restartPolicy: "Never" },
      status(ended(1), 0, "initContainerStatuses"),
    ],
    [
      "waiting",
      { initContainers: [{ name: "app", restartPolicy: "Always" }], restartPolicy: "Never" },
      status(ended(0), 0, "initContainerStatuses"),
    ],
    ["finished", { ephemeralContainers: [{ name: "app" }] }, status(ended(1), 0, "ephemeralContainerStatuses")],
  ] as const satisfies readonly (readonly [string, JsonObject, JsonObject, JsonObject?])[]) {
    assert.equal(containerState(pod(spec, state, metadata), "app").kind, expected, JSON.stringify([spec, state]));
  }
});

test("counts restarts", () => {
  assert.equal(containerState(pod(app, status({ running: {} }, 4)), "app").restarts, 4);
  assert.equal(containerState(pod(app), "app").restarts, 0);
});

test("means the annotation's container, else the first, and only what the pod has", () => {
  const two: JsonObject = { containers: [{ name: "proxy" }, { name: "app" }], initContainers: [{ name: "migrate" }] };
  const annotated = (name: string): KrmObject =>
    pod(two, {}, { annotations: { "kubectl.kubernetes.io/default-container": name } });
  assert.deepEqual(containersOf(pod(two)), ["proxy", "app", "migrate"]);
  assert.equal(containerOf(pod(two)), "proxy");
  assert.equal(containerOf(annotated("app")), "app");
  assert.equal(containerOf(annotated("gone")), "proxy");
  assert.equal(containerOf(annotated("app"), "migrate"), "migrate");
  assert.equal(containerOf(pod(two), "nope"), undefined);
  assert.equal(containerOf({ apiVersion: "v1", kind: "Pod", metadata: { name: "x" } }), undefined);
});
