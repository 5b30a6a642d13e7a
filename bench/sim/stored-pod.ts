import type { JsonObject } from "@fairlead/apimachinery";
import { benchPod } from "../kube/pods.ts";

/** The pod of the client's benchmarks as the server stores it: defaulted, reported on, 3.2 KB with its managedFields. */
export function storedPod(index: number, revision: number, changes = 0): JsonObject {
  const pod = benchPod(index) as unknown as { metadata: JsonObject; spec: { containers: JsonObject[] } & JsonObject };
  const container = pod.spec.containers[0]!;
  const at = new Date(Date.UTC(2026, 10, 21, 10) + index * 1000).toISOString().replace(".000", "");
  const address = `10.${(index >> 16) & 255}.${(index >> 8) & 255}.${index & 255}`;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...pod.metadata,
      uid: `${index.toString(16).padStart(8, "0")}-6c1f-4c55-9d0e-7f1f5a6b7c8d`,
      resourceVersion: String(revision),
      generation: 1,
      creationTimestamp: at,
      managedFields: [
        {
          manager: "bench",
          operation: "Update",
          apiVersion: "v1",
          time: at,
          fieldsType: "FieldsV1",
          fieldsV1: created,
        },
        {
          manager: "kubelet",
          operation: "Update",
          apiVersion: "v1",
          time: at,
          fieldsType: "FieldsV1",
          fieldsV1: reported,
          subresource: "status",
        },
      ],
    },
    spec: {
      ...pod.spec,
      containers: [{ ...container, terminationMessagePath: "/dev/termination-log", imagePullPolicy: "IfNotPresent" }],
      restartPolicy: "Always",
      terminationGracePeriodSeconds: 30,
      dnsPolicy: "ClusterFirst",
      schedulerName: "default-scheduler",
      securityContext: {},
    },
    status: {
      phase: "Running",
      observedGeneration: 1,
      conditions: ["Initialized", "Ready", "ContainersReady", "PodScheduled"].map((type) => ({
        type,
        status: "True",
        lastProbeTime: null,
        lastTransitionTime: at,
      })),
      podIP: address,
      startTime: at,
      containerStatuses: [{ name: "app", ready: true, restartCount: changes, state: { running: { startedAt: at } } }],
      qosClass: "Burstable",
    },
  };
}

function fields(...names: string[]): JsonObject {
  return Object.fromEntries(names.map((name) => [`f:${name}`, {}]));
}

const condition = { ".": {}, ...fields("lastProbeTime", "lastTransitionTime", "status", "type") };
const created: JsonObject = {
  "f:metadata": {
    "f:labels": { ".": {}, ...fields("app", "app.kubernetes.io/name", "pod-template-hash") },
    "f:annotations": { ".": {}, ...fields("prometheus.io/port") },
  },
  "f:spec": {
    ...fields("dnsPolicy", "nodeName", "restartPolicy", "schedulerName", "serviceAccountName"),
    "f:containers": {
      'k:{"name":"app"}': {
        ".": {},
        ...fields("image", "imagePullPolicy", "name", "readinessProbe", "resources", "terminationMessagePath"),
        "f:env": { ".": {}, 'k:{"name":"DATABASE_URL"}': { ".": {}, ...fields("name", "value") } },
      },
    },
  },
};
const reported: JsonObject = {
  "f:status": {
    ...fields("containerStatuses", "phase", "podIP", "startTime"),
    "f:conditions": Object.fromEntries(["Initialized", "Ready"].map((type) => [`k:{"type":"${type}"}`, condition])),
  },
};
