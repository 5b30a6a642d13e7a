import { get, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { ageOf } from "../human-duration.ts";
import { at, conditionOf, isTrue, isTrueAt, listAt, nameOf, numberAt, or, textAt } from "../read.ts";
import { age, isDeleted } from "./cells.ts";

/** What containers add up to in a pod's row. */
interface Tally {
  ready: number;
  restarts: number;
  /** Milliseconds since the epoch; 0 for never. */
  lastRestart: number;
  reason: string;
}

export function podCells(pod: JsonObject, now: number): readonly JsonValue[] {
  const { total, tally } = tallyOf(pod);
  const { ready, restarts, lastRestart } = tally;
  const restartText =
    restarts !== 0 && lastRestart !== 0
      ? `${restarts} (${ageOf(new Date(lastRestart).toISOString(), now)} ago)`
      : String(restarts);
  return [
    nameOf(pod),
    `${ready}/${total}`,
    statusOf(pod, tally.reason),
    restartText,
    age(pod, now),
    or(textAt(listAt(pod, "status", "podIPs")[0], "ip"), "<none>"),
    or(textAt(pod, "spec", "nodeName"), "<none>"),
    or(textAt(pod, "status", "nominatedNodeName"), "<none>"),
    readinessGates(pod),
  ];
}

/** Of a pod that has ended: rows of such pods say so. */
export function podConditions(pod: JsonObject): readonly JsonObject[] {
  const reason = textAt(pod, "status", "phase");
  if (reason !== "Succeeded" && reason !== "Failed") return [];
  const message = reason === "Succeeded" ? "The pod has completed successfully." : "The pod failed.";
  return [{ type: "Completed", status: "True", reason, message }];
}

function statusOf(pod: JsonObject, reason: string): string {
  if (!isDeleted(pod)) return reason;
  if (textAt(pod, "status", "reason") === "NodeLost") return "Unknown";
  const phase = textAt(pod, "status", "phase");
  return phase === "Succeeded" || phase === "Failed" ? reason : "Terminating";
}

function tallyOf(pod: JsonObject): { readonly total: number; readonly tally: Tally } {
  const initContainers = listAt(pod, "spec", "initContainers");
  const sidecars = new Set(
    initContainers.filter((one) => get(one, "restartPolicy") === "Always").map((one) => textOf(get(one, "name"))),
  );
  const total = listAt(pod, "spec", "containers").length + sidecars.size;
  const gated = listAt(pod, "status", "conditions").some(
    (one) => get(one, "type") === "PodScheduled" && get(one, "reason") === "SchedulingGated",
  );
  const phase = or(textAt(pod, "status", "reason"), textAt(pod, "status", "phase"));
  const all: Tally = { ready: 0, restarts: 0, lastRestart: 0, reason: gated ? "SchedulingGated" : phase };
  const ofSidecars: Tally = { ...all };
  const initializing = tallyInit(pod, initContainers.length, sidecars, all, ofSidecars);
  // What init containers restarted counts until they are done; of sidecars it counts always.
  if (!initializing || isTrue(pod, "Initialized")) {
    all.restarts = ofSidecars.restarts;
    all.lastRestart = ofSidecars.lastRestart;
    tallyContainers(pod, all);
  }
  return { total, tally: all };
}

/** Whether an init container is still to end. */
function tallyInit(
  pod: JsonObject,
  count: number,
  sidecars: ReadonlySet<string>,
  all: Tally,
  ofSidecars: Tally,
): boolean {
  for (const [index, status] of listAt(pod, "status", "initContainerStatuses").entries()) {
    const isSidecar = sidecars.has(textAt(status, "name"));
    addRestarts(status, all);
    if (isSidecar) addRestarts(status, ofSidecars);
    const terminated = at(status, "state", "terminated");
    if (terminated !== undefined && numberAt(terminated, "exitCode") === 0) continue;
    if (isSidecar && isTrueAt(status, "started")) {
      if (isTrueAt(status, "ready")) all.ready++;
      continue;
    }
    const waiting = textAt(status, "state", "waiting", "reason");
    if (terminated !== undefined) all.reason = `Init:${endOf(terminated)}`;
    else if (waiting !== "" && waiting !== "PodInitializing") all.reason = `Init:${waiting}`;
    else all.reason = `Init:${index}/${count}`;
    return true;
  }
  return false;
}

function tallyContainers(pod: JsonObject, all: Tally): void {
  let hasRunning = false;
  let failure = "";
  for (const status of [...listAt(pod, "status", "containerStatuses")].reverse()) {
    addRestarts(status, all);
    const waiting = textAt(status, "state", "waiting", "reason");
    const terminated = at(status, "state", "terminated");
    if (waiting !== "") {
      all.reason = waiting;
    } else if (terminated !== undefined) {
      all.reason = endOf(terminated);
      if (numberAt(terminated, "exitCode") !== 0) failure = all.reason;
    } else if (isTrueAt(status, "ready") && at(status, "state", "running") !== undefined) {
      hasRunning = true;
      all.ready++;
    }
  }
  if (all.reason !== "Completed") return;
  const isReady = listAt(pod, "status", "conditions").some(
    (one) => get(one, "type") === "Ready" && get(one, "status") === "True",
  );
  if (hasRunning && isReady) all.reason = "Running";
  else if (failure !== "") all.reason = failure;
  else if (hasRunning) all.reason = "NotReady";
}

function endOf(terminated: JsonValue): string {
  const signal = numberAt(terminated, "signal");
  const code = signal === 0 ? `ExitCode:${numberAt(terminated, "exitCode")}` : `Signal:${signal}`;
  return or(textAt(terminated, "reason"), code);
}

function addRestarts(status: JsonValue, tally: Tally): void {
  tally.restarts += numberAt(status, "restartCount");
  const finished = Date.parse(textAt(status, "lastState", "terminated", "finishedAt"));
  if (finished > tally.lastRestart) tally.lastRestart = finished;
}

function readinessGates(pod: JsonObject): string {
  const gates = listAt(pod, "spec", "readinessGates");
  if (gates.length === 0) return "<none>";
  const open = gates.filter((gate) => get(conditionOf(pod, textAt(gate, "conditionType")), "status") === "True");
  return `${open.length}/${gates.length}`;
}
