import type { JsonObject, JsonValue } from "@fairlead/apimachinery";

/** What a scenario is written with: by kind, where clusters serve it. */
export const kinds = {
  Namespace: { root: "api/v1", plural: "namespaces", namespaced: false },
  Node: { root: "api/v1", plural: "nodes", namespaced: false },
  Pod: { root: "api/v1", plural: "pods", namespaced: true },
  Service: { root: "api/v1", plural: "services", namespaced: true },
  ServiceAccount: { root: "api/v1", plural: "serviceaccounts", namespaced: true },
  Secret: { root: "api/v1", plural: "secrets", namespaced: true },
  ConfigMap: { root: "api/v1", plural: "configmaps", namespaced: true },
  Endpoints: { root: "api/v1", plural: "endpoints", namespaced: true },
  EndpointSlice: { root: "apis/discovery.k8s.io/v1", plural: "endpointslices", namespaced: true },
  PersistentVolumeClaim: { root: "api/v1", plural: "persistentvolumeclaims", namespaced: true },
  PersistentVolume: { root: "api/v1", plural: "persistentvolumes", namespaced: false },
  StorageClass: { root: "apis/storage.k8s.io/v1", plural: "storageclasses", namespaced: false },
  PriorityClass: { root: "apis/scheduling.k8s.io/v1", plural: "priorityclasses", namespaced: false },
  ResourceQuota: { root: "api/v1", plural: "resourcequotas", namespaced: true },
  Deployment: { root: "apis/apps/v1", plural: "deployments", namespaced: true },
  ReplicaSet: { root: "apis/apps/v1", plural: "replicasets", namespaced: true },
  PodDisruptionBudget: { root: "apis/policy/v1", plural: "poddisruptionbudgets", namespaced: true },
  HorizontalPodAutoscaler: {
    root: "apis/autoscaling/v2",
    plural: "horizontalpodautoscalers",
    namespaced: true,
  },
  ClusterRole: { root: "apis/rbac.authorization.k8s.io/v1", plural: "clusterroles", namespaced: false },
  Event: { root: "api/v1", plural: "events", namespaced: true },
} as const;

export type KindName = keyof typeof kinds;

/** What a scenario does to a cluster, in this order. `{ns}` in any text is the name of the scenario's namespace. */
export type Step =
  | { readonly create: JsonObject }
  /** Merges a patch into an object. */
  | { readonly merge: readonly [kind: KindName, name: string, patch: JsonObject] }
  /** Merges a patch into an object's status. */
  | { readonly status: readonly [kind: KindName, name: string, patch: JsonObject] }
  | { readonly remove: readonly [kind: KindName, name: string, propagation?: "Orphan" | "Background" | "Foreground"] }
  /** Waits until an object contains all of this; `undefined` stands for a field that is not there, `*` for one that is. */
  | { readonly until: readonly [kind: KindName, name: string, part: Part] }
  | { readonly gone: readonly [kind: KindName, name: string] }
  /** Waits until nothing happens any more. */
  | { readonly settle: true }
  /** Lets so many seconds pass. */
  | { readonly pass: number }
  /** Adds what is there now to what is compared. */
  | { readonly look: true };

export type Part = { readonly [key: string]: Part | string | number | boolean | undefined };

export interface Scenario {
  readonly title: string;
  /** The kinds that are compared. */
  readonly shows: readonly KindName[];
  readonly steps: readonly Step[];
}

/** A cluster that scenarios are run on, each in a namespace of its own. */
export interface Plane {
  readonly namespace: string;
  create(object: JsonObject): Promise<void>;
  patch(kind: KindName, name: string, patch: JsonObject, subresource?: string): Promise<void>;
  remove(kind: KindName, name: string, propagation: string | undefined): Promise<void>;
  /** Of all namespaces where the kind has none. */
  list(kind: KindName): Promise<readonly JsonObject[]>;
  /** Throws after a minute or two of the cluster's time. */
  until(what: string, condition: () => Promise<boolean>): Promise<void>;
  pass(seconds: number): Promise<void>;
  settle(): Promise<void>;
}

/** Runs the steps; `look` is called where they say so, and in the end. */
export async function runScenario({ steps }: Scenario, plane: Plane, look: () => Promise<void>): Promise<void> {
  const own = JSON.parse(JSON.stringify(steps, keepUndefined).replaceAll("{ns}", plane.namespace)) as Step[];
  for (const step of own) await runStep(step, plane, look);
  await plane.settle();
  await look();
}

const absent = "<absent>";
const keepUndefined = (_key: string, value: unknown): unknown => (value === undefined ? absent : value);

async function runStep(step: Step, plane: Plane, look: () => Promise<void>): Promise<void> {
  if ("create" in step) return await plane.create(step.create);
  if ("merge" in step) return await plane.patch(...step.merge);
  if ("status" in step) return await plane.patch(...step.status, "status");
  if ("remove" in step) return await plane.remove(step.remove[0], step.remove[1], step.remove[2]);
  if ("settle" in step) return await plane.settle();
  if ("pass" in step) return await plane.pass(step.pass);
  if ("look" in step) {
    await plane.settle();
    return await look();
  }
  const [kind, name] = "gone" in step ? step.gone : step.until;
  const find = async (): Promise<JsonObject | undefined> =>
    (await plane.list(kind)).find(({ metadata }) => (metadata as JsonObject)["name"] === name);
  if ("gone" in step) return await plane.until(`${kind} ${name} gone`, async () => (await find()) === undefined);
  const part = step.until[2];
  await plane.until(`${kind} ${name}: ${JSON.stringify(part)}`, async () => {
    const object = await find();
    return object !== undefined && contains(object, part);
  });
}

function contains(value: JsonValue | undefined, part: Part[string]): boolean {
  if (part === "*") return value !== undefined;
  if (part === absent || part === undefined) return value === undefined;
  if (typeof part !== "object") return value === part;
  if (Array.isArray(value)) return value.some((item) => contains(item, part));
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(part).every(([key, wanted]) => contains((value as JsonObject)[key], wanted));
}
