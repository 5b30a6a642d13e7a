import assert from "node:assert/strict";
import { test } from "node:test";
import type { JsonObject } from "@fairlead/apimachinery";
import { builtinConversions } from "./conversions.ts";

const convert = (from: string, kind: string, to: string, object: JsonObject): JsonObject =>
  builtinConversions.get(`${from} ${kind} ${to}`)!(object);

test("keeps in annotations what the older version of an autoscaler has no fields for", () => {
  const scaler: JsonObject = {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name: "web", annotations: { mine: "kept" } },
    spec: {
      maxReplicas: 5,
      metrics: [
        { type: "Pods", pods: { metric: { name: "queue" }, target: { type: "AverageValue", averageValue: "30" } } },
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 60 } } },
      ],
      behavior: {
        scaleDown: { stabilizationWindowSeconds: 5, policies: [{ type: "Pods", value: 1, periodSeconds: 9 }] },
      },
    },
    status: { currentReplicas: 1, desiredReplicas: 2, currentMetrics: null, conditions: [] },
  };
  const older = convert("autoscaling/v2", "HorizontalPodAutoscaler", "autoscaling/v1", scaler);
  const { annotations } = older["metadata"] as { annotations: Record<string, string> };
  assert.deepEqual(JSON.parse(annotations["autoscaling.alpha.kubernetes.io/metrics"]!), [
    { type: "Pods", pods: { metricName: "queue", targetAverageValue: "30" } },
  ]);
  assert.equal((older["spec"] as JsonObject)["targetCPUUtilizationPercentage"], 60);
  const back = convert("autoscaling/v1", "HorizontalPodAutoscaler", "autoscaling/v2", older);
  assert.deepEqual(back, { ...scaler, status: { currentReplicas: 1, desiredReplicas: 2, currentMetrics: null } });
});

test("leaves out of the newer version of an autoscaler what only the older one says when it is zero", () => {
  const older = { apiVersion: "autoscaling/v1", status: { currentReplicas: 0, desiredReplicas: 0 } };
  const newer = convert("autoscaling/v1", "HorizontalPodAutoscaler", "autoscaling/v2", older);
  assert.deepEqual(newer["status"], { desiredReplicas: 0, currentMetrics: null });
});

test("asks for 80 percent of the CPU where the older version asks for nothing", () => {
  const older = { apiVersion: "autoscaling/v1", metadata: {}, spec: { maxReplicas: 2 } };
  const { spec } = convert("autoscaling/v1", "HorizontalPodAutoscaler", "autoscaling/v2", older) as {
    spec: JsonObject;
  };
  assert.deepEqual(spec["metrics"], [
    { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
  ]);
});

test("names the fields of an event as each of the two groups does", () => {
  const event: JsonObject = {
    kind: "Event",
    apiVersion: "v1",
    metadata: { name: "e" },
    involvedObject: { kind: "Pod", name: "web" },
    reason: "Pulled",
    message: "text",
    source: { component: "kubelet" },
    firstTimestamp: "2026-01-01T00:00:00Z",
    lastTimestamp: "2026-01-01T00:00:01Z",
    count: 2,
    type: "Normal",
    eventTime: null,
    reportingComponent: "kubelet",
    reportingInstance: "node-1",
  };
  const other = convert("v1", "Event", "events.k8s.io/v1", event);
  assert.equal(other["note"], "text");
  assert.equal(other["deprecatedCount"], 2);
  assert.equal(other["reportingController"], "kubelet");
  assert.deepEqual(other["regarding"], { kind: "Pod", name: "web" });
  assert.deepEqual(convert("events.k8s.io/v1", "Event", "v1", other), event);
});
