import type { PodEvent } from "../simulated/container-state.ts";
import type { ContainerRecord, Ended, ProbeKind, Running } from "./container-record.ts";
import type { ContainerSpec } from "./pod-types.ts";
import { probeOf, stepProbes } from "./probe-schedule.ts";
import { delayText, restartDelay } from "./restart-back-off.ts";

export type Action =
  | { readonly kind: "start"; readonly container: string }
  | { readonly kind: "signal"; readonly container: string; readonly signal: "SIGTERM" | "SIGKILL" }
  | { readonly kind: "pre-stop"; readonly container: string }
  | { readonly kind: "probe"; readonly container: string; readonly probe: ProbeKind };

export interface ContainerInput {
  readonly record: ContainerRecord;
  readonly container: ContainerSpec;
  readonly want: Want;
  readonly restarts: "never" | "on-failure" | "always";
  readonly now: number;
  /** `web_default(uid)`, as the kubelet names a pod. */
  readonly podText: string;
  /** Milliseconds. */
  readonly grace: number;
}

/** `since` is when it was asked to stop, `grace` in milliseconds what it gets to do so. */
export type Want =
  | { readonly kind: "run" | "wait" }
  | { readonly kind: "stop"; readonly since: number; readonly grace: number };

export interface ContainerStep {
  readonly record: ContainerRecord;
  readonly actions: readonly Action[];
  readonly events: readonly PodEvent[];
  readonly wakeAt: number | undefined;
  /** Waits to be restarted: what its status says. */
  readonly backOff?: string;
}

/** What a kubelet leaves for the signal when everything before took too long. */
const leastGrace = 2_000;

/** The next thing to do with one container. */
export function stepContainer(input: ContainerInput): ContainerStep {
  const { record, want, now } = input;
  const { state } = record;
  const still = (wakeAt?: number): ContainerStep => ({ record, actions: [], events: [], wakeAt });
  if (state.kind === "running") {
    if (record.stopping !== undefined) return goOnStopping(shortened(input));
    return want.kind === "stop" ? stop(input, want.since, want.grace) : whileRunning(input, state);
  }
  if (want.kind !== "run") return still();
  if (state.kind === "waiting") return state.retryAt > now ? still(state.retryAt) : start(input);
  return afterEnd(input, state);
}

function start({ record, container }: ContainerInput): ContainerStep {
  return { record, actions: [{ kind: "start", container: container.name }], events: [], wakeAt: undefined };
}

function whileRunning(input: ContainerInput, state: Running): ContainerStep {
  const { container, now } = input;
  const { record, ask, failed, wakeAt } = stepProbes(input.record, state, container, now);
  if (failed !== undefined) {
    const own = probeOf(container, failed)?.terminationGracePeriodSeconds;
    const grace = own === undefined ? input.grace : own * 1000;
    const message = `Container ${container.name} failed ${failed} probe, will be restarted`;
    const step = stop({ ...input, record }, now, grace);
    return { ...step, events: [{ type: "Normal", reason: "Killing", message }] };
  }
  const actions = ask.map((probe): Action => ({ kind: "probe", container: container.name, probe }));
  return { record, actions, events: [], wakeAt };
}

function stop(input: ContainerInput, since: number, grace: number): ContainerStep {
  const { record, container } = input;
  const deadline = since + Math.max(grace, leastGrace);
  const message = `Stopping container ${container.name}`;
  const events: readonly PodEvent[] = [{ type: "Normal", reason: "Killing", message }];
  if (container.lifecycle?.preStop !== undefined && grace > 0) {
    const actions: readonly Action[] = [{ kind: "pre-stop", container: container.name }];
    return { record: { ...record, stopping: { phase: "pre-stop", deadline } }, actions, events, wakeAt: deadline };
  }
  const step = goOnStopping({ ...input, record: { ...record, stopping: { phase: "pre-stop-done", deadline } } });
  return { ...step, events };
}

/** A pod that is deleted while a container stops for another reason gives it no longer than its own grace. */
function shortened(input: ContainerInput): ContainerInput {
  const { record, want } = input;
  const { stopping } = record;
  if (stopping === undefined || want.kind !== "stop") return input;
  const deadline = Math.min(stopping.deadline, want.since + Math.max(want.grace, leastGrace));
  return { ...input, record: { ...record, stopping: { ...stopping, deadline } } };
}

function goOnStopping({ record, container, now }: ContainerInput): ContainerStep {
  const { phase, deadline } = record.stopping!;
  const signal = (name: "SIGTERM" | "SIGKILL", next: "term" | "kill", until: number): ContainerStep => ({
    record: { ...record, stopping: { phase: next, deadline: until } },
    actions: [{ kind: "signal", container: container.name, signal: name }],
    events: [],
    wakeAt: next === "kill" ? undefined : until,
  });
  if (phase === "pre-stop-done" || (phase === "pre-stop" && now >= deadline)) {
    return signal("SIGTERM", "term", Math.max(deadline, now + leastGrace));
  }
  if (phase === "term" && now >= deadline) return signal("SIGKILL", "kill", deadline);
  return { record, actions: [], events: [], wakeAt: phase === "kill" ? undefined : deadline };
}

function afterEnd(input: ContainerInput, state: Ended): ContainerStep {
  const { record, restarts, now, podText, container } = input;
  const again = restarts === "always" || (restarts === "on-failure" && state.exitCode !== 0);
  if (!again) return { record, actions: [], events: [], wakeAt: undefined };
  const delay = restartDelay(record);
  const startAt = state.finishedAt + delay;
  if (now >= startAt) return start(input);
  return {
    record,
    actions: [],
    events: [],
    wakeAt: startAt,
    backOff: `back-off ${delayText(delay)} restarting failed container=${container.name} pod=${podText}`,
  };
}
