import type { PodEvent } from "../simulated/container-state.ts";
import type { ContainerLog } from "./container-log.ts";
import { newContainer, withNews, type ContainerNews, type ContainerRecord, type Ended } from "./container-record.ts";
import type { LocalProcess } from "./process-runner.ts";
import { parseTime } from "../../controllers/common/time.ts";
import { containersOf, type KubeletContainerStatus, type ProcessPod } from "./pod-types.ts";
import type { PodVolumes } from "./volumes/pod-volumes.ts";

/** A pod whose containers this node runs: what it knows of them, and what it holds of the machine for them. */
export interface HeldPod {
  readonly key: string;
  readonly uid: string;
  readonly address: string;
  readonly folder: string;
  readonly volumes: PodVolumes;
  records: ReadonlyMap<string, ContainerRecord>;
  readonly runs: Map<string, ContainerRun>;
  /** How the runs before the present ones ended, for `logs --previous`. */
  readonly previous: Map<string, Pick<ContainerRun, "id" | "log">>;
  /** Commands that are executed in it. */
  readonly commands: Set<LocalProcess>;
  /** To be recorded at the next look. */
  readonly events: PodEvent[];
  /** Containers that waited to be restarted at the last look. */
  backOffs: ReadonlySet<string>;
  /** Volume problems of the last look, so that each is told once. */
  problems: ReadonlySet<string>;
  isDropped: boolean;
}

/** One run of a container. */
export interface ContainerRun {
  readonly id: string;
  readonly log: ContainerLog;
  readonly env: Readonly<Record<string, string>>;
  readonly directory: string;
  /** None where nothing stands for the image. */
  readonly process: LocalProcess | undefined;
  /** Its input ends with that of the first client who attaches to it. */
  readonly stdinOnce?: boolean;
}

/** Notes what happened to a container. */
export function tell(held: HeldPod, container: string, news: ContainerNews): void {
  const record = held.records.get(container);
  if (record === undefined) return;
  held.records = new Map(held.records).set(container, withNews(record, news));
}

/**
 * What a node that begins anew makes of the status that it left: what ran is gone and is started again, what had ended has
 * ended.
 */
export function recordsOf(pod: ProcessPod, now: number): ReadonlyMap<string, ContainerRecord> {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return new Map(
    containersOf(pod).map(
      ({ name }) =>
        [
          name,
          recordOf(
            name,
            statuses.find((one) => one.name === name),
            now,
          ),
        ] as const,
    ),
  );
}

function recordOf(name: string, status: KubeletContainerStatus | undefined, now: number): ContainerRecord {
  const { state, lastState, restartCount = 0 } = status ?? {};
  const ended = endedOf(state?.terminated);
  if (ended !== undefined) return newContainer(name, restartCount, ended);
  const id = status?.containerID?.replace(/^fairlead:\/\//, "");
  const lost: Ended | undefined =
    state?.running === undefined || id === undefined
      ? undefined
      : {
          kind: "ended",
          id,
          startedAt: parseTime(state.running.startedAt) ?? now,
          finishedAt: now,
          exitCode: 137,
          reason: "ContainerStatusUnknown",
          message: "The container could not be located when its node was started again",
        };
  return { ...newContainer(name, restartCount), last: lost ?? endedOf(lastState?.terminated) };
}

type Terminated = NonNullable<NonNullable<KubeletContainerStatus["state"]>["terminated"]>;

function endedOf(terminated: Terminated | undefined): Ended | undefined {
  if (terminated === undefined) return undefined;
  const finishedAt = parseTime(terminated.finishedAt) ?? 0;
  return {
    kind: "ended",
    id: (terminated.containerID ?? "").replace(/^fairlead:\/\//, ""),
    startedAt: parseTime(terminated.startedAt) ?? finishedAt,
    finishedAt,
    exitCode: terminated.exitCode,
    reason: terminated.reason ?? "",
    message: terminated.message ?? "",
  };
}
