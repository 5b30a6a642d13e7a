import { parseTime } from "../../controllers/common/time.ts";
import { earliest, type PodEvent } from "../simulated/container-state.ts";
import type { ContainerRecord } from "./container-record.ts";
import { isSidecar, type ContainerSpec, type ProcessPod } from "./pod-types.ts";
import { hasStarted } from "./probe-schedule.ts";
import { stepContainer, type Action, type ContainerStep, type Want } from "./step-container.ts";

export type Records = ReadonlyMap<string, ContainerRecord>;

export interface ProcessPodPlan {
  readonly records: Records;
  readonly actions: readonly Action[];
  readonly events: readonly PodEvent[];
  /** Of containers that wait to be restarted, what their status says. */
  readonly backOffs: ReadonlyMap<string, string>;
  readonly phase: string;
  readonly initialized: boolean;
  /** It is being deleted and nothing runs any more. */
  readonly gone: boolean;
  readonly wakeAt: number | undefined;
}

/** What to do with the containers of a pod now: init containers and sidecars in order, then the others, then their end. */
export function planProcessPod(pod: ProcessPod, records: Records, now: number): ProcessPodPlan {
  const inits = pod.spec.initContainers ?? [];
  const mains = pod.spec.containers;
  const wants = wantsOf(pod, records, now);
  const next = new Map(records);
  const actions: Action[] = [];
  const events: PodEvent[] = [];
  const backOffs = new Map<string, string>();
  let wakeAt: number | undefined;
  for (const container of [...inits, ...mains]) {
    const step: ContainerStep = stepContainer({
      record: records.get(container.name)!,
      container,
      want: wants.get(container.name) ?? { kind: "wait" },
      restarts: restartsOf(pod, container),
      now,
      podText: podTextOf(pod),
      grace: graceOf(pod),
    });
    next.set(container.name, step.record);
    actions.push(...step.actions);
    events.push(...step.events);
    if (step.backOff !== undefined) backOffs.set(container.name, step.backOff);
    wakeAt = earliest(wakeAt, step.wakeAt);
  }
  const runs = [...next.values()].some(({ state }) => state.kind === "running");
  const isEnding = pod.metadata.deletionTimestamp !== undefined;
  return {
    records: next,
    actions,
    events,
    backOffs,
    phase: phaseOf(pod, next, runs, now),
    initialized: inits.every((one) => isInitialized(next.get(one.name)!, one)),
    gone: isEnding && !runs,
    wakeAt: isEnding ? wakeAt : earliest(wakeAt, deadlineOf(pod, now)),
  };
}

export function podTextOf({ metadata }: ProcessPod): string {
  return `${metadata.name}_${metadata.namespace}(${metadata.uid})`;
}

function graceOf({ spec }: ProcessPod): number {
  return (spec.terminationGracePeriodSeconds ?? 30) * 1000;
}

function restartsOf({ spec }: ProcessPod, container: ContainerSpec): "never" | "on-failure" | "always" {
  const isInit = (spec.initContainers ?? []).includes(container);
  if (isInit) return isSidecar(container) ? "always" : spec.restartPolicy === "Never" ? "never" : "on-failure";
  return spec.restartPolicy === "Never" ? "never" : spec.restartPolicy === "OnFailure" ? "on-failure" : "always";
}

function wantsOf(pod: ProcessPod, records: Records, now: number): ReadonlyMap<string, Want> {
  const inits = pod.spec.initContainers ?? [];
  const wants = new Map<string, Want>();
  const { deletionTimestamp, deletionGracePeriodSeconds = 0 } = pod.metadata;
  const running = (container: ContainerSpec): boolean => records.get(container.name)?.state.kind === "running";
  if (deletionTimestamp !== undefined) {
    const grace = deletionGracePeriodSeconds * 1000;
    stopAll(pod, running, { kind: "stop", since: (parseTime(deletionTimestamp) ?? now) - grace, grace }, wants);
    return wants;
  }
  if (isDue(pod, now)) {
    stopAll(pod, running, { kind: "stop", since: now, grace: graceOf(pod) }, wants);
    return wants;
  }
  let isReached = true;
  for (const container of inits) {
    const record = records.get(container.name)!;
    if (isReached) wants.set(container.name, { kind: "run" });
    isReached &&= isInitialized(record, container);
  }
  for (const { name } of pod.spec.containers) if (isReached) wants.set(name, { kind: "run" });
  const hasFailed = inits.some((one) => hasFailedForGood(pod, records, one));
  if (
    hasFailed ||
    (isReached && pod.spec.containers.every((one) => isOver(records.get(one.name)!, restartsOf(pod, one))))
  ) {
    stopAll(pod, running, { kind: "stop", since: now, grace: graceOf(pod) }, wants);
  }
  return wants;
}

/** Sidecars stop when the others have, the last one first. */
function stopAll(
  { spec }: ProcessPod,
  running: (container: ContainerSpec) => boolean,
  want: Want,
  wants: Map<string, Want>,
): void {
  const inits = spec.initContainers ?? [];
  const others = [...spec.containers, ...inits.filter((one) => !isSidecar(one))];
  for (const { name } of others) wants.set(name, want);
  if (others.some(running)) {
    // They go on running, and are restarted no more.
    for (const one of inits) if (isSidecar(one)) wants.set(one.name, { kind: "wait" });
    return;
  }
  const last = inits.filter((one) => isSidecar(one) && running(one)).at(-1);
  for (const one of inits) if (isSidecar(one)) wants.set(one.name, one === last ? want : { kind: "wait" });
}

function isInitialized(record: ContainerRecord, container: ContainerSpec): boolean {
  if (isSidecar(container))
    return hasStarted(record, container) || record.state.kind === "ended" || record.restarts > 0;
  return record.state.kind === "ended" && record.state.exitCode === 0;
}

/** Has ended and is not restarted. */
function isOver({ state }: ContainerRecord, restarts: "never" | "on-failure" | "always"): boolean {
  if (state.kind !== "ended" || restarts === "always") return false;
  return restarts === "never" || state.exitCode === 0;
}

/** `spec.activeDeadlineSeconds` is over. */
export function isDue(pod: ProcessPod, now: number): boolean {
  const { activeDeadlineSeconds } = pod.spec;
  const since = parseTime(pod.status?.startTime);
  return activeDeadlineSeconds !== undefined && since !== undefined && now >= since + activeDeadlineSeconds * 1000;
}

/** When its deadline comes, if it is still ahead. */
function deadlineOf({ spec, status }: ProcessPod, now: number): number | undefined {
  const { activeDeadlineSeconds } = spec;
  if (activeDeadlineSeconds === undefined) return undefined;
  const deadline = (parseTime(status?.startTime) ?? now) + activeDeadlineSeconds * 1000;
  return deadline > now ? deadline : undefined;
}

function hasFailedForGood(pod: ProcessPod, records: Records, init: ContainerSpec): boolean {
  const record = records.get(init.name)!;
  return isOver(record, restartsOf(pod, init)) && record.state.kind === "ended" && record.state.exitCode !== 0;
}

function phaseOf(pod: ProcessPod, records: Records, runs: boolean, now: number): string {
  const inits = (pod.spec.initContainers ?? []).filter((one) => !isSidecar(one));
  const mains = pod.spec.containers.map(({ name }) => records.get(name)!);
  const isEnding = pod.metadata.deletionTimestamp !== undefined;
  if (!runs && isDue(pod, now)) return "Failed";
  const failedInit = inits.some((one) => hasFailedForGood(pod, records, one));
  const ends = mains.map(({ state }) => (state.kind === "ended" ? state : undefined));
  const over = isEnding
    ? ends.every((end) => end !== undefined)
    : pod.spec.containers.every((one) => isOver(records.get(one.name)!, restartsOf(pod, one)));
  if (!runs && (failedInit || over)) {
    return failedInit || ends.some((end) => end !== undefined && end.exitCode !== 0) ? "Failed" : "Succeeded";
  }
  const hasBegun = mains.some(({ state, last }) => state.kind !== "waiting" || last !== undefined);
  return hasBegun ? "Running" : "Pending";
}
