import { equal, get, isObject, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import type { FieldProblem } from "../../errors.ts";
import { duplicateValue, invalidValue, requiredValue } from "../../field-problem.ts";
import { isSet, listOf, nonNegative, specOf, text, type Problems } from "./checks.ts";
import { goStruct } from "./go-struct.ts";
import { indexesProblem, overlapProblem } from "./job-indexes.ts";

/** A wrong value that the server does not show. */
function wrong(why: string): FieldProblem {
  return { field: "status.conditions", reason: "FieldValueInvalid", message: `Invalid value: ${why}` };
}

function isTrue(job: JsonObject, type: string): boolean {
  return listOf(get(job["status"], "conditions")).some(
    (one) => text(one, "type") === type && text(one, "status") === "True",
  );
}

function isFinished(job: JsonObject): boolean {
  return isTrue(job, "Complete") || isTrue(job, "Failed");
}

/** What of a Job's status cannot be. Most is looked at only where it has changed: what is wrong already may stay. */
export function* jobStatusProblems(job: JsonObject, old: JsonObject): Problems {
  const status = isObject(job["status"]) ? job["status"] : {};
  const before = isObject(old["status"]) ? old["status"] : {};
  const count = (key: string): number => Number(status[key] ?? 0);
  const differs = (...keys: readonly string[]): boolean =>
    keys.some((key) => !equal(status[key] ?? null, before[key] ?? null));
  const turned = (...types: readonly string[]): boolean =>
    types.some((type) => isTrue(job, type) !== isTrue(old, type));
  const [complete, failed, target, met] = ["Complete", "Failed", "FailureTarget", "SuccessCriteriaMet"].map((type) =>
    isTrue(job, type),
  ) as [boolean, boolean, boolean, boolean];
  const finished = isFinished(job);
  const ended = finished !== isFinished(old);

  yield* nonNegative("status", status, "active", "succeeded", "failed", "ready", "terminating");
  yield* uncountedProblems(status["uncountedTerminatedPods"]);
  if (turned("Complete", "Failed") && complete && failed) {
    yield wrong("cannot set Complete=True and Failed=true conditions");
  }
  if (turned("Complete", "FailureTarget") && complete && target) {
    yield wrong("cannot set Complete=True and FailureTarget=true conditions");
  }
  yield* completionProblems(status, { complete, isNew: turned("Complete") || differs("completionTime") });
  const [start, end] = [text(status, "startTime"), text(status, "completionTime")];
  if (differs("startTime", "completionTime") && start !== "" && end !== "" && Date.parse(end) < Date.parse(start)) {
    yield invalidValue("status.completionTime", end, "must be equal to or after `startTime`");
  }
  if ((turned("Failed") || differs("failedIndexes")) && failed && !target) {
    yield wrong("cannot set Failed=True condition without the FailureTarget=true condition");
  }
  if (turned("Complete", "SuccessCriteriaMet") && complete && !met) {
    yield wrong("cannot set Complete=True condition without the SuccessCriteriaMet=true condition");
  }
  if ((ended || differs("active")) && finished && count("active") > 0) {
    yield invalidValue("status.active", count("active"), "active>0 is invalid for finished job");
  }
  const { suspend, completions } = specOf(job);
  if ((ended || differs("startTime")) && finished && start === "" && !(suspend === true && completions === 0)) {
    yield requiredValue("status.startTime", "startTime is required for finished job");
  }
  if ((ended || differs("uncountedTerminatedPods")) && finished && uncounted(status).length > 0) {
    const shown = goStruct(status["uncountedTerminatedPods"], { Succeeded: true, Failed: true });
    yield invalidValue("status.uncountedTerminatedPods", shown, "must be empty for finished job");
  }
  yield* indexProblems(specOf(job), status, differs);
  if ((ended || differs("terminating")) && finished && count("terminating") > 0) {
    yield invalidValue("status.terminating", count("terminating"), "terminating>0 is invalid for finished job");
  }
  if (differs("ready", "active") && count("ready") > count("active") && isSet(status["ready"])) {
    yield invalidValue("status.ready", count("ready"), "cannot set more ready pods than active");
  }
  if (met && failed) yield wrong("cannot set SuccessCriteriaMet=True and Failed=true conditions");
  if (met && target) yield wrong("cannot set SuccessCriteriaMet=True and FailureTarget=true conditions");
  if (isSet(specOf(job)["successPolicy"]) && !met && complete) {
    yield wrong("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True");
  }
  yield* changeProblems(job, old, differs);
}

function* completionProblems(
  status: JsonObject,
  { complete, isNew }: { readonly complete: boolean; readonly isNew: boolean },
): Problems {
  if (!isNew) return;
  const at = "status.completionTime";
  const end = status["completionTime"];
  if (isSet(end) && !complete) {
    yield invalidValue(at, end, "cannot set completionTime when there is no Complete=True condition");
  }
  if (!isSet(end) && complete) yield requiredValue(at, "completionTime is required for Complete jobs");
}

function uncounted(status: JsonObject): readonly JsonValue[] {
  const own = status["uncountedTerminatedPods"];
  return [...listOf(get(own, "succeeded")), ...listOf(get(own, "failed"))];
}

function* uncountedProblems(own: JsonValue | undefined): Problems {
  const seen = new Set<JsonValue>();
  for (const key of ["succeeded", "failed"]) {
    for (const [index, uid] of listOf(get(own, key)).entries()) {
      const at = `status.uncountedTerminatedPods.${key}[${index}]`;
      if (uid === "") yield invalidValue(at, uid, "must not be empty");
      else if (seen.has(uid)) yield duplicateValue(at, uid);
      else seen.add(uid);
    }
  }
}

function* indexProblems(
  spec: JsonObject,
  status: JsonObject,
  differs: (...keys: readonly string[]) => boolean,
): Problems {
  const { completions, backoffLimitPerIndex: limit, completionMode } = spec;
  const completed = text(status, "completedIndexes");
  const failed = status["failedIndexes"];
  const [at, failedAt] = ["status.completedIndexes", "status.failedIndexes"];
  if (differs("completedIndexes") && typeof completions === "number") {
    const why = indexesProblem(completed, completions);
    if (why !== undefined) yield invalidValue(at, completed, `error parsing completedIndexes: ${why}`);
  }
  if (differs("failedIndexes") && typeof completions === "number" && isSet(limit) && typeof failed === "string") {
    const why = indexesProblem(failed, completions);
    if (why !== undefined) yield invalidValue(failedAt, failed, `error parsing failedIndexes: ${why}`);
  }
  if (differs("completedIndexes") && completed !== "" && completionMode !== "Indexed") {
    yield invalidValue(at, completed, "cannot set non-empty completedIndexes when non-indexed completion mode");
  }
  if (typeof failed !== "string") return;
  if (differs("failedIndexes") && !isSet(limit)) {
    yield invalidValue(failedAt, failed, "cannot set non-null failedIndexes when backoffLimitPerIndex is null");
  }
  if (differs("failedIndexes", "completedIndexes") && typeof completions === "number") {
    const why = overlapProblem(completed, failed, completions);
    if (why !== undefined) yield invalidValue(failedAt, failed, why);
  }
}

function* changeProblems(job: JsonObject, old: JsonObject, differs: (...keys: readonly string[]) => boolean): Problems {
  const { status } = job;
  const before = old["status"];
  const spec = specOf(job);
  for (const type of ["Failed", "Complete", "FailureTarget"]) {
    if (isTrue(old, type) && !isTrue(job, type)) yield wrong(`cannot disable the terminal ${type}=True condition`);
  }
  const mayShrink =
    spec["completionMode"] === "Indexed" && equal(spec["completions"] ?? null, spec["parallelism"] ?? null);
  for (const key of mayShrink ? ["failed"] : ["failed", "succeeded"]) {
    const now = Number(get(status, key) ?? 0);
    if (now < Number(get(before, key) ?? 0)) {
      yield invalidValue(`status.${key}`, now, `cannot decrease the ${key} counter`);
    }
  }
  const [end, formerEnd] = [get(status, "completionTime"), get(before, "completionTime")];
  if (isSet(end) && isSet(formerEnd) && !equal(end!, formerEnd!)) {
    yield invalidValue("status.completionTime", end, "field is immutable");
  }
  const suspended = (object: JsonObject, state: string): boolean =>
    listOf(get(object["status"], "conditions")).some(
      (one) => text(one, "type") === "Suspended" && text(one, "status") === state,
    );
  const isResuming = suspended(old, "True") && suspended(job, "False");
  if (differs("startTime") && isSet(get(before, "startTime")) && spec["suspend"] !== true && !isResuming) {
    const why = "field is immutable for unsuspended job once set";
    yield invalidValue("status.startTime", get(status, "startTime") ?? null, why);
  }
  const [metBefore, met] = [isTrue(old, "SuccessCriteriaMet"), isTrue(job, "SuccessCriteriaMet")];
  if (metBefore && !met) yield wrong("cannot disable the SuccessCriteriaMet=True condition");
  if (isTrue(old, "Complete") && !metBefore && met) {
    yield wrong("cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions");
  }
}
