import type { ContainerStatus, Pod } from "../common/objects.ts";
import { conditionOf } from "../common/pods.ts";
import { parseTime } from "../common/time.ts";

const firstMs = 10_000;
const longestMs = 600_000;

/** How often pods of a Job have failed since one succeeded, and when last. */
export interface BackoffRecord {
  readonly failures: number;
  readonly lastMs: number | undefined;
}

export const noFailures: BackoffRecord = { failures: 0, lastMs: undefined };

/** When the last of a pod's containers ended, or what comes closest to it. */
export function finishedAt(pod: Pod): number {
  const { metadata, spec, status } = pod;
  const sidecars = new Set<string>();
  for (const { name, restartPolicy } of spec.initContainers ?? []) if (restartPolicy === "Always") sidecars.add(name);
  const ended = latestEnd([
    ...(status?.containerStatuses ?? []),
    ...(status?.initContainerStatuses ?? []).filter(({ name }) => sidecars.has(name)),
  ]);
  if (ended !== undefined) return ended;
  const ready = conditionOf(status?.conditions, "Ready");
  const notReady = ready?.status === "False" ? parseTime(ready.lastTransitionTime) : undefined;
  if (notReady !== undefined) return notReady;
  const deleted = parseTime(metadata.deletionTimestamp);
  if (deleted !== undefined) return deleted - (metadata.deletionGracePeriodSeconds ?? 0) * 1000;
  return parseTime(metadata.creationTimestamp) ?? 0;
}

/** Undefined unless all of them have ended. */
function latestEnd(statuses: readonly ContainerStatus[]): number | undefined {
  let latest: number | undefined;
  for (const { state } of statuses) {
    const end = parseTime(state?.terminated?.finishedAt);
    if (end === undefined) return undefined;
    latest = Math.max(latest ?? end, end);
  }
  return latest;
}

/** The record after pods have ended: a success forgets the failures before it. */
export function nextRecord(before: BackoffRecord, succeeded: readonly Pod[], failed: readonly Pod[]): BackoffRecord {
  if (succeeded.length === 0 && failed.length === 0) return before;
  const failures = failed.map(finishedAt);
  const last = Math.max(...failures);
  if (succeeded.length === 0) return { failures: before.failures + failed.length, lastMs: last };
  const success = Math.max(...succeeded.map(finishedAt));
  const after = failures.filter((time) => time > success);
  return after.length === 0 ? noFailures : { failures: after.length, lastMs: last };
}

/** Milliseconds until a pod may be created again: 10 s, 20 s, 40 s … up to 10 min after the last failure. */
export function remainingMs({ failures, lastMs }: BackoffRecord, now: number): number {
  if (failures === 0 || lastMs === undefined) return 0;
  const delay = Math.min(firstMs * 2 ** Math.min(failures - 1, 30), longestMs);
  return Math.max(0, lastMs + delay - now);
}
