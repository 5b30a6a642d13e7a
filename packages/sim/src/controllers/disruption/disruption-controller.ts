import { get, isObject, matchesLabelSelector, textOf, type JsonObject, type Labels } from "@fairlead/apimachinery";
import { splitKey } from "../common/objects.ts";
import type { Api, Controller, ControllerContext, Outcome } from "../controller.ts";
import { isSameStatus, planBudget } from "./plan-budget.ts";

const budgets = "poddisruptionbudgets.policy";

/** Says how many pods of each PodDisruptionBudget may be disrupted now. */
export function disruptionController(): Controller {
  const ofPod = (pod: JsonObject, { api }: { readonly api: Api }): readonly string[] => {
    const namespace = textOf(get(pod["metadata"], "namespace"));
    return api.list(budgets, namespace).flatMap((budget) => (selects(budget, pod) ? [keyOf(budget)] : []));
  };
  const ofOwner = (owner: JsonObject, { api }: { readonly api: Api }): readonly string[] =>
    api.list(budgets, textOf(get(owner["metadata"], "namespace"))).map(keyOf);
  return {
    name: "controllermanager",
    watches: [
      { collection: budgets, keys: (budget, { kind }) => (kind === "deleted" ? [] : [keyOf(budget)]) },
      {
        collection: "pods",
        keys: (pod, change) => [
          ...new Set([...ofPod(pod, change), ...(change.previous === undefined ? [] : ofPod(change.previous, change))]),
        ],
      },
      ...["deployments.apps", "replicasets.apps", "statefulsets.apps", "replicationcontrollers"].map((collection) => ({
        collection,
        keys: ofOwner,
      })),
    ],
    reconcile,
  };
}

function keyOf(object: JsonObject): string {
  return `${textOf(get(object["metadata"], "namespace"))}/${textOf(get(object["metadata"], "name"))}`;
}

function selects(budget: JsonObject, pod: JsonObject): boolean {
  const labels = (get(pod["metadata"], "labels") ?? {}) as Labels;
  return matchesLabelSelector(get(budget["spec"], "selector"), labels);
}

async function reconcile(key: string, { api, now, event }: ControllerContext): Promise<Outcome> {
  const budget = api.get(budgets, splitKey(key));
  if (budget === undefined) return undefined;
  const { namespace } = splitKey(key);
  const pods = api.list("pods", namespace).filter((pod) => selects(budget, pod) && !isOver(pod));
  if (pods.length === 0) event(budget, "Normal", "NoPods", "No matching pods found");
  if (pods.some((pod) => controllerIn(pod) === undefined) && !countsPods(budget)) {
    event(budget, "Warning", "UnmanagedPods", unmanaged(budget));
  }
  const plan = planBudget({ budget, pods, scale: scaleOf(pods, namespace, api), now });
  if (!isSameStatus(plan.status, budget["status"])) await api.updateStatus(budgets, { ...budget, status: plan.status });
  return plan.afterMs === undefined ? undefined : { afterMs: plan.afterMs };
}

function isOver(pod: JsonObject): boolean {
  const phase = get(pod["status"], "phase");
  return phase === "Succeeded" || phase === "Failed";
}

/** Whether the budget's number needs no owner of the pods. */
function countsPods(budget: JsonObject): boolean {
  return typeof get(budget["spec"], "minAvailable") === "number";
}

function unmanaged(budget: JsonObject): string {
  const selector = get(budget["spec"], "selector");
  const labels = get(selector, "matchLabels");
  const pairs = Object.entries(isObject(labels) ? labels : {}).sort(([a], [b]) => (a < b ? -1 : 1));
  const texts = pairs.map(([key, value]) => `${key}: ${textOf(value)},`).join("");
  const list = get(selector, "matchExpressions");
  const expressions = (Array.isArray(list) ? list : []).map((one) => {
    const values = get(one, "values");
    const text = (Array.isArray(values) ? values : []).map(textOf).join(" ");
    return `LabelSelectorRequirement{Key:${textOf(get(one, "key"))},Operator:${textOf(get(one, "operator"))},Values:[${text}],},`;
  });
  const shown = `&LabelSelector{MatchLabels:map[string]string{${texts}},MatchExpressions:[]LabelSelectorRequirement{${expressions.join("")}},}`;
  return `Pods selected by this PodDisruptionBudget (selector: ${shown}) were found to be unmanaged. As a result, the status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these pods please set ".spec.minAvailable" field of the PDB to an integer value.`;
}

/** What the owners of the pods want, each once; a ReplicaSet stands for its Deployment. */
function scaleOf(pods: readonly JsonObject[], namespace: string, api: Api): number {
  const scales = new Map<string, number>();
  for (const pod of pods) {
    const owner = controllerIn(pod);
    if (owner === undefined) continue;
    let object = find(api, owner, namespace);
    const above = object === undefined ? undefined : controllerIn(object);
    if (above !== undefined && textOf(get(above, "kind")) === "Deployment")
      object = find(api, above, namespace) ?? object;
    if (object === undefined) continue;
    const replicas = get(object["spec"], "replicas");
    scales.set(textOf(get(object["metadata"], "uid")), typeof replicas === "number" ? replicas : 1);
  }
  return [...scales.values()].reduce((sum, one) => sum + one, 0);
}

function controllerIn(object: JsonObject): JsonObject | undefined {
  const owners = get(object["metadata"], "ownerReferences");
  return (Array.isArray(owners) ? owners : []).find((one) => get(one, "controller") === true) as JsonObject | undefined;
}

const collections: Readonly<Record<string, string>> = {
  Deployment: "deployments.apps",
  ReplicaSet: "replicasets.apps",
  ReplicationController: "replicationcontrollers",
  StatefulSet: "statefulsets.apps",
};

function find(api: Api, owner: JsonObject, namespace: string): JsonObject | undefined {
  const kind = textOf(owner["kind"]);
  const collection = Object.hasOwn(collections, kind) ? collections[kind] : undefined;
  return collection === undefined ? undefined : api.get(collection, { namespace, name: textOf(owner["name"]) });
}
