import type { Condition, Pod } from "./objects.ts";
import { parseTime } from "./time.ts";

export function isTerminal({ status }: Pod): boolean {
  return status?.phase === "Succeeded" || status?.phase === "Failed";
}

/** Neither ended nor being deleted. */
export function isActive(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp === undefined;
}

export function isTerminating(pod: Pod): boolean {
  return !isTerminal(pod) && pod.metadata.deletionTimestamp !== undefined;
}

export function conditionOf(conditions: readonly Condition[] | undefined, type: string): Condition | undefined {
  return conditions?.find((one) => one.type === type);
}

export function isReady({ status }: Pod): boolean {
  return conditionOf(status?.conditions, "Ready")?.status === "True";
}

/** Since when the pod is ready, in milliseconds since the epoch. */
export function readySince(pod: Pod): number | undefined {
  return isReady(pod) ? parseTime(conditionOf(pod.status?.conditions, "Ready")?.lastTransitionTime) : undefined;
}

/** Ready for `minReadySeconds` at least. */
export function isAvailable(pod: Pod, minReadySeconds: number, now: number): boolean {
  if (!isReady(pod)) return false;
  if (minReadySeconds === 0) return true;
  const since = readySince(pod);
  return since !== undefined && since + minReadySeconds * 1000 <= now;
}

/** In how many milliseconds the next of the ready pods becomes available; undefined if none is waiting for it. */
export function nextAvailable(pods: readonly Pod[], minReadySeconds: number, now: number): number | undefined {
  let next: number | undefined;
  if (minReadySeconds <= 0) return undefined;
  for (const pod of pods) {
    const since = readySince(pod);
    if (since === undefined) continue;
    const wait = since + minReadySeconds * 1000 - now;
    if (wait > 0 && (next === undefined || wait < next)) next = wait;
  }
  return next;
}

export function restartsOf({ spec, status }: Pod): readonly [regular: number, sidecars: number] {
  let regular = 0;
  for (const { restartCount } of status?.containerStatuses ?? []) regular = Math.max(regular, restartCount ?? 0);
  const sidecarNames = new Set<string>();
  for (const { name, restartPolicy } of spec.initContainers ?? [])
    if (restartPolicy === "Always") sidecarNames.add(name);
  let sidecars = 0;
  for (const { name, restartCount } of status?.initContainerStatuses ?? []) {
    if (sidecarNames.has(name)) sidecars = Math.max(sidecars, restartCount ?? 0);
  }
  return [regular, sidecars];
}
