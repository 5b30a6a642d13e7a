import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerRun } from "../held-pod.ts";
import type { HandlerSpec } from "../pod-types.ts";
import { askedOfAgent } from "./played-agent.ts";

const redirected: HandlerSpec = { httpGet: { path: "/app-health/web/readyz", port: 15020 } };

function runs(variable: string | undefined, process?: ContainerRun["process"]): ReadonlyMap<string, ContainerRun> {
  const env = variable === undefined ? {} : { ISTIO_KUBE_APP_PROBERS: variable };
  return new Map([["istio-proxy", { id: "1", env, directory: "/", process } as unknown as ContainerRun]]);
}

const probers = JSON.stringify({
  "/app-health/web/readyz": { httpGet: { path: "/ready", port: 8080, scheme: "HTTPS" }, timeoutSeconds: 3 },
  "/app-health/web/livez": { tcpSocket: { port: 8081 } },
  "/app-health/web/startupz": { grpc: { port: 8082, service: "web" } },
  "/app-health/web/odd": "text",
});

test("a redirected probe asks the application beside a proxy that is played", () => {
  const asked = (path: string): HandlerSpec => askedOfAgent({ httpGet: { path, port: 15020 } }, runs(probers));
  assert.deepEqual(asked("/app-health/web/readyz"), { httpGet: { path: "/ready", port: 8080, scheme: "HTTPS" } });
  assert.deepEqual(asked("/app-health/web/livez"), { tcpSocket: { port: 8081 } });
  assert.deepEqual(asked("/app-health/web/startupz"), { grpc: { port: 8082, service: "web" } });
});

test("every other probe stays as it is", () => {
  const same: readonly (readonly [HandlerSpec, ReadonlyMap<string, ContainerRun>])[] = [
    [redirected, new Map()],
    [redirected, runs(undefined)],
    [redirected, runs("{")],
    [redirected, runs("[]")],
    [redirected, runs(probers, {} as NonNullable<ContainerRun["process"]>)],
    [{ httpGet: { path: "/app-health/web/odd", port: 15020 } }, runs(probers)],
    [{ httpGet: { path: "/healthy", port: 8080 } }, runs(probers)],
    [{ httpGet: { path: "constructor", port: 15020 } }, runs(probers)],
    [{ tcpSocket: { port: 8080 } }, runs(probers)],
  ];
  for (const [handler, beside] of same) assert.equal(askedOfAgent(handler, beside), handler);
});
