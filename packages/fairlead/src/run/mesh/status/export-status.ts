import { equal, get, isObject, type JsonObject } from "@fairlead/apimachinery";
import type { KrmObject } from "@fairlead/krm";
import type { Outcome } from "./status-of.ts";

const longestMessage = 1_024;

/**
 * The status of a ServiceExport to write at a time (ms since the epoch): whether it can be exported, and whether those of
 * other clusters say something else. Undefined if it says so already.
 * https://github.com/kubernetes/enhancements/tree/master/keps/sig-multicluster/1645-multi-cluster-services-api
 */
export function exportStatus(object: KrmObject, outcome: Outcome, now: number): JsonObject | undefined {
  const { accepted, reason, message, conflict, generation } = outcome;
  const differs = conflict !== undefined;
  const told = [
    { type: "Valid", status: accepted ? "True" : "False", reason, message },
    {
      type: "Conflict",
      status: differs ? "True" : "False",
      reason: differs ? "PortConflict" : "NoConflicts",
      message: (conflict ?? "All exports of the Service are the same.").slice(0, longestMessage),
    },
  ];
  const conditions = told.map((one): JsonObject => {
    const old = conditionOf(object, one.type);
    const since = get(old, "status") === one.status ? get(old, "lastTransitionTime") : undefined;
    const time = typeof since === "string" ? since : `${new Date(now).toISOString().slice(0, 19)}Z`;
    return { ...one, observedGeneration: generation, lastTransitionTime: time };
  });
  const status: JsonObject = { conditions };
  return isExportSaid(object, status) ? undefined : status;
}

/** Whether an export's status says this already; conditions of other types are somebody else's. */
export function isExportSaid(object: KrmObject, { conditions }: JsonObject): boolean {
  if (!Array.isArray(conditions)) return true;
  return conditions.every((one) => {
    const type = get(one, "type");
    return typeof type === "string" && equal(conditionOf(object, type) ?? null, one);
  });
}

function conditionOf(object: KrmObject, type: string): JsonObject | undefined {
  const conditions = get(get(object, "status"), "conditions");
  if (!Array.isArray(conditions)) return undefined;
  return conditions.filter(isObject).find((one) => one["type"] === type);
}
