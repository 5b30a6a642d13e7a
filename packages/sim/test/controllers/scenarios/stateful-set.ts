import type { JsonObject } from "@fairlead/apimachinery";
import type { Scenario, Step } from "../scenario/scenario.ts";
import { type PodOptions, setImage, workload } from "./parts.ts";

const db = (spec: JsonObject = {}, pod: PodOptions = {}): Step => ({
  create: workload("StatefulSet", "db", { serviceName: "db", replicas: 3, ...spec }, pod),
});
const available = (count: number): Step => ({
  until: ["StatefulSet", "db", { status: { availableReplicas: count, replicas: count } }],
});
const image = (name: string): Step => ({ merge: ["StatefulSet", "db", setImage("db", name)] });
const spec = (patch: JsonObject): Step => ({ merge: ["StatefulSet", "db", { spec: patch }] });
const partition = (count: number): JsonObject => ({
  updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: count } },
});
const claims = (policy: JsonObject): JsonObject => ({
  volumeClaimTemplates: [
    {
      metadata: { name: "data" },
      spec: {
        storageClassName: "nobody-s",
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage: "1Gi" } },
      },
    },
  ],
  persistentVolumeClaimRetentionPolicy: policy,
});

export const statefulSetScenarios: readonly Scenario[] = [
  { title: "creates pods in order", steps: [db(), available(3)] },
  {
    title: "creates no second pod before the first is ready",
    steps: [db({}, { behaviour: "never-ready" }), { settle: true }],
  },
  {
    title: "creates all pods at once, if they are managed in parallel",
    steps: [db({ podManagementPolicy: "Parallel" }, { behaviour: "never-ready" }), { pods: 3 }],
  },
  {
    title: "updates pods from the last to the first",
    steps: [db(), available(3), image("a:2"), { settle: true }, available(3)],
  },
  {
    title: "leaves pods below its partition as they are",
    steps: [db(partition(2)), available(3), image("a:2"), { settle: true }, available(3)],
  },
  {
    title: "goes on when its partition is lowered",
    steps: [
      db(partition(2)),
      available(3),
      image("a:2"),
      { settle: true },
      spec(partition(0)),
      { settle: true },
      available(3),
    ],
  },
  {
    title: "makes a pod below its partition anew as it was",
    steps: [
      db(partition(2)),
      available(3),
      image("a:2"),
      { settle: true },
      { deletePod: "db-0" },
      { settle: true },
      available(3),
    ],
  },
  {
    title: "updates pods that somebody deletes",
    steps: [
      db({ updateStrategy: { type: "OnDelete" } }),
      available(3),
      image("a:2"),
      { settle: true },
      { deletePod: "db-1" },
      { settle: true },
      available(3),
    ],
  },
  { title: "scales down from the last pod", steps: [db(), available(3), spec({ replicas: 1 }), available(1)] },
  { title: "scales up", steps: [db({ replicas: 1 }), available(1), spec({ replicas: 3 }), available(3)] },
  {
    title: "counts from the ordinal that it starts with",
    steps: [db({ replicas: 2, ordinals: { start: 5 } }), available(2)],
  },
  {
    title: "moves its ordinals",
    steps: [db({ replicas: 2 }), available(2), spec({ ordinals: { start: 1 } }), { settle: true }, available(2)],
  },
  {
    title: "goes back to an older template",
    steps: [
      db({ replicas: 1 }),
      available(1),
      image("a:2"),
      { settle: true },
      available(1),
      image("a:1"),
      { settle: true },
      available(1),
    ],
  },
  {
    title: "keeps one old revision",
    steps: [
      db({ replicas: 1, revisionHistoryLimit: 1 }),
      available(1),
      ...["a:2", "a:3", "a:4"].flatMap((name): Step[] => [image(name), { settle: true }, available(1)]),
    ],
  },
  {
    title: "keeps claims of pods that go",
    steps: [
      db({ replicas: 2, podManagementPolicy: "Parallel", ...claims({ whenDeleted: "Retain", whenScaled: "Retain" }) }),
      { pods: 2 },
      { settle: true },
      spec({ replicas: 1 }),
      { pods: 1 },
    ],
  },
  {
    title: "owns claims that are to go with it",
    steps: [db({ replicas: 1, ...claims({ whenDeleted: "Delete", whenScaled: "Retain" }) }), { pods: 1 }],
  },
  {
    title: "waits for minReadySeconds between pods",
    steps: [db({ replicas: 2, minReadySeconds: 3 }), available(2)],
  },
];
