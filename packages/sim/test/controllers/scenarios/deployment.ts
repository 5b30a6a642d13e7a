import type { Scenario, Step } from "../scenario/scenario.ts";
import { neverReady, setImage, workload } from "./parts.ts";
import type { JsonObject } from "@fairlead/apimachinery";

const web = (spec: Parameters<typeof workload>[2] = {}, pod: Parameters<typeof workload>[3] = {}): Step => ({
  create: workload("Deployment", "web", { replicas: 3, ...spec }, pod),
});
const rolledOut = (replicas = 3): Step => ({
  until: [
    "Deployment",
    "web",
    {
      status: {
        conditions: { reason: "NewReplicaSetAvailable" },
        availableReplicas: replicas,
        updatedReplicas: replicas,
        replicas,
      },
    },
  ],
});
const rolling = (
  maxSurge: number | string,
  maxUnavailable: number | string,
): { strategy: { type: string; rollingUpdate: { maxSurge: number | string; maxUnavailable: number | string } } } => ({
  strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
});
const image = (name: string): Step => ({ merge: ["Deployment", "web", setImage("web", name)] });
const spec = (patch: Parameters<typeof workload>[2]): Step => ({ merge: ["Deployment", "web", { spec: patch }] });

const template = (patch: JsonObject): Step => ({ merge: ["Deployment", "web", { spec: { template: patch } }] });

export const deploymentScenarios: readonly Scenario[] = [
  { title: "creates a ReplicaSet and its pods", steps: [web(), rolledOut()] },
  { title: "without pods it is complete at once", steps: [web({ replicas: 0 }), { settle: true }] },
  {
    title: "replaces pods one by one, with one more than wanted",
    steps: [web(rolling(1, 0)), rolledOut(), image("a:2"), { settle: true }, rolledOut()],
  },
  {
    title: "replaces pods one by one, with one less than wanted",
    steps: [web(rolling(0, 1)), rolledOut(), image("a:2"), { settle: true }, rolledOut()],
  },
  {
    title: "starts all new pods at once, with a surge of all",
    steps: [
      web(rolling("100%", 0)),
      rolledOut(),
      template({ metadata: { annotations: neverReady } }),
      { settle: true },
    ],
  },
  {
    title: "stops all old pods at once, where all may be missing",
    steps: [web(rolling(0, "100%")), rolledOut(), image("a:2"), { settle: true }, rolledOut()],
  },
  {
    title: "keeps old pods while new ones do not get ready",
    steps: [
      web({ replicas: 4, ...rolling("50%", "25%") }),
      rolledOut(4),
      template({ metadata: { annotations: neverReady } }),
      { settle: true },
    ],
  },
  {
    title: "makes new pods only when the last old one is gone, if told to recreate",
    steps: [web({ strategy: { type: "Recreate" } }), rolledOut(), image("a:2"), { settle: true }, rolledOut()],
  },
  {
    title: "says that its deadline has passed",
    steps: [
      web({ progressDeadlineSeconds: 3 }, { behaviour: "never-ready" }),
      { until: ["Deployment", "web", { status: { conditions: { reason: "ProgressDeadlineExceeded" } } }] },
    ],
  },
  {
    title: "recovers from a passed deadline with a template that works",
    steps: [
      web({ progressDeadlineSeconds: 3, replicas: 1, ...rolling(1, 0) }, { behaviour: "never-ready" }),
      { until: ["Deployment", "web", { status: { conditions: { reason: "ProgressDeadlineExceeded" } } }] },
      template({ metadata: { annotations: null } }),
      rolledOut(1),
    ],
  },
  {
    title: "goes back to an older template",
    steps: [
      web(rolling(1, 0)),
      rolledOut(),
      image("a:2"),
      { settle: true },
      rolledOut(),
      image("a:1"),
      { settle: true },
      rolledOut(),
    ],
  },
  {
    title: "keeps two old ReplicaSets",
    steps: [
      web({ replicas: 1, revisionHistoryLimit: 2, ...rolling(1, 0) }),
      rolledOut(1),
      ...["a:2", "a:3", "a:4", "a:5"].flatMap((name): Step[] => [image(name), { settle: true }, rolledOut(1)]),
    ],
  },
  {
    title: "scales up and down",
    steps: [web(), rolledOut(), spec({ replicas: 5 }), rolledOut(5), spec({ replicas: 2 }), rolledOut(2)],
  },
  {
    title: "does nothing but scale while it is paused",
    steps: [
      web({ paused: true }),
      { settle: true },
      spec({ paused: false }),
      rolledOut(),
      spec({ paused: true }),
      image("a:2"),
      spec({ replicas: 4 }),
      { settle: true },
      spec({ replicas: 4, paused: true }),
    ],
  },
  {
    title: "shares new pods out among its ReplicaSets when it is scaled amid a rollout",
    steps: [
      web({ replicas: 10, ...rolling(3, 2) }),
      rolledOut(10),
      template({ metadata: { annotations: neverReady } }),
      { settle: true },
      spec({ replicas: 15 }),
      { settle: true },
      spec({ replicas: 5 }),
    ],
  },
  {
    title: "takes in a ReplicaSet that its selector matches",
    steps: [
      {
        create: workload(
          "ReplicaSet",
          "web-old",
          { replicas: 2, selector: { matchLabels: { app: "web", "pod-template-hash": "old" } } },
          { labels: { app: "web", "pod-template-hash": "old" } },
        ),
      },
      { merge: ["ReplicaSet", "web-old", { metadata: { labels: { app: "web", "pod-template-hash": "old" } } }] },
      { pods: 2 },
      web({ replicas: 2 }),
      { settle: true },
    ],
  },
  {
    title: "waits until pods have been ready for a while",
    steps: [
      web({ minReadySeconds: 4, ...rolling(1, 0), replicas: 2 }),
      { until: ["Deployment", "web", { status: { readyReplicas: 2 } }] },
      { until: ["Deployment", "web", { status: { conditions: { reason: "NewReplicaSetAvailable" } } }] },
    ],
  },
  {
    title: "copies its annotations to the ReplicaSet",
    steps: [
      web({ replicas: 1 }),
      rolledOut(1),
      { merge: ["Deployment", "web", { metadata: { annotations: { team: "shop" } } }] },
    ],
  },
  {
    title: "leaves its ReplicaSet behind as an orphan",
    steps: [web({ replicas: 1 }), rolledOut(1), { remove: ["Deployment", "web", "Orphan"] }, { settle: true }],
  },
];
