import type { Scenario, Step } from "../scenario/scenario.ts";
import { neverReady, template, workload } from "./parts.ts";

const web = (replicas: number): Step => ({ create: workload("ReplicaSet", "web", { replicas }) });

export const replicaSetScenarios: readonly Scenario[] = [
  { title: "creates pods", steps: [web(3), { pods: 3 }] },
  {
    title: "replaces a pod that is deleted",
    steps: [web(2), { pods: 2 }, { settle: true }, { deletePod: "web-" }, { settle: true }],
  },
  {
    title: "takes in pods that its selector matches",
    steps: [
      {
        create: {
          apiVersion: "v1",
          kind: "Pod",
          metadata: { name: "stray", labels: { app: "web" } },
          spec: template("web")["spec"]!,
        },
      },
      { pods: 1 },
      { settle: true },
      web(1),
      { settle: true },
    ],
  },
  {
    title: "deletes pods that are not ready first",
    steps: [
      {
        create: {
          apiVersion: "v1",
          kind: "Pod",
          metadata: {
            name: "lame",
            labels: { app: "web" },
            annotations: neverReady,
          },
          spec: template("web")["spec"]!,
        },
      },
      { pods: 1 },
      web(3),
      { pods: 3 },
      { settle: true },
      { merge: ["ReplicaSet", "web", { spec: { replicas: 2 } }] },
      { pods: 2 },
    ],
  },
  {
    title: "keeps the pod whose deletion costs most",
    steps: [
      {
        create: {
          apiVersion: "v1",
          kind: "Pod",
          metadata: {
            name: "dear",
            labels: { app: "web" },
            annotations: { "controller.kubernetes.io/pod-deletion-cost": "100" },
          },
          spec: template("web")["spec"]!,
        },
      },
      { pods: 1 },
      web(3),
      { pods: 3 },
      { settle: true },
      { merge: ["ReplicaSet", "web", { spec: { replicas: 1 } }] },
      { pods: 1 },
    ],
  },
  {
    title: "leaves its pods behind as orphans",
    steps: [web(2), { pods: 2 }, { settle: true }, { remove: ["ReplicaSet", "web", "Orphan"] }, { settle: true }],
  },
  {
    title: "the same of a ReplicationController",
    steps: [
      {
        create: {
          apiVersion: "v1",
          kind: "ReplicationController",
          metadata: { name: "web" },
          spec: { replicas: 2, selector: { app: "web" }, template: template("web") },
        },
      },
      { pods: 2 },
      { settle: true },
      { merge: ["ReplicationController", "web", { spec: { replicas: 1 } }] },
      { pods: 1 },
    ],
  },
];
