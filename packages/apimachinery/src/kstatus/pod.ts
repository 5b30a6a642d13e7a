import { isObject, type JsonObject } from "../json.ts";
import {
  at,
  conditionOf,
  conditionText,
  countText,
  current,
  failed,
  inProgress,
  numberAt,
  textAt,
  type ObjectStatus,
  type StatusOptions,
} from "./object-status.ts";

/** Why a container waits that will not start by itself: something about the pod or its surroundings has to change. */
const stuck = new Set([
  "CrashLoopBackOff",
  "CreateContainerConfigError",
  "CreateContainerError",
  "ErrImageNeverPull",
  "ErrImagePull",
  "ImageInspectError",
  "ImagePullBackOff",
  "InvalidImageName",
  "RunContainerError",
]);

/** How long kstatus lets a pod be unschedulable before it calls that a failure. */
const scheduleWindowMs = 15_000;

/** A pod that has failed is a failure here; kstatus takes it for current, for nothing more will happen to it. */
export function podStatus(object: JsonObject, options: StatusOptions): ObjectStatus {
  const phase = textAt(object, "status", "phase");
  switch (phase) {
    case "Succeeded":
      return current("Completed", "it has completed");
    case "Failed":
      return failed(textAt(object, "status", "reason") || "PodFailed", failureText(object));
    case "Running":
    case "Pending":
      return stuckContainer(object) ?? (phase === "Running" ? running(object) : pending(object, options));
    case "":
      return inProgress("PodNotObserved", "it has not been seen yet");
    default:
      return inProgress("PodPhaseUnknown", "its node does not answer");
  }
}

type Container = { readonly name: string; readonly isInit: boolean; readonly status: JsonObject };

function containersOf(object: JsonObject): Container[] {
  return ["initContainerStatuses", "containerStatuses"].flatMap((list) => {
    const statuses = at(object, "status", list);
    return (Array.isArray(statuses) ? statuses : []).filter(isObject).map((status) => ({
      name: textAt(status, "name"),
      isInit: list === "initContainerStatuses",
      status,
    }));
  });
}

function nameOf({ name, isInit }: Container): string {
  return `${isInit ? "init container" : "container"} ${name}`;
}

function stuckContainer(object: JsonObject): ObjectStatus | undefined {
  for (const container of containersOf(object)) {
    const reason = textAt(container.status, "state", "waiting", "reason");
    if (!stuck.has(reason)) continue;
    const detail = textAt(container.status, "state", "waiting", "message");
    const parts = [`${nameOf(container)}: ${reason}`, restartText(container), lastExit(container), detail];
    return failed(reason, parts.filter((part) => part !== "").join(", "));
  }
  return undefined;
}

function restartText({ status }: Container): string {
  const count = numberAt(status, ["restartCount"], 0);
  return count === 0 ? "" : `${count} restart${count === 1 ? "" : "s"}`;
}

function lastExit({ status }: Container): string {
  const code = at(status, "lastState", "terminated", "exitCode");
  if (typeof code !== "number") return "";
  const reason = textAt(status, "lastState", "terminated", "reason");
  return `last exit code ${code}${reason === "" || reason === "Error" ? "" : ` (${reason})`}`;
}

function failureText(object: JsonObject): string {
  const said = textAt(object, "status", "message");
  if (said !== "") return said;
  const ended = containersOf(object).find(
    ({ status }) => numberAt(status, ["state", "terminated", "exitCode"], 0) !== 0,
  );
  if (ended === undefined) return "it has failed";
  const code = numberAt(ended.status, ["state", "terminated", "exitCode"], 0);
  return `${nameOf(ended)} has ended with exit code ${code}`;
}

function readyText(object: JsonObject): string {
  const own = containersOf(object).filter(({ isInit }) => !isInit);
  const ready = own.filter(({ status }) => status["ready"] === true).length;
  const restarts = own.reduce((sum, { status }) => sum + numberAt(status, ["restartCount"], 0), 0);
  const text = countText(ready, own.length, "container", "ready");
  return restarts === 0 ? text : `${text}, ${restarts} restart${restarts === 1 ? "" : "s"}`;
}

function running(object: JsonObject): ObjectStatus {
  return conditionOf(object, "Ready")?.status === "True"
    ? current("Ready", readyText(object))
    : inProgress("PodRunningNotReady", readyText(object));
}

function pending(object: JsonObject, { now }: StatusOptions): ObjectStatus {
  const scheduled = conditionOf(object, "PodScheduled");
  if (scheduled?.status === "False" && scheduled.reason === "Unschedulable") {
    const text = conditionText(scheduled, "no node can take it");
    const since = Date.parse(scheduled.since || textAt(object, "metadata", "creationTimestamp"));
    const isLate = now !== undefined && now - since > scheduleWindowMs;
    return isLate ? failed("Unschedulable", text) : inProgress("Unschedulable", text);
  }
  if (scheduled?.status === "False") {
    return inProgress(scheduled.reason || "PodNotScheduled", conditionText(scheduled, "it is not scheduled yet"));
  }
  const inits = containersOf(object).filter(({ isInit }) => isInit);
  const done = inits.filter(({ status }) => status["ready"] === true).length;
  if (done < inits.length) {
    const text = countText(done, inits.length, "init container", "done");
    return inProgress("PodInitializing", text);
  }
  return inProgress("PodPending", "its containers are being created");
}
