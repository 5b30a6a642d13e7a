import { equal, get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import { wordsOf, type Verdict } from "./verdict.ts";

type Condition = {
  readonly type: string;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
};

const longestMessage = 4_096;

/**
 * The conditions of a verdict, as kstatus reads them: Ready always, Reconciling and Stalled only while they are true.
 * https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
 */
export function conditionsOf(verdict: Verdict): readonly Condition[] {
  const { reason, message: text } = wordsOf(verdict);
  const message = text.length > longestMessage ? `${text.slice(0, longestMessage)}…` : text;
  const ready = (status: Condition["status"]): Condition => ({ type: "Ready", status, reason, message });
  switch (verdict.kind) {
    case "ready":
      return [ready("True")];
    case "invalid":
    case "refused":
    case "failed":
    case "held":
      return [ready("False"), { type: "Stalled", status: "True", reason, message }];
    case "prune-later":
    case "unseen":
    case "interrupted":
    case "waiting":
    case "deleting":
      return [ready("False"), { type: "Reconciling", status: "True", reason, message }];
  }
}

/**
 * The status to write for a verdict at a time (ms since the epoch); undefined if the object says so already. Conditions
 * of others stay theirs: they are not part of it. `workload` is the kind that runs the pods of an App, for the columns
 * of `kubectl get`; without it the last one stays.
 */
export function statusOf(
  declaration: KrmObject,
  verdict: Verdict,
  now: number,
  workload?: string,
): JsonObject | undefined {
  const generation = declaration.metadata["generation"];
  const observed = typeof generation === "number" ? { observedGeneration: generation } : {};
  const last = get(declaration["status"], "workload");
  const runs = workload ?? (typeof last === "string" ? last : undefined);
  const before = currentConditions(declaration);
  const time = `${new Date(now).toISOString().slice(0, 19)}Z`;
  const conditions = conditionsOf(verdict).map((condition): JsonObject => {
    const old = before.get(condition.type);
    const since = old !== undefined && old["status"] === condition.status ? old["lastTransitionTime"] : undefined;
    return { ...condition, ...observed, lastTransitionTime: typeof since === "string" ? since : time };
  });
  const gone = ours.filter((type) => before.has(type) && !conditions.some((one) => one["type"] === type));
  const same =
    gone.length === 0 &&
    runs === last &&
    get(declaration["status"], "observedGeneration") === generation &&
    conditions.every((condition) => equal(before.get(condition["type"] as string), condition));
  return same ? undefined : { ...observed, ...(runs === undefined ? {} : { workload: runs }), conditions };
}

const ours = ["Ready", "Reconciling", "Stalled"];

function currentConditions(declaration: KrmObject): ReadonlyMap<string, JsonObject> {
  const conditions = get(declaration["status"], "conditions");
  const found = new Map<string, JsonObject>();
  for (const condition of Array.isArray(conditions) ? conditions : []) {
    if (isObject(condition) && typeof condition["type"] === "string") found.set(condition["type"], condition);
  }
  return found;
}

/** Whether a verdict is news for the people who watch events: the object said something else before. */
export function isNews(declaration: KrmObject, verdict: Verdict): boolean {
  const before = currentConditions(declaration).get("Ready");
  const { reason, message } = wordsOf(verdict);
  if (verdict.kind === "waiting" || verdict.kind === "unseen") return false;
  return before?.["reason"] !== reason || (verdict.kind !== "ready" && before["message"] !== message);
}
