import type { JsonObject } from "@fairlead/apimachinery";
import type { Scenario, Step } from "../scenario/scenario.ts";
import { neverReady, type PodOptions, setImage, workload } from "./parts.ts";

const agent = (spec: JsonObject = {}, pod: PodOptions = {}): Step => ({
  create: workload("DaemonSet", "agent", spec, pod),
});
const available = (count: number): Step => ({
  until: [
    "DaemonSet",
    "agent",
    { status: { numberAvailable: count, desiredNumberScheduled: count, updatedNumberScheduled: count } },
  ],
});
const image = (name: string): Step => ({ merge: ["DaemonSet", "agent", setImage("agent", name)] });
const rolling = (maxSurge: number, maxUnavailable: number | string): JsonObject => ({
  updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxSurge, maxUnavailable } },
});
const onZones = (...values: string[]): JsonObject => ({
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "topology.kubernetes.io/zone", operator: "In", values }] }],
      },
    },
  },
});

export const daemonSetScenarios: readonly Scenario[] = [
  { title: "puts a pod on every node", steps: [agent(), available(3)] },
  {
    title: "puts pods on nodes that its selector selects",
    steps: [agent({}, { spec: { nodeSelector: { "kubernetes.io/hostname": "node-1" } } }), available(1)],
  },
  {
    title: "puts pods on nodes that its affinity allows",
    steps: [agent({}, { spec: onZones("real-1a", "real-1c") }), available(2)],
  },
  { title: "updates node by node", steps: [agent(), available(3), image("a:2"), { settle: true }, available(3)] },
  {
    title: "updates all nodes at once, where all may be missing",
    steps: [agent(rolling(0, "100%")), available(3), image("a:2"), { settle: true }, available(3)],
  },
  {
    title: "puts new pods beside old ones",
    steps: [agent(rolling(1, 0)), available(3), image("a:2"), { settle: true }, available(3)],
  },
  {
    title: "stops an update whose pods do not get ready",
    steps: [
      agent(),
      available(3),
      {
        merge: [
          "DaemonSet",
          "agent",
          {
            spec: {
              template: {
                metadata: { annotations: neverReady },
              },
            },
          },
        ],
      },
      { settle: true },
    ],
  },
  {
    title: "leaves pods alone that are updated on deletion",
    steps: [agent({ updateStrategy: { type: "OnDelete" } }), available(3), image("a:2"), { settle: true }],
  },
  {
    title: "moves to other nodes when its template does",
    steps: [
      agent(),
      available(3),
      { merge: ["DaemonSet", "agent", { spec: { template: { spec: onZones("real-1b") } } }] },
      { settle: true },
      available(1),
    ],
  },
  {
    title: "goes back to an older template",
    steps: [
      agent(),
      available(3),
      image("a:2"),
      { settle: true },
      available(3),
      image("a:1"),
      { settle: true },
      available(3),
    ],
  },
  {
    title: "keeps one old revision",
    steps: [
      agent({ revisionHistoryLimit: 1 }),
      available(3),
      ...["a:2", "a:3"].flatMap((name): Step[] => [image(name), { settle: true }, available(3)]),
    ],
  },
  {
    title: "makes a deleted pod anew",
    steps: [agent(), available(3), { deletePod: "agent-" }, { settle: true }, available(3)],
  },
];
