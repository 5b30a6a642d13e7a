import type { JsonObject } from "@fairlead/apimachinery";
import type { Scenario } from "../scenario.ts";
import { pod } from "./parts.ts";

const shows = ["PersistentVolume", "PersistentVolumeClaim", "Pod"] as const;

function volume(suffix: string, spec: JsonObject = {}, metadata: JsonObject = {}): JsonObject {
  return {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: `{ns}-${suffix}`, ...metadata },
    spec: {
      capacity: { storage: "2Gi" },
      accessModes: ["ReadWriteOnce"],
      storageClassName: "manual-{ns}",
      persistentVolumeReclaimPolicy: "Retain",
      nfs: { server: "nfs", path: "/" },
      ...spec,
    },
  };
}

function claim(name: string, spec: JsonObject = {}): JsonObject {
  return {
    apiVersion: "v1",
    kind: "PersistentVolumeClaim",
    metadata: { name },
    spec: {
      accessModes: ["ReadWriteOnce"],
      storageClassName: "manual-{ns}",
      resources: { requests: { storage: "1Gi" } },
      ...spec,
    },
  };
}

const using = (name: string): JsonObject => ({
  volumes: [{ name: "data", persistentVolumeClaim: { claimName: name } }],
});

const bound = { status: { phase: "Bound" } };

export const volumeScenarios: readonly Scenario[] = [
  {
    title: "a volume that nobody claims is available",
    shows,
    steps: [{ create: volume("a") }],
  },
  {
    title: "the smallest volume that is large enough is bound",
    shows,
    steps: [
      { create: volume("large", { capacity: { storage: "9Gi" } }) },
      { create: volume("small", { capacity: { storage: "512Mi" } }) },
      { create: volume("right") },
      { until: ["PersistentVolume", "{ns}-right", { status: { phase: "Available" } }] },
      { until: ["PersistentVolume", "{ns}-small", { status: { phase: "Available" } }] },
      { create: claim("data") },
      { until: ["PersistentVolumeClaim", "data", bound] },
    ],
  },
  {
    title: "a selector and access modes choose the volume",
    shows,
    steps: [
      { create: volume("a") },
      { create: volume("b", { accessModes: ["ReadWriteMany"] }) },
      { create: volume("c", { capacity: { storage: "5Gi" } }, { labels: { tier: "fast" } }) },
      ...["a", "b", "c"].map((one) => ({
        until: ["PersistentVolume", `{ns}-${one}`, { status: { phase: "Available" } }] as const,
      })),
      { create: claim("labelled", { selector: { matchLabels: { tier: "fast" } } }) },
      { until: ["PersistentVolumeClaim", "labelled", bound] },
      { create: claim("many", { accessModes: ["ReadWriteMany"] }) },
      { until: ["PersistentVolumeClaim", "many", bound] },
    ],
  },
  {
    title: "claims without a volume and without a class wait",
    shows,
    steps: [{ create: claim("data", { storageClassName: "" }) }, { create: claim("classy") }],
  },
  {
    title: "a claim that names its volume, and a volume that names its claim",
    shows,
    steps: [
      { create: volume("a") },
      { create: volume("b", { claimRef: { namespace: "{ns}", name: "reserved" } }) },
      { create: claim("data", { volumeName: "{ns}-a" }) },
      { create: claim("reserved") },
      { until: ["PersistentVolumeClaim", "data", bound] },
      { until: ["PersistentVolumeClaim", "reserved", bound] },
    ],
  },
  {
    title: "a claim that names an absent volume is lost when it was bound, else pending",
    shows,
    steps: [
      { create: claim("absent", { volumeName: "{ns}-none" }) },
      { create: volume("a") },
      { until: ["PersistentVolume", "{ns}-a", { status: { phase: "Available" } }] },
      { create: claim("data") },
      { until: ["PersistentVolumeClaim", "data", bound] },
      { remove: ["PersistentVolume", "{ns}-a"] },
      { merge: ["PersistentVolume", "{ns}-a", { metadata: { finalizers: null } }] },
      { gone: ["PersistentVolume", "{ns}-a"] },
    ],
  },
  {
    title: "a retained volume is released with its claim",
    shows,
    steps: [
      { create: volume("a") },
      { until: ["PersistentVolume", "{ns}-a", { status: { phase: "Available" } }] },
      { create: claim("data") },
      { until: ["PersistentVolumeClaim", "data", bound] },
      { settle: true },
      { remove: ["PersistentVolumeClaim", "data"] },
      { gone: ["PersistentVolumeClaim", "data"] },
    ],
  },
  {
    title: "a volume that cannot be deleted fails",
    shows,
    steps: [
      { create: volume("a", { persistentVolumeReclaimPolicy: "Delete" }) },
      { until: ["PersistentVolume", "{ns}-a", { status: { phase: "Available" } }] },
      { create: claim("data") },
      { until: ["PersistentVolumeClaim", "data", bound] },
      { settle: true },
      { remove: ["PersistentVolumeClaim", "data"] },
      { until: ["PersistentVolume", "{ns}-a", { status: { phase: "Failed" } }] },
    ],
  },
  {
    title: "a claim waits for its first consumer, and goes after its last",
    shows,
    steps: [
      { create: claim("data", { storageClassName: "standard" }) },
      { look: true },
      { create: pod("one", { spec: using("data") }) },
      { until: ["Pod", "one", { status: { phase: "Running" } }] },
      { look: true },
      { remove: ["PersistentVolumeClaim", "data"] },
      { look: true },
      { remove: ["Pod", "one"] },
      { gone: ["PersistentVolumeClaim", "data"] },
      { pass: 20 },
    ],
  },
  {
    title: "a bound volume that is deleted stays until its claim is gone",
    shows,
    steps: [
      { create: volume("a") },
      { until: ["PersistentVolume", "{ns}-a", { status: { phase: "Available" } }] },
      { create: claim("data") },
      { until: ["PersistentVolumeClaim", "data", bound] },
      { remove: ["PersistentVolume", "{ns}-a"] },
      { look: true },
      { remove: ["PersistentVolumeClaim", "data"] },
      { gone: ["PersistentVolume", "{ns}-a"] },
    ],
  },
  {
    title: "an ephemeral volume has a claim of its pod's",
    shows,
    steps: [
      {
        create: pod("one", {
          spec: {
            volumes: [
              {
                name: "scratch",
                ephemeral: {
                  volumeClaimTemplate: {
                    metadata: { labels: { kept: "yes" } },
                    spec: {
                      accessModes: ["ReadWriteOnce"],
                      storageClassName: "standard",
                      resources: { requests: { storage: "1Gi" } },
                    },
                  },
                },
              },
            ],
          },
        }),
      },
      { until: ["Pod", "one", { status: { phase: "Running" } }] },
      { look: true },
      { remove: ["Pod", "one"] },
      { gone: ["PersistentVolumeClaim", "one-scratch"] },
      { pass: 20 },
    ],
  },
  {
    title: "a pod waits for a claim that is not there, or not bound",
    shows,
    steps: [
      { create: pod("absent", { spec: using("none") }) },
      { create: claim("data") },
      { create: pod("unbound", { spec: using("data") }) },
    ],
  },
  {
    title: "a volume in one zone draws the pod there",
    shows,
    steps: [
      {
        create: volume("a", {
          nodeAffinity: {
            required: {
              nodeSelectorTerms: [
                { matchExpressions: [{ key: "topology.kubernetes.io/zone", operator: "In", values: ["nowhere"] }] },
              ],
            },
          },
        }),
      },
      { until: ["PersistentVolume", "{ns}-a", { status: { phase: "Available" } }] },
      { create: claim("data") },
      { until: ["PersistentVolumeClaim", "data", bound] },
      { create: pod("one", { spec: using("data") }) },
    ],
  },
];
