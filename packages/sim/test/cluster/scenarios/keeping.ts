import type { JsonObject } from "@fairlead/apimachinery";
import type { Scenario } from "../scenario.ts";
import { configMap, deployment, neverReady, pod, running, service } from "./parts.ts";

function budget(name: string, spec: JsonObject): JsonObject {
  return {
    apiVersion: "policy/v1",
    kind: "PodDisruptionBudget",
    metadata: { name },
    spec: { selector: { matchLabels: { app: "web" } }, ...spec },
  };
}

const three = { status: { readyReplicas: 3 } };

export const budgetScenarios: readonly Scenario[] = [
  {
    title: "counts against a number and a percentage",
    shows: ["PodDisruptionBudget"],
    steps: [
      { create: deployment("web", 3) },
      { until: ["Deployment", "web", three] },
      { create: budget("number", { minAvailable: 2 }) },
      { create: budget("percent", { minAvailable: "50%" }) },
      { create: budget("max", { maxUnavailable: 1 }) },
      { create: budget("max-percent", { maxUnavailable: "30%" }) },
    ],
  },
  {
    title: "no pods to keep",
    shows: ["PodDisruptionBudget"],
    steps: [{ create: budget("number", { minAvailable: 1 }) }, { create: budget("max", { maxUnavailable: 1 }) }],
  },
  {
    title: "pods of nobody cannot be counted by a percentage",
    shows: ["PodDisruptionBudget"],
    steps: [
      { create: pod("one") },
      { create: pod("two", { annotations: neverReady }) },
      { until: ["Pod", "one", running] },
      { until: ["Pod", "two", running] },
      { create: budget("number", { minAvailable: 1 }) },
      { create: budget("percent", { minAvailable: "50%" }) },
      { create: budget("max", { maxUnavailable: 1 }) },
    ],
  },
];

export const quotaScenarios: readonly Scenario[] = [
  {
    title: "counts what was there before it",
    shows: ["ResourceQuota"],
    steps: [
      { create: configMap("a") },
      { create: pod("one", { requests: { cpu: "100m", memory: "64Mi" } }) },
      { create: pod("best-effort") },
      { create: service("web", { ports: [{ port: 80 }] }) },
      { until: ["Pod", "one", running] },
      {
        create: {
          apiVersion: "v1",
          kind: "ResourceQuota",
          metadata: { name: "all" },
          spec: {
            hard: {
              pods: "10",
              "requests.cpu": "2",
              "requests.memory": "1Gi",
              services: "5",
              "count/configmaps": "10",
              "services.loadbalancers": "0",
              persistentvolumeclaims: "4",
            },
          },
        },
      },
      {
        create: {
          apiVersion: "v1",
          kind: "ResourceQuota",
          metadata: { name: "cheap" },
          spec: { hard: { pods: "3" }, scopes: ["BestEffort"] },
        },
      },
    ],
  },
  {
    title: "counts down when objects go, and follows its limits",
    shows: ["ResourceQuota"],
    steps: [
      {
        create: {
          apiVersion: "v1",
          kind: "ResourceQuota",
          metadata: { name: "all" },
          spec: { hard: { pods: "10", "requests.cpu": "2", secrets: "10" } },
        },
      },
      { until: ["ResourceQuota", "all", { status: { hard: { pods: "10" } } }] },
      { create: pod("one", { requests: { cpu: "100m" } }) },
      { create: pod("two", { requests: { cpu: "250m" } }) },
      { until: ["Pod", "one", running] },
      { until: ["Pod", "two", running] },
      { look: true },
      { remove: ["Pod", "one"] },
      { gone: ["Pod", "one"] },
      { until: ["ResourceQuota", "all", { status: { used: { pods: "1" } } }] },
      { merge: ["ResourceQuota", "all", { spec: { hard: { "requests.cpu": null, configmaps: "7" } } }] },
      { until: ["ResourceQuota", "all", { status: { hard: { configmaps: "7" } } }] },
    ],
  },
];

function scaler(name: string, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: "autoscaling/v2",
    kind: "HorizontalPodAutoscaler",
    metadata: { name },
    spec: {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 2,
      maxReplicas: 4,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 50 } } },
      ],
      ...spec,
    },
  };
}

const scaling = (status: string): JsonObject => ({ conditions: { type: "ScalingActive", status } });

export const scalerScenarios: readonly Scenario[] = [
  {
    title: "keeps within its bounds without metrics",
    shows: ["HorizontalPodAutoscaler", "Deployment"],
    steps: [
      { create: deployment("web", 1, { cpu: "100m" }) },
      { until: ["Deployment", "web", { status: { readyReplicas: 1 } }] },
      { create: scaler("web") },
      { until: ["HorizontalPodAutoscaler", "web", { status: scaling("False") as never }] },
      { until: ["Deployment", "web", { spec: { replicas: 2 } }] },
      { until: ["Deployment", "web", { status: { readyReplicas: 2 } }] },
      { pass: 16 },
    ],
  },
  {
    title: "comes down to the most at once",
    shows: ["HorizontalPodAutoscaler", "Deployment"],
    steps: [
      { create: deployment("web", 6, { cpu: "100m" }) },
      { until: ["Deployment", "web", { status: { readyReplicas: 6 } }] },
      { create: scaler("web") },
      { until: ["Deployment", "web", { spec: { replicas: 4 } }] },
      { until: ["Deployment", "web", { status: { replicas: 4 } }] },
    ],
  },
  {
    title: "is off at zero replicas, and without a target",
    shows: ["HorizontalPodAutoscaler", "Deployment"],
    steps: [
      { create: deployment("web", 0) },
      { until: ["Deployment", "web", { status: { observedGeneration: 1 } }] },
      { create: scaler("web") },
      {
        create: scaler("lost", { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "none" } }),
      },
      { until: ["HorizontalPodAutoscaler", "web", { status: scaling("False") as never }] },
      {
        until: [
          "HorizontalPodAutoscaler",
          "lost",
          { status: { conditions: { type: "AbleToScale", status: "False" } } },
        ],
      },
    ],
  },
];
