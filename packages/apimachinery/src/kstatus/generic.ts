import type { JsonObject } from "../json.ts";
import { at, conditionOf, conditionText, current, failed, inProgress, type ObjectStatus } from "./object-status.ts";

/** What holds for every kind before its own rules: deletion, an older generation, the conditions of kstatus itself. */
export function generalStatus(object: JsonObject): ObjectStatus | undefined {
  return deletion(object) ?? generation(object) ?? standardConditions(object);
}

function deletion(object: JsonObject): ObjectStatus | undefined {
  const time = at(object, "metadata", "deletionTimestamp");
  if (typeof time !== "string" || time === "") return undefined;
  const finalizers = at(object, "metadata", "finalizers");
  const names = (Array.isArray(finalizers) ? finalizers : []).filter((name) => typeof name === "string");
  const held = names.length === 0 ? "" : `, held by ${names.slice(0, 5).join(", ")}`;
  return { status: "Terminating", reason: "Terminating", message: `it is being deleted${held}` };
}

/** Some controllers write the generation as text. */
function wholeNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : undefined;
}

function generation(object: JsonObject): ObjectStatus | undefined {
  const wanted = wholeNumber(at(object, "metadata", "generation"));
  const observed = wholeNumber(at(object, "status", "observedGeneration"));
  if (wanted === undefined || observed === undefined || observed === wanted) return undefined;
  const message = `its controller has seen generation ${observed}, not yet ${wanted}`;
  return inProgress("LatestGenerationNotObserved", message);
}

function standardConditions(object: JsonObject): ObjectStatus | undefined {
  const stalled = conditionOf(object, "Stalled");
  const reconciling = conditionOf(object, "Reconciling");
  if (reconciling?.status === "True") {
    return inProgress(reconciling.reason || "Reconciling", conditionText(reconciling, "its controller works on it"));
  }
  if (stalled?.status !== "True") return undefined;
  return failed(stalled.reason || "Stalled", conditionText(stalled, "its controller cannot go on"));
}

/** The rule of kinds that have none: their Ready condition, if there is one. */
export function readyStatus(object: JsonObject): ObjectStatus {
  return conditionStatus(object, "Ready") ?? current("Current", "it has no status to wait for");
}

/** The status that one condition gives; undefined where the object has none of this type. */
export function conditionStatus(object: JsonObject, type: string): ObjectStatus | undefined {
  const condition = conditionOf(object, type);
  if (condition === undefined) return undefined;
  const text = type.toLowerCase();
  if (condition.status === "True") return current(condition.reason || type, conditionText(condition, `it is ${text}`));
  return inProgress(condition.reason || `Not${type}`, conditionText(condition, `it is not ${text}`));
}
