import type { JsonObject } from "@fairlead/apimachinery";
import type { Summary } from "./normalize.ts";
import { summaryOf } from "./normalize.ts";

export type KindName =
  | "Deployment"
  | "ReplicaSet"
  | "ReplicationController"
  | "StatefulSet"
  | "DaemonSet"
  | "ControllerRevision"
  | "Job"
  | "CronJob"
  | "Pod"
  | "PersistentVolumeClaim"
  | "Event";

/** What a scenario does to a cluster, in this order. */
export type Step =
  /** Creates the object. */
  | { readonly create: JsonObject }
  /** Merges a patch into an object. */
  | { readonly merge: readonly [kind: KindName, name: string, patch: JsonObject] }
  | { readonly remove: readonly [kind: KindName, name: string, propagation?: "Orphan" | "Background" | "Foreground"] }
  /** Waits until an object contains all of this; `undefined` stands for a field that is not there, `*` for one that is. */
  | { readonly until: readonly [kind: KindName, name: string, part: Part] }
  /** Waits until so many pods are there, ended ones and those being deleted not counted. */
  | { readonly pods: number }
  /** Waits until nothing happens any more. */
  | { readonly settle: true }
  /** Lets so many seconds pass. */
  | { readonly pass: number }
  /** Deletes the first of the pods whose names start so. */
  | { readonly deletePod: string };

export type Part = { readonly [key: string]: Part | string | number | boolean | undefined };

export interface Scenario {
  readonly title: string;
  readonly steps: readonly Step[];
}

/** A cluster that scenarios are run on, in a namespace of its own. */
export interface Plane {
  create(object: JsonObject): Promise<void>;
  merge(kind: KindName, name: string, patch: JsonObject): Promise<void>;
  remove(kind: KindName, name: string, propagation: string | undefined): Promise<void>;
  get(kind: KindName, name: string): Promise<JsonObject | undefined>;
  list(kind: KindName): Promise<readonly JsonObject[]>;
  /** Throws after a minute of the cluster's time, or longer if told. */
  until(what: string, condition: () => Promise<boolean>, seconds?: number): Promise<void>;
  pass(seconds: number): Promise<void>;
  /** Until nothing has been written for a while. */
  settle(): Promise<void>;
}

/** Runs the steps, and tells what they led to. */
export async function runScenario({ steps }: Scenario, plane: Plane): Promise<Summary> {
  for (const step of steps) await runStep(step, plane);
  await plane.settle();
  return await summaryOf(plane);
}

async function runStep(step: Step, plane: Plane): Promise<void> {
  if ("create" in step) return await plane.create(step.create);
  if ("merge" in step) return await plane.merge(...step.merge);
  if ("remove" in step) return await plane.remove(step.remove[0], step.remove[1], step.remove[2]);
  if ("settle" in step) return await plane.settle();
  if ("pass" in step) return await plane.pass(step.pass);
  if ("pods" in step) {
    return await plane.until(`${step.pods} pods`, async () => (await livePods(plane)).length === step.pods);
  }
  if ("deletePod" in step) {
    const [pod] = (await livePods(plane))
      .map(nameOf)
      .filter((name) => name.startsWith(step.deletePod))
      .sort();
    if (pod === undefined) throw new Error(`no pod ${step.deletePod}`);
    return await plane.remove("Pod", pod, undefined);
  }
  const [kind, name, part] = step.until;
  await plane.until(
    `${kind} ${name}: ${JSON.stringify(part)}`,
    async () => {
      const object = await plane.get(kind, name);
      return object !== undefined && contains(object, part);
    },
    150,
  );
}

const nameOf = (object: JsonObject): string => (object["metadata"] as { name: string }).name;

async function livePods(plane: Plane): Promise<readonly JsonObject[]> {
  const pods = await plane.list("Pod");
  return pods.filter(({ metadata, status }) => {
    const { phase } = (status ?? {}) as { phase?: string };
    return (metadata as JsonObject)["deletionTimestamp"] === undefined && phase !== "Succeeded" && phase !== "Failed";
  });
}

function contains(value: unknown, part: Part[string]): boolean {
  if (part === "*") return value !== undefined;
  if (typeof part !== "object") return value === part;
  if (Array.isArray(value)) return value.some((item) => contains(item, part));
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(part).every(([key, wanted]) => contains((value as JsonObject)[key], wanted));
}
