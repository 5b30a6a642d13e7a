import { equal, formatQuantity, get, isObject, textOf, type JsonObject } from "@fairlead/apimachinery";
import { addTo, resourceList, type ResourceList } from "../../admission/pod-resources.ts";
import { scopesOf } from "../../admission/plugins/resource-quota.ts";
import { amount } from "../../admission/quota/amounts.ts";
import { quotaEvaluator, type QuotaEvaluator } from "../../admission/quota/evaluator.ts";
import { splitKey } from "../common/objects.ts";
import type { Api, Controller, ControllerContext } from "../controller.ts";

const quotas = "resourcequotas";

/**
 * Says what the quotas of a namespace allow and what is used. Admission charges what is created; this corrects it, and
 * counts down when objects go. `collections`: all that are namespaced.
 */
export function quotaController(collections: () => readonly string[]): Controller {
  return {
    name: "resourcequota-controller",
    watches: [
      { collection: quotas, keys: (quota, { kind }) => (kind === "deleted" ? [] : [keyOf(quota)]) },
      {
        collection: "*",
        keys: (object, { collection, kind, previous, api }) => {
          const namespace = textOf(get(object["metadata"], "namespace"));
          const evaluator = namespace === "" ? undefined : quotaEvaluator(collection);
          if (evaluator === undefined || !isChange(kind, collection, object, previous)) return [];
          return api.list(quotas, namespace).flatMap((quota) => (counts(quota, evaluator) ? [keyOf(quota)] : []));
        },
      },
    ],
    reconcile: async (key, context) => {
      const quota = context.api.get(quotas, splitKey(key));
      if (quota !== undefined) await recount(quota, collections(), context);
      return undefined;
    },
  };
}

function keyOf(object: JsonObject): string {
  return `${textOf(get(object["metadata"], "namespace"))}/${textOf(get(object["metadata"], "name"))}`;
}

/** What changes that is there counts only where its amounts can change: claims, services, pods that end. */
function isChange(
  kind: "added" | "modified" | "deleted",
  collection: string,
  object: JsonObject,
  previous: JsonObject | undefined,
): boolean {
  if (kind !== "modified") return true;
  if (collection === "pods") {
    const state = (pod: JsonObject | undefined): unknown => [
      get(pod?.["status"], "phase"),
      get(pod?.["metadata"], "deletionTimestamp"),
    ];
    return JSON.stringify(state(object)) !== JSON.stringify(state(previous));
  }
  return (
    (collection === "services" || collection === "persistentvolumeclaims") &&
    !equal(object["spec"] ?? null, previous?.["spec"] ?? null)
  );
}

function counts(quota: JsonObject, evaluator: QuotaEvaluator): boolean {
  return evaluator.matching([...resourceList(get(quota["spec"], "hard")).keys()]).length > 0;
}

async function recount(
  quota: JsonObject,
  collections: readonly string[],
  { api, now }: ControllerContext,
): Promise<void> {
  const hard = resourceList(get(quota["spec"], "hard"));
  const before = resourceList(get(quota["status"], "used"));
  const used = usedOf(quota, hard, collections, api, now);
  const isKnown = isObject(get(quota["status"], "hard")) && isObject(get(quota["status"], "used"));
  const kept = new Map([...hard.keys()].flatMap((name) => pair(name, used.get(name) ?? before.get(name))));
  const status = { hard: written(hard), used: written(kept) };
  const isSame =
    equal(status.hard, written(resourceList(get(quota["status"], "hard")))) && equal(status.used, written(before));
  if (!isKnown || !isSame) await api.updateStatus(quotas, { ...quota, status });
}

function pair<T>(name: string, value: T | undefined): readonly (readonly [string, T])[] {
  return value === undefined ? [] : [[name, value]];
}

function written(list: ResourceList): JsonObject {
  return Object.fromEntries([...list].map(([name, quantity]) => [name, formatQuantity(quantity)]));
}

function usedOf(
  quota: JsonObject,
  hard: ResourceList,
  collections: readonly string[],
  api: Api,
  now: number,
): ResourceList {
  const namespace = textOf(get(quota["metadata"], "namespace"));
  const scopes = scopesOf(quota);
  const total: ResourceList = new Map();
  for (const collection of collections) {
    const evaluator = quotaEvaluator(collection);
    const names = evaluator?.matching([...hard.keys()]) ?? [];
    if (evaluator === undefined || names.length === 0) continue;
    for (const name of names) total.set(name, amount(0));
    for (const object of api.list(collection, namespace)) {
      if (!scopes.every((scope) => evaluator.inScope(scope, object))) continue;
      const usage = evaluator.usage(object, now);
      addTo(total, new Map([...usage].filter(([name]) => names.includes(name))));
    }
  }
  return total;
}
