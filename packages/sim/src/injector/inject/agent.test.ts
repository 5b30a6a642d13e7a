import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject, JsonValue } from "@fairlead/apimachinery";
import { contextOf, injected, podOf, type PodOptions } from "../../../test/injection.ts";
import { annotationsOf, containerOf, jsonIn, named, objectsIn } from "./pod-parts.ts";
import { inject } from "./inject.ts";

const made = (pod: PodOptions): JsonObject => injected(podOf(pod), contextOf()).pod;
const variable = (pod: JsonObject, name: string): JsonValue | undefined => {
  const value = named(objectsIn(containerOf(pod["spec"], "istio-proxy"), "env"), name)?.["value"];
  return typeof value === "string" ? jsonIn(value) : undefined;
};

const web = (more: JsonObject): PodOptions => ({
  spec: { containers: [{ name: "web", image: "w", ports: [{ name: "http", containerPort: 8080 }], ...more }] },
});

test("sends the application's probes to the agent, which is told what they were", () => {
  const pod = made(
    web({
      readinessProbe: { httpGet: { path: "/ready", port: "http", scheme: "HTTPS" }, timeoutSeconds: 2 },
      livenessProbe: { tcpSocket: { port: 8080 }, periodSeconds: 5 },
      startupProbe: { grpc: { port: 9090 } },
      lifecycle: { preStop: { httpGet: { path: "/stop", port: 8080 } } },
    }),
  );
  const container = containerOf(pod["spec"], "web")!;
  assert.deepEqual(container["readinessProbe"], {
    httpGet: { path: "/app-health/web/readyz", port: 15020, scheme: "HTTP" },
    timeoutSeconds: 2,
  });
  assert.deepEqual(container["livenessProbe"], {
    httpGet: { path: "/app-health/web/livez", port: 15020 },
    periodSeconds: 5,
  });
  assert.deepEqual(container["startupProbe"], { httpGet: { path: "/app-health/web/startupz", port: 15020 } });
  assert.deepEqual(container["lifecycle"], {
    preStop: { httpGet: { path: "/app-lifecycle/web/prestopz", port: 15020 } },
  });
  assert.deepEqual(variable(pod, "ISTIO_KUBE_APP_PROBERS"), {
    "/app-health/web/livez": { tcpSocket: { port: 8080 } },
    "/app-lifecycle/web/prestopz": { httpGet: { path: "/stop", port: 8080 } },
    "/app-health/web/readyz": { httpGet: { path: "/ready", port: 8080, scheme: "HTTPS" }, timeoutSeconds: 2 },
    "/app-health/web/startupz": { grpc: { port: 9090 } },
  });
});

test("leaves probes alone that run a command, and all where the pod says so", () => {
  const exec = { exec: { command: ["true"] } };
  assert.deepEqual(containerOf(made(web({ livenessProbe: exec }))["spec"], "web")?.["livenessProbe"], exec);
  const probe = { httpGet: { path: "/", port: 8080 } };
  const refusing = {
    ...web({ livenessProbe: probe }),
    annotations: { "sidecar.istio.io/rewriteAppHTTPProbers": "false" },
  };
  const pod = made(refusing);
  assert.deepEqual(containerOf(pod["spec"], "web")?.["livenessProbe"], probe);
  assert.equal(variable(pod, "ISTIO_KUBE_APP_PROBERS"), undefined);
});

test("sends Prometheus to the agent, which is told where the application's metrics are", () => {
  const scrape = (annotations: JsonObject): JsonObject => {
    const pod = made({ annotations });
    const found = Object.entries(annotationsOf(pod["metadata"])).filter(([key]) => key.startsWith("prometheus"));
    return { ...Object.fromEntries(found), told: variable(pod, "ISTIO_PROMETHEUS_ANNOTATIONS") ?? null };
  };
  const ours = {
    "prometheus.io/path": "/stats/prometheus",
    "prometheus.io/port": "15020",
    "prometheus.io/scrape": "true",
  };
  assert.deepEqual(scrape({}), { ...ours, told: null });
  assert.deepEqual(
    scrape({ "prometheus.io/port": "9090", "prometheus.io/path": "/m", "prometheus.io/scrape": "true" }),
    {
      ...ours,
      told: { scrape: "true", path: "/m", port: "9090" },
    },
  );
  assert.deepEqual(scrape({ "prometheus.io/scrape": "false" }), { "prometheus.io/scrape": "false", told: null });
  assert.deepEqual(scrape({ "prometheus.istio.io/merge-metrics": "false" }), {
    "prometheus.istio.io/merge-metrics": "false",
    told: null,
  });
  const wrong = inject(podOf({ annotations: { "prometheus.io/port": "many" } }), contextOf());
  assert.match(wrong.kind === "failed" ? wrong.message : "", /invalid port "many"/);
});
