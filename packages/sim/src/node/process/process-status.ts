import type { JsonObject } from "@fairlead/apimachinery";
import { asJson } from "../../controllers/common/objects.ts";
import { formatTime } from "../../controllers/common/time.ts";
import { podConditions } from "../simulated/pod-conditions.ts";
import type { ContainerRecord, Ended } from "./container-record.ts";
import { isDue, type ProcessPodPlan } from "./plan-process-pod.ts";
import { isSidecar, type ContainerSpec, type ProcessPod } from "./pod-types.ts";
import { hasStarted, isReadyContainer } from "./probe-schedule.ts";

export interface StatusInput {
  readonly pod: ProcessPod;
  readonly plan: ProcessPodPlan;
  readonly now: number;
  readonly address: string;
  readonly hostAddress: string;
}

/** The status that a kubelet writes of a pod. */
export function processStatus({ pod, plan, now, address, hostAddress }: StatusInput): JsonObject {
  const before: JsonObject = asJson(pod.status ?? {});
  const inits = pod.spec.initContainers ?? [];
  const of = (container: ContainerSpec): JsonObject => containerStatus(container, pod, plan);
  const unready = pod.spec.containers.filter((one) => !isReadyContainer(plan.records.get(one.name)!, one));
  const sidecars = inits.filter((one) => isSidecar(one) && !isReadyContainer(plan.records.get(one.name)!, one));
  const { generation } = pod.metadata;
  const facts = {
    phase: plan.phase,
    initialized: plan.initialized,
    unready: [...(plan.initialized ? sidecars : []), ...unready].map(({ name }) => name),
    unreadyInits: inits.filter((one) => !isComplete(plan.records.get(one.name)!, one)).map(({ name }) => name),
    generation,
    gates: (pod.spec.readinessGates ?? []).map((gate) => gate.conditionType),
  };
  const isLate = plan.phase === "Failed" && isDue(pod, now);
  return {
    ...before,
    phase: plan.phase,
    ...(isLate
      ? { reason: "DeadlineExceeded", message: "Pod was active on the node longer than the specified deadline" }
      : {}),
    ...(generation === undefined ? {} : { observedGeneration: generation }),
    conditions: podConditions(before["conditions"], facts, now),
    hostIP: hostAddress,
    hostIPs: [{ ip: hostAddress }],
    ...(address === "" ? {} : { podIP: address, podIPs: [{ ip: address }] }),
    startTime: pod.status?.startTime ?? formatTime(now),
    ...(inits.length === 0 ? {} : { initContainerStatuses: inits.map(of) }),
    containerStatuses: pod.spec.containers.map(of),
  };
}

function isComplete(record: ContainerRecord, container: ContainerSpec): boolean {
  if (isSidecar(container)) return hasStarted(record, container);
  return record.state.kind === "ended" && record.state.exitCode === 0;
}

function containerStatus(container: ContainerSpec, pod: ProcessPod, plan: ProcessPodPlan): JsonObject {
  const record = plan.records.get(container.name)!;
  const { state, last } = record;
  const backOff = plan.backOffs.get(container.name);
  const waits = state.kind === "waiting" || backOff !== undefined;
  const ended = state.kind === "ended" && waits ? state : last;
  const id = state.kind === "waiting" ? last?.id : state.id;
  const image = container.image ?? "";
  const isInit = (pod.spec.initContainers ?? []).includes(container);
  const done = isInit && !isSidecar(container) && state.kind === "ended" && state.exitCode === 0;
  return {
    name: container.name,
    image,
    imageID: id === undefined ? "" : image,
    restartCount: record.restarts,
    ...(id === undefined ? {} : { containerID: containerId(id) }),
    state: stateOf(record, backOff, container, pod, plan),
    lastState: ended === undefined ? {} : { terminated: terminatedOf(ended) },
    ready: done || isReadyContainer(record, container),
    started: hasStarted(record, container),
    ...(container.resources === undefined || Object.keys(container.resources).length === 0
      ? {}
      : {
          ...(container.resources.requests === undefined
            ? {}
            : { allocatedResources: asJson(container.resources.requests) }),
          resources: asJson(container.resources),
        }),
  };
}

function stateOf(
  { state }: ContainerRecord,
  backOff: string | undefined,
  container: ContainerSpec,
  pod: ProcessPod,
  plan: ProcessPodPlan,
): JsonObject {
  if (backOff !== undefined) return { waiting: { reason: "CrashLoopBackOff", message: backOff } };
  if (state.kind === "running") return { running: { startedAt: formatTime(state.startedAt) } };
  if (state.kind === "ended") return { terminated: terminatedOf(state) };
  const waitsForInits = state.message === "" && !plan.initialized && pod.spec.containers.includes(container);
  const reason = waitsForInits || isBehindAnother(container, pod, plan) ? "PodInitializing" : state.reason;
  return { waiting: { reason, ...(state.message === "" ? {} : { message: state.message }) } };
}

function isBehindAnother(container: ContainerSpec, { spec }: ProcessPod, { records }: ProcessPodPlan): boolean {
  const inits = spec.initContainers ?? [];
  const at = inits.indexOf(container);
  return at > 0 && inits.slice(0, at).some((one) => !isComplete(records.get(one.name)!, one));
}

function terminatedOf({ exitCode, reason, message, startedAt, finishedAt, id }: Ended): JsonObject {
  return {
    exitCode,
    reason,
    ...(message === "" ? {} : { message }),
    startedAt: formatTime(startedAt),
    finishedAt: formatTime(finishedAt),
    containerID: containerId(id),
  };
}

export function containerId(id: string): string {
  return `fairlead://${id}`;
}
