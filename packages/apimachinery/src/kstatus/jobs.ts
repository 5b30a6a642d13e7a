import type { JsonObject } from "../json.ts";
import {
  at,
  conditionOf,
  conditionText,
  current,
  failed,
  inProgress,
  numberAt,
  textAt,
  type ObjectStatus,
} from "./object-status.ts";

/**
 * A Job is in progress until it has completed, as Helm and Flux wait for it; kstatus itself takes one that runs for
 * current.
 */
export function jobStatus(object: JsonObject): ObjectStatus {
  const parallelism = numberAt(object, ["spec", "parallelism"], 1);
  const wanted = numberAt(object, ["spec", "completions"], parallelism);
  const count = (field: string): number => numberAt(object, ["status", field], 0);
  const completed = `${count("succeeded")} of ${wanted} pod${wanted === 1 ? " has" : "s have"} completed`;
  const failure = conditionOf(object, "Failed");
  if (failure?.status === "True") {
    const detail = conditionText(failure, `${count("failed")} pods have failed`);
    return failed(failure.reason || "JobFailed", `${detail} (${completed}, ${count("failed")} failed)`);
  }
  if (conditionOf(object, "Complete")?.status === "True") return current("Complete", completed);
  if (conditionOf(object, "Suspended")?.status === "True" || at(object, "spec", "suspend") === true) {
    return current("Suspended", `it is suspended: ${completed}`);
  }
  if (textAt(object, "status", "startTime") === "") return inProgress("JobNotStarted", "it has not been started yet");
  return inProgress("JobRunning", `${completed}, ${count("active")} active, ${count("failed")} failed`);
}

export function cronJobStatus(object: JsonObject): ObjectStatus {
  const active = at(object, "status", "active");
  const running = Array.isArray(active) ? active.length : 0;
  if (at(object, "spec", "suspend") === true) return current("Suspended", "it is suspended");
  const last = textAt(object, "status", "lastScheduleTime");
  const when = last === "" ? "not run yet" : `last run ${last}`;
  return current("Scheduled", running === 0 ? when : `${when}, ${running} running`);
}
