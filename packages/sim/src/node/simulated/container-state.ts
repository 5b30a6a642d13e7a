import { get, isObject, textOf, type JsonObject, type JsonValue } from "@fairlead/apimachinery";
import { formatTime, parseTime } from "../../controllers/common/time.ts";
import type { Behaviour } from "./behaviour.ts";

export interface PodEvent {
  readonly type: "Normal" | "Warning";
  readonly reason: string;
  readonly message: string;
}

export interface ContainerInput {
  readonly container: JsonValue;
  /** Of the stored pod; undefined before the first. */
  readonly status: JsonObject | undefined;
  readonly behaviour: Behaviour;
  /** Since when it may start, in milliseconds. */
  readonly from: number;
  readonly now: number;
  readonly restarts: "never" | "on-failure" | "always";
  readonly probeDelayMs: number;
  /** `web_default(uid)`, as the kubelet names a pod. */
  readonly podText: string;
  readonly newId: () => string;
}

export interface ContainerStep {
  readonly status: JsonObject;
  readonly events: readonly PodEvent[];
  /** When something changes by itself. */
  readonly wakeAt: number | undefined;
}

const longestBackOff = 300_000;

/** The next state of one container: waiting, running, ended, waiting to be restarted. */
export function stepContainer(input: ContainerInput): ContainerStep {
  const { status, behaviour, now } = input;
  const state = get(status, "state");
  const running = get(state, "running");
  if (isObject(running)) return whileRunning(input, parseTime(textOf(running["startedAt"])) ?? now);
  const terminated =
    get(state, "terminated") ??
    (get(get(state, "waiting"), "reason") === "CrashLoopBackOff"
      ? get(get(status, "lastState"), "terminated")
      : undefined);
  if (isObject(terminated)) return afterEnd(input, terminated);
  if (behaviour.imageMissing) return withoutImage(input);
  const startAt = input.from + behaviour.startDelayMs;
  if (now < startAt) return { status: waiting(input, "ContainerCreating"), events: [], wakeAt: startAt };
  return started(input, 0, undefined);
}

function base({ container, status }: ContainerInput): JsonObject {
  const image = textOf(get(container, "image"));
  return {
    name: textOf(get(container, "name")),
    image,
    imageID: image,
    restartCount: numberOf(get(status, "restartCount")),
  };
}

function numberOf(value: JsonValue | undefined): number {
  return typeof value === "number" ? value : 0;
}

/** The status of a container that does not run yet. */
export function waiting(input: ContainerInput, reason: string, message = ""): JsonObject {
  const lastState = get(input.status, "lastState") ?? {};
  const state = { waiting: { reason, ...(message === "" ? {} : { message }) } };
  return { ...base(input), imageID: "", state, lastState, ready: false, started: false };
}

function started(input: ContainerInput, restartCount: number, last: JsonObject | undefined): ContainerStep {
  const { container, now } = input;
  const image = textOf(get(container, "image"));
  const status: JsonObject = {
    ...base(input),
    containerID: `fairlead://${input.newId()}`,
    restartCount,
    state: { running: { startedAt: formatTime(now) } },
    lastState: last === undefined ? {} : { terminated: last },
  };
  const events: readonly PodEvent[] = [
    {
      type: "Normal",
      reason: "Pulled",
      message: `Container image ${JSON.stringify(image)} already present on machine and can be accessed by the pod`,
    },
    { type: "Normal", reason: "Created", message: "Container created" },
    { type: "Normal", reason: "Started", message: "Container started" },
  ];
  const after = whileRunning({ ...input, status }, now);
  return { ...after, events: [...events, ...after.events] };
}

function whileRunning(input: ContainerInput, startedAt: number): ContainerStep {
  const { status, behaviour, now, probeDelayMs } = input;
  const endsAt = behaviour.runForMs === undefined ? undefined : startedAt + behaviour.runForMs;
  if (endsAt !== undefined && now >= endsAt) return ended(input, startedAt, now);
  const readyAt = startedAt + probeDelayMs + behaviour.readyDelayMs;
  const ready = !behaviour.unready && now >= readyAt;
  const wakeAt = earliest(endsAt, ready || behaviour.unready ? undefined : readyAt);
  return { status: { ...status!, ready, started: true }, events: [], wakeAt };
}

function ended(input: ContainerInput, startedAt: number, now: number): ContainerStep {
  const terminated = terminatedState(input.status, input.behaviour.exitCode, startedAt, now);
  const status = { ...input.status!, state: { terminated }, ready: false, started: false };
  return afterEnd({ ...input, status }, terminated);
}

export function terminatedState(
  status: JsonObject | undefined,
  exitCode: number,
  startedAt: number,
  now: number,
): JsonObject {
  return {
    exitCode,
    reason: exitCode === 0 ? "Completed" : "Error",
    startedAt: formatTime(startedAt),
    finishedAt: formatTime(now),
    containerID: textOf(get(status, "containerID")),
  };
}

function afterEnd(input: ContainerInput, terminated: JsonObject): ContainerStep {
  const { status, restarts, now, podText, container } = input;
  const failed = terminated["exitCode"] !== 0;
  const again = restarts === "always" || (restarts === "on-failure" && failed);
  const done = { ...status!, state: { terminated }, ready: false, started: false };
  if (!again) return { status: done, events: [], wakeAt: undefined };
  const count = numberOf(get(status, "restartCount"));
  // The first restart comes at once; then the kubelet waits 10 s, 20 s … up to five minutes.
  const delay = count === 0 ? 0 : Math.min(longestBackOff, 10_000 * 2 ** (count - 1));
  const finishedAt = parseTime(textOf(terminated["finishedAt"])) ?? now;
  if (now >= finishedAt + delay) return restarted(input, count + 1, terminated);
  const name = textOf(get(container, "name"));
  const message = `back-off ${delay >= 60_000 ? `${Math.floor(delay / 60_000)}m${(delay % 60_000) / 1000}s` : `${delay / 1000}s`} restarting failed container=${name} pod=${podText}`;
  const next = {
    ...waiting(input, "CrashLoopBackOff", message),
    lastState: { terminated },
    containerID: textOf(terminated["containerID"]),
  };
  const isNew = get(get(get(status, "state"), "waiting"), "reason") !== "CrashLoopBackOff";
  const event: PodEvent = {
    type: "Warning",
    reason: "BackOff",
    message: `Back-off restarting failed container ${name} in pod ${podText}`,
  };
  return { status: next, events: isNew ? [event] : [], wakeAt: finishedAt + delay };
}

/** A restarted container is at least a moment away: what ends at once must not be restarted for ever within one step. */
function restarted(input: ContainerInput, count: number, last: JsonObject): ContainerStep {
  const step = started({ ...input, behaviour: { ...input.behaviour, runForMs: undefined } }, count, last);
  const { runForMs } = input.behaviour;
  return {
    ...step,
    wakeAt: earliest(step.wakeAt, runForMs === undefined ? undefined : input.now + Math.max(1, runForMs)),
  };
}

function withoutImage(input: ContainerInput): ContainerStep {
  const image = textOf(get(input.container, "image"));
  const reason = get(get(get(input.status, "state"), "waiting"), "reason");
  if (reason === "ImagePullBackOff") return { status: input.status!, events: [], wakeAt: undefined };
  const message = `Back-off pulling image ${JSON.stringify(image)}`;
  const events: readonly PodEvent[] = [
    { type: "Normal", reason: "Pulling", message: `Pulling image ${JSON.stringify(image)}` },
    { type: "Warning", reason: "Failed", message: `Failed to pull image ${JSON.stringify(image)}: not found` },
    { type: "Warning", reason: "Failed", message: "Error: ErrImagePull" },
    { type: "Normal", reason: "BackOff", message },
    { type: "Warning", reason: "Failed", message: "Error: ImagePullBackOff" },
  ];
  return { status: waiting(input, "ImagePullBackOff", message), events, wakeAt: undefined };
}

export function earliest(...times: readonly (number | undefined)[]): number | undefined {
  const known = times.filter((time) => time !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}
