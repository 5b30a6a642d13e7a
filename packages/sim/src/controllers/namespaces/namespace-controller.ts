import { equal, get, textOf, type JsonObject } from "@fairlead/apimachinery";
import { isNotFound } from "../common/pod-control.ts";
import type { Api, Controller, ControllerContext, Outcome } from "../controller.ts";
import { planNamespace, type Remainder } from "./plan-namespace.ts";

const finalizer = "kubernetes";

/** Empties namespaces that are to go, and lets them go when nothing is left. `collections`: all that are namespaced. */
export function namespaceController(collections: () => readonly string[]): Controller {
  return {
    name: "namespace-controller",
    watches: [
      {
        collection: "namespaces",
        keys: (namespace, { kind }) =>
          kind === "deleted" || !isGoing(namespace) ? [] : [textOf(get(namespace["metadata"], "name"))],
      },
    ],
    reconcile: (name, context) => reconcile(name, context, collections()),
  };
}

function isGoing(namespace: JsonObject): boolean {
  return get(namespace["metadata"], "deletionTimestamp") !== undefined;
}

async function reconcile(
  name: string,
  { api, now }: ControllerContext,
  collections: readonly string[],
): Promise<Outcome> {
  const namespace = api.get("namespaces", { namespace: "", name });
  if (namespace === undefined || !isGoing(namespace)) return undefined;
  const finalizers = get(namespace["spec"], "finalizers");
  if (!Array.isArray(finalizers) || !finalizers.includes(finalizer)) return undefined;
  // Pods go first: what they use must be there until they have ended.
  await empty(api, "pods", name);
  const pods = api.list("pods", name);
  const others = collections.filter((collection) => collection !== "pods");
  if (pods.length === 0) for (const collection of others) await empty(api, collection, name);
  const left: Remainder[] =
    pods.length > 0
      ? [{ collection: "pods", objects: pods }]
      : others.map((collection) => ({ collection, objects: api.list(collection, name) }));
  const plan = planNamespace(namespace, left, now);
  if (!equal(plan.status, namespace["status"]))
    await api.updateStatus("namespaces", { ...namespace, status: plan.status });
  if (!plan.isEmpty) return { afterMs: plan.afterMs };
  const latest = api.get("namespaces", { namespace: "", name });
  if (latest === undefined) return undefined;
  const kept = finalizers.filter((one) => one !== finalizer);
  await api.patch("namespaces", { namespace: "", name }, { spec: { finalizers: kept } }, "finalize");
  return undefined;
}

async function empty(api: Api, collection: string, namespace: string): Promise<void> {
  for (const object of api.list(collection, namespace)) {
    if (isGoing(object)) continue;
    try {
      await api.delete(
        collection,
        { namespace, name: textOf(get(object["metadata"], "name")) },
        { propagationPolicy: "Background" },
      );
    } catch (error) {
      if (!isNotFound(error)) throw error;
    }
  }
}
