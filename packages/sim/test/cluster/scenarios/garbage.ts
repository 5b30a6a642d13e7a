import type { JsonObject } from "@fairlead/apimachinery";
import type { Scenario } from "../scenario.ts";
import { configMap, deployment, pod, service } from "./parts.ts";

const shows = ["ConfigMap", "Deployment", "ReplicaSet", "Pod"] as const;
const nobody = "11111111-2222-3333-4444-555555555555";
const owner = (kind: string, name: string, more: JsonObject = {}): JsonObject => ({
  apiVersion: "v1",
  kind,
  name,
  uid: nobody,
  ...more,
});

export const garbageScenarios: readonly Scenario[] = [
  {
    title: "what an absent object owns goes",
    shows,
    steps: [{ create: configMap("orphan", { ownerReferences: [owner("ConfigMap", "nobody")] }) }],
  },
  {
    title: "owners of a kind that is not served are waited for",
    shows,
    steps: [
      { create: configMap("kept", { ownerReferences: [owner("Thing", "nobody", { apiVersion: "example.com/v1" })] }) },
    ],
  },
  {
    title: "an owner of another uid with the same name is absent",
    shows,
    steps: [
      { create: configMap("owner") },
      { create: configMap("owned", { ownerReferences: [owner("ConfigMap", "owner")] }) },
    ],
  },
  {
    title: "a Deployment that is deleted in the background takes what it owns along",
    shows,
    steps: [
      { create: deployment("web", 2) },
      { until: ["Deployment", "web", { status: { readyReplicas: 2 } }] },
      { settle: true },
      { remove: ["Deployment", "web", "Background"] },
      { gone: ["Deployment", "web"] },
    ],
  },
  {
    title: "a Deployment that is deleted in the foreground waits for a pod that is held",
    shows,
    steps: [
      { create: deployment("web", 1) },
      { until: ["Deployment", "web", { status: { readyReplicas: 1 } }] },
      { settle: true },
      { merge: ["Deployment", "web", { spec: { template: { metadata: { finalizers: ["example.com/hold"] } } } }] },
      { until: ["Deployment", "web", { status: { readyReplicas: 1, updatedReplicas: 1, replicas: 1 } }] },
      { settle: true },
      { remove: ["Deployment", "web", "Foreground"] },
    ],
  },
  {
    title: "a Deployment that is deleted alone leaves its ReplicaSet",
    shows,
    steps: [
      { create: deployment("web", 1) },
      { until: ["Deployment", "web", { status: { readyReplicas: 1 } }] },
      { settle: true },
      { remove: ["Deployment", "web", "Orphan"] },
    ],
  },
  {
    title: "finalizers of foreground deletion that a client sets on its own hold nothing",
    shows,
    steps: [{ create: configMap("owner", { finalizers: ["foregroundDeletion"] }) }, { remove: ["ConfigMap", "owner"] }],
  },
  {
    title: "a pod with a finalizer stays until it is gone",
    shows,
    steps: [
      { create: pod("held", { finalizers: ["example.com/hold"] }) },
      { until: ["Pod", "held", { status: { phase: "Running" } }] },
      { settle: true },
      { remove: ["Pod", "held"] },
      { look: true },
      { merge: ["Pod", "held", { metadata: { finalizers: null } }] },
    ],
  },
  {
    title: "an object in a namespace cannot own one of the cluster",
    shows: ["ClusterRole", "ConfigMap"],
    steps: [
      { create: configMap("owner") },
      {
        create: {
          apiVersion: "rbac.authorization.k8s.io/v1",
          kind: "ClusterRole",
          metadata: { name: "{ns}-owned", ownerReferences: [owner("ConfigMap", "owner")] },
          rules: [],
        },
      },
    ],
  },
  {
    title: "endpoint slices of a deleted Service go, orphans stay",
    shows: ["EndpointSlice"],
    steps: [
      { create: service("web", { selector: { app: "x" }, ports: [{ port: 80 }] }) },
      { settle: true },
      { remove: ["Service", "web", "Orphan"] },
    ],
  },
];

export const namespaceScenarios: readonly Scenario[] = [
  {
    title: "a namespace that goes says what it waits for",
    shows: ["Namespace", "Pod", "ConfigMap"],
    steps: [
      { create: configMap("held", { finalizers: ["example.com/hold"] }) },
      { create: configMap("free") },
      { create: pod("held", { finalizers: ["example.com/hold", "example.com/other"] }) },
      { until: ["Pod", "held", { status: { phase: "Running" } }] },
      { settle: true },
      { remove: ["Namespace", "{ns}"] },
      { pass: 20 },
      { look: true },
      { merge: ["Pod", "held", { metadata: { finalizers: null } }] },
      {
        until: [
          "Namespace",
          "{ns}",
          { status: { conditions: { type: "NamespaceFinalizersRemaining", status: "True" } } },
        ],
      },
      { look: true },
      { merge: ["ConfigMap", "held", { metadata: { finalizers: null } }] },
      { gone: ["Namespace", "{ns}"] },
    ],
  },
  {
    title: "an empty one goes at once",
    shows: ["Namespace"],
    steps: [{ remove: ["Namespace", "{ns}"] }, { gone: ["Namespace", "{ns}"] }],
  },
];
