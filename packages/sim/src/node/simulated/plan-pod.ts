import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { formatTime, parseTime } from "../../controllers/common/time.ts";
import { behaviourOf, probeDelayMs } from "./behaviour.ts";
import {
  earliest,
  stepContainer,
  terminatedState,
  waiting,
  type ContainerInput,
  type PodEvent,
} from "./container-state.ts";
import { podConditions } from "./pod-conditions.ts";

export interface PodObservation {
  readonly pod: JsonObject;
  readonly now: number;
  readonly newId: () => string;
  /** Of the pod's network, given once. */
  readonly newAddress: () => string;
  readonly hostAddress: string;
}

export interface PodPlan {
  readonly status: JsonObject;
  readonly events: readonly PodEvent[];
  /** The pod's containers have ended and it is to be deleted for good. */
  readonly gone: boolean;
  readonly wakeAt: number | undefined;
}

interface Stepped {
  readonly statuses: JsonObject[];
  readonly events: PodEvent[];
  wakeAt: number | undefined;
}

/** What a node that runs its containers as their behaviour says would report of a pod now. */
export function planPod(observation: PodObservation): PodPlan {
  const { pod, now } = observation;
  if (get(pod["metadata"], "deletionTimestamp") !== undefined) return planEnd(observation);
  const { spec } = pod;
  const before = isObject(pod["status"]) ? pod["status"] : {};
  const phaseBefore = before["phase"];
  if (phaseBefore === "Succeeded" || phaseBefore === "Failed") {
    return { status: before, events: [], gone: false, wakeAt: undefined };
  }
  const startTime = textOf(before["startTime"]) || formatTime(now);
  const restartPolicy = textOf(get(spec, "restartPolicy")) || "Always";
  const inits = listOf(get(spec, "initContainers"));
  const mains = listOf(get(spec, "containers"));
  const init = stepInits(observation, inits, restartPolicy, parseTime(startTime) ?? now);
  const main = stepMains(observation, mains, restartPolicy, init);
  const phase = phaseOf(main.statuses, restartPolicy, init);
  const generation = get(pod["metadata"], "generation");
  const gates = listOf(get(spec, "readinessGates")).map((gate) => textOf(get(gate, "conditionType")));
  const facts = {
    phase,
    initialized: init.kind === "done",
    unready: main.statuses.filter((one) => one["ready"] !== true).map((one) => textOf(one["name"])),
    unreadyInits: init.statuses
      .filter((one) => !isDone(one) && one["started"] !== true)
      .map((one) => textOf(one["name"])),
    generation: typeof generation === "number" ? generation : undefined,
    gates,
  };
  const podIP = textOf(before["podIP"]) || observation.newAddress();
  const status: JsonObject = {
    ...before,
    phase,
    ...(typeof generation === "number" ? { observedGeneration: generation } : {}),
    conditions: podConditions(before["conditions"], facts, now),
    hostIP: observation.hostAddress,
    hostIPs: [{ ip: observation.hostAddress }],
    podIP,
    podIPs: [{ ip: podIP }],
    startTime,
    ...(inits.length === 0 ? {} : { initContainerStatuses: init.statuses }),
    containerStatuses: main.statuses,
  };
  return { status, events: [...init.events, ...main.events], gone: false, wakeAt: earliest(init.wakeAt, main.wakeAt) };
}

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}

function podText(pod: JsonObject): string {
  const { name, namespace, uid } = pod["metadata"] as JsonObject;
  return `${textOf(name)}_${textOf(namespace)}(${textOf(uid)})`;
}

function inputOf(
  { pod, now, newId }: PodObservation,
  container: JsonValue,
  list: "containerStatuses" | "initContainerStatuses",
  from: number,
  restarts: ContainerInput["restarts"],
): ContainerInput {
  const name = textOf(get(container, "name"));
  const status = listOf(get(pod["status"], list)).find((one) => get(one, "name") === name);
  return {
    container,
    status: isObject(status) ? status : undefined,
    behaviour: behaviourOf(pod, name),
    from,
    now,
    restarts,
    probeDelayMs: probeDelayMs(container),
    podText: podText(pod),
    newId,
  };
}

type Inits = Stepped & {
  readonly kind: "done" | "running" | "failed";
  /** When the last one was done. */
  readonly doneAt: number;
};

/** Init containers one after another; sidecars count as done once they have started. */
function stepInits(
  observation: PodObservation,
  inits: readonly JsonValue[],
  restartPolicy: string,
  from: number,
): Inits {
  const result: Stepped = { statuses: [], events: [], wakeAt: undefined };
  let doneAt = from;
  let kind: Inits["kind"] = "done";
  for (const container of inits) {
    const isSidecar = get(container, "restartPolicy") === "Always";
    const restarts = isSidecar ? "always" : restartPolicy === "Never" ? "never" : "on-failure";
    const input = inputOf(observation, container, "initContainerStatuses", doneAt, restarts);
    if (kind !== "done") {
      result.statuses.push(input.status ?? waiting(input, "PodInitializing"));
      continue;
    }
    const step = stepContainer(input);
    const status = isSidecar || !isDone(step.status) ? step.status : { ...step.status, ready: true };
    result.statuses.push(status);
    result.events.push(...step.events);
    result.wakeAt = earliest(result.wakeAt, step.wakeAt);
    const finished = parseTime(textOf(get(get(get(status, "state"), "terminated"), "finishedAt")));
    if (isSidecar ? status["started"] === true : isDone(status)) doneAt = Math.max(doneAt, finished ?? doneAt);
    else kind = restarts === "never" && get(get(status, "state"), "terminated") !== undefined ? "failed" : "running";
  }
  return { ...result, kind, doneAt };
}

function isDone(status: JsonObject): boolean {
  return get(get(get(status, "state"), "terminated"), "exitCode") === 0;
}

function stepMains(
  observation: PodObservation,
  mains: readonly JsonValue[],
  restartPolicy: string,
  init: Inits,
): Stepped {
  const result: Stepped = { statuses: [], events: [], wakeAt: undefined };
  const restarts = restartPolicy === "Always" ? "always" : restartPolicy === "OnFailure" ? "on-failure" : "never";
  for (const container of mains) {
    const input = inputOf(observation, container, "containerStatuses", init.doneAt, restarts);
    if (init.kind !== "done") {
      result.statuses.push(waiting(input, "PodInitializing"));
      continue;
    }
    const step = stepContainer(input);
    result.statuses.push(step.status);
    result.events.push(...step.events);
    result.wakeAt = earliest(result.wakeAt, step.wakeAt);
  }
  return result;
}

function phaseOf(statuses: readonly JsonObject[], restartPolicy: string, init: Inits): string {
  if (init.kind === "failed") return "Failed";
  if (init.kind === "running") return "Pending";
  const ends = statuses.map((one) => get(get(one, "state"), "terminated"));
  const isOver = ends.length > 0 && restartPolicy !== "Always" && ends.every((end) => end !== undefined);
  if (isOver) {
    const failed = ends.some((end) => get(end, "exitCode") !== 0);
    return failed ? "Failed" : "Succeeded";
  }
  const hasStarted = statuses.some(
    (one) =>
      get(one["state"], "running") !== undefined ||
      get(one["state"], "terminated") !== undefined ||
      get(get(one["state"], "waiting"), "reason") === "CrashLoopBackOff",
  );
  return hasStarted ? "Running" : "Pending";
}

/** A pod that is being deleted: its containers stop, at the latest when its grace is over. */
function planEnd({ pod, now }: PodObservation): PodPlan {
  const metadata = pod["metadata"] as JsonObject;
  const deadline = parseTime(textOf(metadata["deletionTimestamp"])) ?? now;
  const grace = typeof metadata["deletionGracePeriodSeconds"] === "number" ? metadata["deletionGracePeriodSeconds"] : 0;
  const since = deadline - grace * 1000;
  const before = isObject(pod["status"]) ? pod["status"] : {};
  let wakeAt: number | undefined;
  const events: PodEvent[] = [];
  const stop = (list: string): JsonValue[] =>
    listOf(before[list]).map((status) => {
      const running = get(get(status, "state"), "running");
      if (!isObject(status) || !isObject(running)) return status;
      const name = textOf(status["name"]);
      events.push({ type: "Normal", reason: "Killing", message: `Stopping container ${name}` });
      const { stopDelayMs, stopExitCode } = behaviourOf(pod, name);
      const asked = since + stopDelayMs;
      const stopsAt = Math.min(asked, deadline);
      if (now < stopsAt) {
        wakeAt = Math.max(wakeAt ?? 0, stopsAt);
        return status;
      }
      const startedAt = parseTime(textOf(running["startedAt"])) ?? now;
      const terminated = terminatedState(status, asked > deadline ? 137 : stopExitCode, startedAt, now);
      return { ...status, ready: false, started: false, state: { terminated } };
    });
  const stopped = stop("containerStatuses");
  const stoppedInits = stop("initContainerStatuses");
  const status: JsonObject = {
    ...before,
    ...(before["containerStatuses"] === undefined ? {} : { containerStatuses: stopped }),
    ...(before["initContainerStatuses"] === undefined ? {} : { initContainerStatuses: stoppedInits }),
  };
  if (wakeAt !== undefined) return { status: before, events, gone: false, wakeAt };
  const exits = stopped.map((one) => get(get(get(one, "state"), "terminated"), "exitCode"));
  const isOver = status["phase"] === "Succeeded" || status["phase"] === "Failed";
  const phase =
    isOver || exits.length === 0 ? status["phase"] : exits.every((code) => code === 0) ? "Succeeded" : "Failed";
  const facts = {
    phase: textOf(phase),
    initialized: true,
    unready: [],
    unreadyInits: [],
    generation: undefined,
    gates: [],
  };
  const conditions = podConditions(before["conditions"], facts, now);
  return {
    status: { ...status, ...(phase === undefined ? {} : { phase }), conditions },
    events,
    gone: true,
    wakeAt: undefined,
  };
}
