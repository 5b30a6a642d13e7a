import type { JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";

const ready = {
  observedGeneration: 1,
  replicas: 1,
  updatedReplicas: 1,
  readyReplicas: 1,
  availableReplicas: 1,
  fullyLabeledReplicas: 1,
  conditions: [
    { type: "Available", status: "True" },
    { type: "Progressing", status: "True", reason: "NewReplicaSetAvailable" },
  ],
};

/** The fake cluster counts its uids: these are the first two objects that it is given. */
const deploymentUid = "uid-1";
const replicaSetUid = "uid-2";

/** A pod of the App below, unless it is `alone`. */
export function podObject(
  name: string,
  status: JsonObject,
  { containers = ["app"], alone = false }: { readonly containers?: readonly string[]; readonly alone?: boolean } = {},
): KrmObject {
  const owner = { apiVersion: "apps/v1", kind: "ReplicaSet", name: "orders-1", uid: replicaSetUid };
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      name,
      namespace: "shop",
      ...(alone ? {} : { ownerReferences: [owner] }),
    },
    spec: { containers: containers.map((container) => ({ name: container, image: "x" })) },
    status,
  };
}

export const runningPod: JsonObject = {
  phase: "Running",
  conditions: [{ type: "Ready", status: "True" }],
  containerStatuses: [{ name: "app", ready: true, restartCount: 0, state: { running: {} } }],
};

export const crashingPod: JsonObject = {
  phase: "Running",
  containerStatuses: [{ name: "app", restartCount: 2, state: { waiting: { reason: "CrashLoopBackOff" } } }],
};

/** What an App `orders` became, with its pods as given. */
export function ordersApp(pods: readonly KrmObject[]): KrmObject[] {
  const made = (kind: string, name: string, more: JsonObject): KrmObject => ({
    apiVersion: "apps/v1",
    kind,
    metadata: { name, namespace: "shop", generation: 1, annotations: { "fairlead.dev/owner": "App//orders" }, ...more },
    spec: { replicas: 1, selector: { matchLabels: { app: "orders" } }, template: {} },
    status: ready,
  });
  return [
    made("Deployment", "orders", {}),
    made("ReplicaSet", "orders-1", {
      ownerReferences: [{ apiVersion: "apps/v1", kind: "Deployment", name: "orders", uid: deploymentUid }],
    }),
    ...pods,
  ];
}
