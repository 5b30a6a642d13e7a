import type { JsonObject, MatchRequest } from "@fairlead/apimachinery";
import type { Variables } from "@fairlead/apimachinery/cel";
import type { NamespaceFact } from "../model/facts.ts";
import type { NewPod } from "../model/question.ts";

/** Labels that a controller gives to each pod anew, by kind: nobody knows their values beforehand. */
const drawnLabels: { readonly [maker: string]: readonly string[] } = {
  "Deployment.apps": ["pod-template-hash"],
  "Rollout.argoproj.io": ["rollouts-pod-template-hash"],
  "StatefulSet.apps": [
    "controller-revision-hash",
    "statefulset.kubernetes.io/pod-name",
    "apps.kubernetes.io/pod-index",
  ],
  "DaemonSet.apps": ["controller-revision-hash", "pod-template-generation"],
  "Job.batch": ["batch.kubernetes.io/controller-uid", "batch.kubernetes.io/job-name", "controller-uid", "job-name"],
};

/** The service accounts of Kubernetes' controllers, which create pods. */
const users: { readonly [maker: string]: string } = {
  "Deployment.apps": "replicaset-controller",
  "Rollout.argoproj.io": "replicaset-controller",
  "ReplicaSet.apps": "replicaset-controller",
  "StatefulSet.apps": "statefulset-controller",
  "DaemonSet.apps": "daemon-set-controller",
  "Job.batch": "job-controller",
  "CronJob.batch": "job-controller",
  ReplicationController: "replication-controller",
};

/** Owners of pods where what makes them is another object than the one with the template. */
const direct: { readonly [maker: string]: readonly [apiVersion: string, kind: string] } = {
  "Deployment.apps": ["apps/v1", "ReplicaSet"],
  "Rollout.argoproj.io": ["apps/v1", "ReplicaSet"],
  "ReplicaSet.apps": ["apps/v1", "ReplicaSet"],
  "StatefulSet.apps": ["apps/v1", "StatefulSet"],
  "DaemonSet.apps": ["apps/v1", "DaemonSet"],
  "Job.batch": ["batch/v1", "Job"],
  "CronJob.batch": ["batch/v1", "Job"],
  ReplicationController: ["v1", "ReplicationController"],
};

const pods = { group: "", version: "v1", resource: "pods" };

/** Kind and group of what makes a pod whose template is a CronJob's. */
export function drawnLabelsOf(maker: string | undefined): readonly string[] {
  const key = maker === "CronJob.batch" ? "Job.batch" : maker;
  return key === undefined || !Object.hasOwn(drawnLabels, key) ? [] : drawnLabels[key]!;
}

/** Stands for what is drawn anew for every pod. Where two of them lead to different answers, nobody can tell. */
export interface Draw {
  readonly suffix: string;
  readonly ordinal: number;
}

export const draws: readonly [Draw, Draw] = [
  { suffix: "7d9f4c5b6c", ordinal: 0 },
  { suffix: "5b8cc6f44x", ordinal: 1 },
];

/** The request by which a controller creates a pod of a template, as webhooks are matched against it. */
export function creationOf(pod: NewPod, namespace: NamespaceFact | undefined, draw: Draw): MatchRequest {
  return {
    operation: "CREATE",
    resource: pods,
    subresource: "",
    namespace: pod.namespace,
    name: pod.maker === "StatefulSet.apps" ? nameOf(pod, draw) : "",
    namespaceLabels: () => namespace?.labels,
    labels: labelsOf(pod, draw),
    oldLabels: undefined,
    equivalents: () => [],
  };
}

function nameOf({ owner = "" }: NewPod, { ordinal }: Draw): string {
  return `${owner}-${ordinal}`;
}

function labelsOf(pod: NewPod, draw: Draw): { [key: string]: string } {
  const labels: { [key: string]: string } = { ...pod.labels };
  for (const key of drawnLabelsOf(pod.maker)) labels[key] = drawn(key, pod, draw);
  return labels;
}

function drawn(key: string, pod: NewPod, draw: Draw): string {
  if (key.endsWith("pod-name")) return nameOf(pod, draw);
  if (key.endsWith("pod-index")) return String(draw.ordinal);
  if (key.endsWith("job-name") && pod.maker === "Job.batch") return pod.owner ?? "";
  return draw.suffix;
}

/** What conditions may name: the pod as it is sent by its controller, with what the API server adds before webhooks. */
export function variablesOf(pod: NewPod, draw: Draw, isAllowed: boolean, onAsked: () => void): Variables {
  const { namespace, maker } = pod;
  const object = objectOf(pod, draw);
  const kind = { group: "", version: "v1", kind: "Pod" };
  const user = maker === undefined || !Object.hasOwn(users, maker) ? undefined : users[maker];
  // Who else creates pods is not known: two draws are two users.
  const username = user === undefined ? `user-${draw.suffix}` : `system:serviceaccount:kube-system:${user}`;
  const groups = user === undefined ? [] : ["system:serviceaccounts", "system:serviceaccounts:kube-system"];
  const name = maker === "StatefulSet.apps" ? { name: nameOf(pod, draw) } : {};
  const request: JsonObject = {
    kind,
    resource: { ...pods },
    requestKind: { ...kind },
    requestResource: { ...pods },
    ...name,
    namespace,
    operation: "CREATE",
    userInfo: { username, groups: [...groups, "system:authenticated"] },
    dryRun: false,
    options: { kind: "CreateOptions", apiVersion: "meta.k8s.io/v1" },
  };
  return {
    object: { kind: "json", value: object },
    oldObject: { kind: "json", value: null },
    request: { kind: "json", value: request },
    namespaceObject: { kind: "json", value: null },
    authorizer: {
      kind: "authorizer",
      authorize: () => {
        onAsked();
        return { allowed: isAllowed, reason: "" };
      },
      request: { group: "", resource: "pods", subresource: "", namespace, name: "" },
    },
  };
}

function objectOf(pod: NewPod, draw: Draw): JsonObject {
  const { owner = "", maker = "", annotations, spec = {} } = pod;
  const reference = Object.hasOwn(direct, maker) ? direct[maker] : undefined;
  const makerName =
    maker === "Deployment.apps" || maker === "Rollout.argoproj.io" || maker === "CronJob.batch"
      ? `${owner}-${draw.suffix}`
      : owner;
  const isStateful = maker === "StatefulSet.apps";
  const account = typeof spec["serviceAccountName"] === "string" ? spec["serviceAccountName"] : "default";
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...(isStateful ? { name: nameOf(pod, draw) } : { generateName: `${makerName}-` }),
      namespace: pod.namespace,
      labels: labelsOf(pod, draw),
      ...(Object.keys(annotations).length === 0 ? {} : { annotations: { ...annotations } }),
      ...(reference === undefined
        ? {}
        : {
            ownerReferences: [
              {
                apiVersion: reference[0],
                kind: reference[1],
                name: makerName,
                uid: `00000000-0000-4000-8000-0000000000${draw.ordinal}0`,
                controller: true,
                blockOwnerDeletion: true,
              },
            ],
          }),
    },
    spec: { ...spec, serviceAccountName: account, serviceAccount: account },
    status: {},
  };
}
