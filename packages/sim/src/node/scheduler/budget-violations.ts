import { get, isObject, matchesLabelSelector, type JsonObject, type Labels } from "@fairlead/apimachinery";
import type { PodInfo } from "./node-info.ts";

/**
 * Those of the pods that cannot go without breaking a PodDisruptionBudget, by key. The pods are counted against what the
 * budgets allow in their order: the first ones may go.
 */
export function violations(pods: readonly PodInfo[], budgets: readonly JsonObject[]): ReadonlySet<string> {
  const left = budgets.map(({ status }) => Number(get(status, "disruptionsAllowed") ?? 0));
  const violating = new Set<string>();
  for (const { key, name, namespace, labels } of pods) {
    for (const [index, budget] of budgets.entries()) {
      if (get(budget["metadata"], "namespace") !== namespace || !isCovered(budget, labels)) continue;
      // Its eviction has been counted already.
      if (get(get(budget["status"], "disruptedPods"), name) !== undefined) continue;
      left[index]!--;
      if (left[index]! < 0) violating.add(key);
    }
  }
  return violating;
}

/** A budget with an empty selector covers no pod here. */
function isCovered({ spec }: JsonObject, labels: Labels): boolean {
  const selector = get(spec, "selector");
  if (!isObject(selector) || Object.keys(labels).length === 0) return false;
  const terms = [selector["matchLabels"], selector["matchExpressions"]];
  if (terms.every((one) => one === undefined || Object.keys(one ?? {}).length === 0)) return false;
  return matchesLabelSelector(selector, labels);
}
