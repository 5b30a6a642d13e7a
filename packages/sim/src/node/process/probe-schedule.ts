import {
  probeKinds,
  type ContainerRecord,
  type ProbeKind,
  type ProbeRecord,
  type Running,
} from "./container-record.ts";
import type { ContainerSpec, ProbeSpec } from "./pod-types.ts";

export interface ProbeStep {
  readonly record: ContainerRecord;
  /** To be asked now. */
  readonly ask: readonly ProbeKind[];
  /** The probe for which the container has to be restarted. */
  readonly failed: ProbeKind | undefined;
  readonly wakeAt: number | undefined;
}

export function probeOf(container: ContainerSpec, kind: ProbeKind): ProbeSpec | undefined {
  return kind === "startup"
    ? container.startupProbe
    : kind === "readiness"
      ? container.readinessProbe
      : container.livenessProbe;
}

/**
 * What the answers so far say, and what to ask next: as a kubelet, which asks nothing else until the startup probe has
 * succeeded, and nothing of it afterwards.
 */
export function stepProbes(record: ContainerRecord, state: Running, container: ContainerSpec, now: number): ProbeStep {
  const probes: Record<ProbeKind, ProbeRecord> = { ...record.probes };
  const ask: ProbeKind[] = [];
  let failed: ProbeKind | undefined;
  let wakeAt: number | undefined;
  for (const kind of probeKinds) {
    const spec = probeOf(container, kind);
    if (spec === undefined || state.starting) continue;
    const probe = concluded(probes[kind], spec);
    probes[kind] = probe;
    if (kind !== "readiness" && probe.result === false) failed ??= kind;
    if (kind === "startup" ? probe.result !== undefined : !isStarted(probes, container)) continue;
    const due = Math.max(probe.nextAt, state.startedAt + seconds(spec.initialDelaySeconds, 0));
    if (probe.isAsked) continue;
    if (now < due) {
      wakeAt = Math.min(wakeAt ?? due, due);
      continue;
    }
    ask.push(kind);
    probes[kind] = { ...probe, isAsked: true, nextAt: now + Math.max(1000, seconds(spec.periodSeconds, 10)) };
  }
  return { record: { ...record, probes }, ask: failed === undefined ? ask : [], failed, wakeAt };
}

/** A result changes when as many answers in a row say so as the thresholds want. */
function concluded(probe: ProbeRecord, spec: ProbeSpec): ProbeRecord {
  if (probe.last === undefined) return probe;
  const threshold = probe.last ? (spec.successThreshold ?? 1) : (spec.failureThreshold ?? 3);
  return probe.inRow < threshold ? probe : { ...probe, result: probe.last };
}

function seconds(value: number | undefined, otherwise: number): number {
  return (value ?? otherwise) * 1000;
}

function isStarted(probes: ContainerRecord["probes"], { startupProbe }: ContainerSpec): boolean {
  return startupProbe === undefined || probes.startup.result === true;
}

export function hasStarted({ state, probes }: ContainerRecord, container: ContainerSpec): boolean {
  return state.kind === "running" && !state.starting && isStarted(probes, container);
}

export function isReadyContainer(record: ContainerRecord, container: ContainerSpec): boolean {
  if (!hasStarted(record, container) || record.stopping !== undefined) return false;
  return container.readinessProbe === undefined || record.probes.readiness.result === true;
}
