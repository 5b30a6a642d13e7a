import type { JsonObject } from "@fairlead/apimachinery";
import type { Scenario } from "../scenario.ts";
import { pod, running } from "./parts.ts";

const shows = ["Pod"] as const;
const isPending = { status: { conditions: { type: "PodScheduled", status: "False" } } };
const host = "kubernetes.io/hostname";

const apart = (more: JsonObject = {}): JsonObject => ({
  affinity: {
    podAntiAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [
        { labelSelector: { matchLabels: { app: "web" } }, topologyKey: host, ...more },
      ],
    },
  },
});

const together = (app: string): JsonObject => ({
  affinity: {
    podAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: [{ labelSelector: { matchLabels: { app } }, topologyKey: host }],
    },
  },
});

const spread = (more: JsonObject): JsonObject => ({
  topologySpreadConstraints: [
    {
      maxSkew: 1,
      topologyKey: "topology.kubernetes.io/zone",
      whenUnsatisfiable: "DoNotSchedule",
      labelSelector: { matchLabels: { app: "web" } },
      ...more,
    },
  ],
});

const at = (node: string): JsonObject => ({ nodeSelector: { [host]: node } });

export const schedulingScenarios: readonly Scenario[] = [
  {
    title: "too much is asked for",
    shows,
    steps: [{ create: pod("big", { requests: { cpu: "1000", memory: "9Ti" } }) }],
  },
  {
    title: "an unknown resource",
    shows,
    steps: [
      {
        create: pod("gpu", {
          spec: { containers: [{ name: "web", image: "a:1", resources: { limits: { "example.com/gpu": "1" } } }] },
        }),
      },
    ],
  },
  {
    title: "a node selector that nothing matches",
    shows,
    steps: [{ create: pod("one", { spec: { nodeSelector: { no: "where" } } }) }],
  },
  {
    title: "reasons differ from node to node",
    shows,
    steps: [
      {
        create: pod("one", {
          requests: { cpu: "1000" },
          spec: {
            affinity: {
              nodeAffinity: {
                requiredDuringSchedulingIgnoredDuringExecution: {
                  nodeSelectorTerms: [{ matchExpressions: [{ key: host, operator: "In", values: ["node-0"] }] }],
                },
              },
            },
          },
        }),
      },
    ],
  },
  {
    title: "pods apart from each other",
    shows,
    steps: [
      ...["a", "b", "c"].map((name) => ({ create: pod(name, { spec: apart() }) })),
      ...["a", "b", "c"].map((name) => ({ until: ["Pod", name, running] as const })),
      { create: pod("d", { spec: apart() }) },
    ],
  },
  {
    title: "existing pods that keep others away",
    shows,
    steps: [
      ...["a", "b", "c"].map((name) => ({ create: pod(name, { spec: apart() }) })),
      ...["a", "b", "c"].map((name) => ({ until: ["Pod", name, running] as const })),
      { create: pod("d") },
    ],
  },
  {
    title: "pods that want to be with others",
    shows,
    steps: [
      { create: pod("first", { spec: together("web") }) },
      { until: ["Pod", "first", running] },
      { create: pod("alone", { labels: { app: "x" }, spec: together("nobody") }) },
    ],
  },
  {
    title: "a spread without the key",
    shows,
    steps: [{ create: pod("one", { spec: spread({ topologyKey: "no-such-key" }) }) }],
  },
  {
    title: "a spread that is full where the pod may go",
    shows,
    steps: [
      { create: pod("a", { spec: { ...spread({}), ...at("node-0") } }) },
      { until: ["Pod", "a", running] },
      {
        create: pod("b", {
          spec: { ...spread({ nodeTaintsPolicy: "Ignore", nodeAffinityPolicy: "Ignore" }), ...at("node-0") },
        }),
      },
    ],
  },
  {
    title: "the same port of the host twice",
    shows,
    steps: [
      { create: pod("a", { ports: [{ containerPort: 80, hostPort: 31234 }], spec: at("node-1") }) },
      { until: ["Pod", "a", running] },
      { create: pod("b", { ports: [{ containerPort: 80, hostPort: 31234 }], spec: at("node-1") }) },
    ],
  },
  {
    title: "gates keep a pod back until they are taken away",
    shows,
    steps: [
      { create: pod("one", { spec: { schedulingGates: [{ name: "example.com/wait" }] } }) },
      { look: true },
      { merge: ["Pod", "one", { spec: { schedulingGates: null } }] },
      { until: ["Pod", "one", running] },
    ],
  },
  {
    title: "a scheduler that is not there",
    shows,
    steps: [{ create: pod("one", { spec: { schedulerName: "custom" } }) }],
  },
  {
    title: "a volume claim that comes later",
    shows,
    steps: [
      { create: pod("one", { spec: { volumes: [{ name: "data", persistentVolumeClaim: { claimName: "late" } }] } }) },
      { until: ["Pod", "one", isPending] },
      { look: true },
      {
        create: {
          apiVersion: "v1",
          kind: "PersistentVolumeClaim",
          metadata: { name: "late" },
          spec: {
            accessModes: ["ReadWriteOnce"],
            storageClassName: "standard",
            resources: { requests: { storage: "1Gi" } },
          },
        },
      },
      { until: ["Pod", "one", running] },
    ],
  },
];

const node = (cpu = "4"): JsonObject => ({
  apiVersion: "v1",
  kind: "Node",
  metadata: { name: "{ns}-node", labels: { [host]: "{ns}-node", only: "{ns}" } },
  status: { capacity: { cpu, memory: "4Gi", pods: "10" }, allocatable: { cpu, memory: "4Gi", pods: "10" } },
});
const here = { nodeSelector: { only: "{ns}" } };
const isReady = { status: { conditions: { type: "Ready", status: "True" } }, spec: { taints: undefined } };

/** Nodes of their own: what these scenarios do would disturb others. */
export const nodeScenarios: readonly Scenario[] = [
  {
    title: "a node that is cordoned takes no more pods",
    shows,
    steps: [
      { create: node() },
      { until: ["Node", "{ns}-node", isReady] },
      { merge: ["Node", "{ns}-node", { spec: { unschedulable: true } }] },
      { until: ["Node", "{ns}-node", { spec: { taints: "*" } }] },
      { create: pod("one", { spec: here }) },
      { until: ["Pod", "one", isPending] },
      { look: true },
      { merge: ["Node", "{ns}-node", { spec: { unschedulable: null } }] },
      { until: ["Pod", "one", running] },
      { remove: ["Pod", "one"] },
      { gone: ["Pod", "one"] },
      { remove: ["Node", "{ns}-node"] },
    ],
  },
  {
    title: "pods leave a node with a taint that they do not tolerate, or not for long",
    shows,
    steps: [
      { create: node() },
      { until: ["Node", "{ns}-node", isReady] },
      { create: pod("plain", { spec: here }) },
      { create: pod("patient", { spec: { ...here, tolerations: [{ key: "away", operator: "Exists" }] } }) },
      {
        create: pod("brief", {
          spec: {
            ...here,
            tolerations: [{ key: "away", operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 }],
          },
        }),
      },
      { until: ["Pod", "plain", running] },
      { until: ["Pod", "patient", running] },
      { until: ["Pod", "brief", running] },
      { merge: ["Node", "{ns}-node", { spec: { taints: [{ key: "away", effect: "NoExecute" }] } }] },
      { gone: ["Pod", "plain"] },
      { look: true },
      { gone: ["Pod", "brief"] },
      { look: true },
      { remove: ["Pod", "patient"] },
      { gone: ["Pod", "patient"] },
      { remove: ["Node", "{ns}-node"] },
    ],
  },
  {
    title: "more important pods take the place of others",
    shows,
    steps: [
      { create: node("1") },
      { until: ["Node", "{ns}-node", isReady] },
      {
        create: {
          apiVersion: "scheduling.k8s.io/v1",
          kind: "PriorityClass",
          metadata: { name: "{ns}-high" },
          value: 1000,
        },
      },
      { create: pod("low", { requests: { cpu: "800m" }, spec: here }) },
      { until: ["Pod", "low", running] },
      { create: pod("small", { requests: { cpu: "100m" }, spec: here }) },
      { until: ["Pod", "small", running] },
      { settle: true },
      { create: pod("equal", { requests: { cpu: "500m" }, spec: here }) },
      { until: ["Pod", "equal", isPending] },
      { look: true },
      { remove: ["Pod", "equal"] },
      { gone: ["Pod", "equal"] },
      { create: pod("high", { requests: { cpu: "500m" }, spec: { ...here, priorityClassName: "{ns}-high" } }) },
      { until: ["Pod", "high", running] },
      { look: true },
      { remove: ["Pod", "high"] },
      { remove: ["Pod", "small"] },
      { gone: ["Pod", "high"] },
      { gone: ["Pod", "small"] },
      { remove: ["Node", "{ns}-node"] },
    ],
  },
  {
    title: "pods wait for a taint to go",
    shows,
    steps: [
      { create: { ...node(), spec: { taints: [{ key: "own", value: "x", effect: "NoSchedule" }] } } },
      { until: ["Node", "{ns}-node", { status: { conditions: { type: "Ready", status: "True" } } }] },
      { settle: true },
      { create: pod("one", { spec: here }) },
      { until: ["Pod", "one", isPending] },
      { look: true },
      { merge: ["Node", "{ns}-node", { spec: { taints: null } }] },
      { until: ["Pod", "one", running] },
      { remove: ["Pod", "one"] },
      { gone: ["Pod", "one"] },
      { remove: ["Node", "{ns}-node"] },
    ],
  },
];
