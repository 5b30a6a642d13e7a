import type { Clock } from "@fairlead/apimachinery";
import type { FleetChange } from "../../../plan/mesh/fleet/change.ts";
import type { FleetSnapshot } from "../../../plan/mesh/fleet/create-fleet.ts";
import type { Fleet, MeshKey } from "../../../plan/mesh/model/fleet.ts";
import type { ClusterPlan, MeshPlan } from "../../../plan/mesh/model/plan.ts";
import { createOrder } from "./order.ts";

export interface EngineOptions {
  readonly fleet: FleetSnapshot;
  readonly plan: (fleet: Fleet, key: MeshKey) => MeshPlan;
  readonly clock: Clock;
  /** Lets everybody else have a turn. */
  readonly turn: () => Promise<void>;
  /** Whether the key is this process's to write now; whoever says yes later asks for a sweep. */
  readonly mayWrite: (key: MeshKey) => boolean;
  /** Whether something would be written in a cluster for this plan, as far as is known. */
  readonly isNeeded: (plan: ClusterPlan, key: MeshKey) => boolean;
  /** Has a key written in a cluster. */
  readonly write: (cluster: string, key: MeshKey) => void;
  /** Hosts that need virtual addresses, all of a tick together. */
  readonly onAddresses: (hosts: readonly string[]) => void;
  readonly onPlan: (plan: MeshPlan, seconds: number) => void;
  /** All that was to be planned is planned. */
  readonly onPlanned?: () => void;
  /** A mistake in the program. */
  readonly onError: (key: MeshKey, error: unknown) => void;
}

/**
 * The current fleet, and the plans that follow from it. Changes are taken together for a moment, then only the keys
 * that they touch are planned; what a plan needs is written by others, who ask for the newest plan when they begin.
 */
export interface Engine {
  fleet(): FleetSnapshot;
  change(change: FleetChange): void;
  /** What the server answered to a write of ours: it changes no plan as a rule, so its keys are looked at a little later. */
  wrote(change: FleetChange): void;
  /** Plans from now on; before, changes are only taken in. */
  start(): void;
  /** The newest plan of a key, with every change taken in. */
  planOf(key: MeshKey): MeshPlan;
  /** Has all keys planned again, although nothing is known to have changed. */
  sweep(): void;
  /** The clusters where what a key is about runs. */
  sourcesOf(key: MeshKey): readonly string[];
  settled(cluster: string, key: string): void;
  drop(cluster: string): void;
  /** When the oldest change that a key still waits for came (monotonic). */
  since(key: MeshKey): number | undefined;
  metrics(): { readonly dirty: number; readonly waiting: number };
  isIdle(): boolean;
  close(): void;
}

/** How long changes are gathered. */
const tickMs = 5;
/** How long the answers to all writes of a key may take to come together. */
const laterMs = 100;
/** How long a key that is still being written somewhere is not looked at again for what was written of it. */
const longestLaterMs = 5_000;
/** Timers hold no more than 24 days; it does no harm to look too early. */
const longestWaitMs = 24 * 3_600_000;
/** How long planning goes on before others have a turn. */
const sliceMs = 12;

export function createEngine(options: EngineOptions): Engine {
  const { clock, turn, isNeeded, onPlan } = options;
  let fleet = options.fleet;
  let pending: FleetChange[] = [];
  let written: FleetChange[] = [];
  /** Keys of which only our own writes have changed, until they are looked at again; since when. */
  const later = new Map<MeshKey, number>();
  /** Where keys are being written. */
  const unsettled = new Map<string, Set<string>>();
  let cancelLater: (() => void) | undefined;
  /** Since when. */
  const dirty = new Map<MeshKey, number>();
  /** Plans that still need writes. */
  const planned = new Map<MeshKey, MeshPlan>();
  const changedAt = new Map<MeshKey, number>();
  const wanting = new Set<string>();
  const order = createOrder(clock, (cluster, key) => options.write(cluster, key as MeshKey));
  let isStarted = false;
  let isPlanning = false;
  let isClosed = false;
  let cancelTick: (() => void) | undefined;
  /** When plans are looked at again because time has passed. */
  let again: { readonly at: number; readonly cancel: () => void } | undefined;

  function schedule(): void {
    if (isClosed || cancelTick !== undefined) return;
    cancelTick = clock.after(tickMs, () => {
      cancelTick = undefined;
      flush();
      if (isStarted && !isPlanning) void planDirty();
    });
  }

  function flush(): void {
    tellTime();
    if (written.length > 0) {
      const at = clock.monotonic();
      for (const key of take(written)) if (!dirty.has(key) && !later.has(key)) later.set(key, at);
      written = [];
      if (later.size > 0) cancelLater ??= clock.after(laterMs, lookLater);
    }
    if (pending.length === 0) return;
    const changes = pending;
    pending = [];
    const at = clock.monotonic();
    for (const key of take(changes)) mark(key, at);
  }

  /** Plans in which something is under way go by the time: it is told with every change, by the second. */
  function tellTime(): void {
    if (written.length === 0 && pending.length === 0) return;
    const at = Math.floor(clock.now() / 1_000) * 1_000;
    if (at !== fleet.time) pending.push({ kind: "time", at });
  }

  /** Looks again when it is time. A clock that was set back is waited for: nothing is early. */
  function lookAt(time: number): void {
    if (isClosed || (again !== undefined && again.at <= time)) return;
    again?.cancel();
    // A second later at most: it is told by the second.
    const cancel = clock.after(
      Math.min(longestWaitMs, Math.max(0, Math.ceil(time / 1_000) * 1_000 - clock.now()) + 1),
      () => {
        again = undefined;
        pending.push({ kind: "time", at: Math.floor(clock.now() / 1_000) * 1_000 });
        schedule();
      },
    );
    again = { at: time, cancel };
  }

  function take(changes: readonly FleetChange[]): Iterable<MeshKey> {
    const result = fleet.with(changes);
    fleet = result.fleet;
    return result.keys;
  }

  function lookLater(): void {
    cancelLater = undefined;
    const at = clock.monotonic();
    for (const [key, since] of later) {
      // Each of its writes would be a reason to plan it anew.
      if (!unsettled.has(key) || at - since >= longestLaterMs) mark(key, at);
    }
    if (later.size > 0) cancelLater = clock.after(laterMs, lookLater);
    schedule();
  }

  function mark(key: MeshKey, at: number): void {
    planned.delete(key);
    later.delete(key);
    if (!dirty.has(key)) dirty.set(key, at);
  }

  async function planDirty(): Promise<void> {
    isPlanning = true;
    let sliceEnd = clock.monotonic() + sliceMs;
    for (;;) {
      const [entry] = dirty;
      if (entry === undefined || isClosed) break;
      dirty.delete(entry[0]);
      look(...entry);
      if (clock.monotonic() < sliceEnd) continue;
      await turn();
      flush();
      sliceEnd = clock.monotonic() + sliceMs;
    }
    isPlanning = false;
    const hosts = [...wanting];
    wanting.clear();
    if (hosts.length > 0 && !isClosed) options.onAddresses(hosts);
    options.onPlanned?.();
  }

  /** Plans a key, and has written what is needed. */
  function look(key: MeshKey, at: number): void {
    const plan = planNow(key);
    if (plan.againAt !== undefined) lookAt(plan.againAt);
    if (!options.mayWrite(key)) return;
    for (const host of plan.needsAddresses) wanting.add(host);
    const needed = plan.clusters.filter((one) => isNeeded(one, key)).map(({ cluster }) => cluster);
    if (needed.length === 0) {
      changedAt.delete(key);
      return;
    }
    planned.set(key, plan);
    if (!changedAt.has(key)) changedAt.set(key, at);
    unsettled.set(key, new Set(needed));
    const sources = new Set(sourcesOf(key).filter((name) => fleet.cluster(name)?.view === "current"));
    order.dispatch(
      key,
      needed.filter((cluster) => sources.has(cluster)),
      needed.filter((cluster) => !sources.has(cluster)),
    );
  }

  function settle(cluster: string, key: string): void {
    const left = unsettled.get(key);
    if (left?.delete(cluster) === true && left.size === 0) unsettled.delete(key);
  }

  function planNow(key: MeshKey): MeshPlan {
    const start = performance.now();
    try {
      const plan = options.plan(fleet, key);
      onPlan(plan, (performance.now() - start) / 1000);
      return plan;
    } catch (error) {
      // One key that cannot be planned must not stop the others; what is written of it stays.
      options.onError(key, error);
      return { key, clusters: [], needsAddresses: [], findings: [], reports: [] };
    }
  }

  function sourcesOf(key: MeshKey): readonly string[] {
    if (!key.startsWith("identity:")) return [];
    const workloads = fleet.identity(key.slice("identity:".length))?.workloads ?? [];
    const { sourceKinds } = fleet.settings.discovery;
    return [...new Set(workloads.flatMap(({ cluster, kind }) => (sourceKinds.includes(kind) ? [cluster] : [])))];
  }

  return {
    fleet: () => fleet,
    change(change) {
      pending.push(change);
      schedule();
    },
    wrote(change) {
      // What came before counts before: our object may take the place of one that is gone.
      if (pending.length > 0) flush();
      written.push(change);
      schedule();
    },
    start() {
      if (isStarted) return;
      isStarted = true;
      schedule();
    },
    planOf(key) {
      flush();
      const known = planned.get(key);
      if (known !== undefined) return known;
      if (dirty.size > 0) schedule();
      return planNow(key);
    },
    sweep() {
      const at = clock.monotonic();
      for (const key of fleet.keys()) if (!dirty.has(key)) dirty.set(key, at);
      schedule();
    },
    sourcesOf,
    settled(cluster, key) {
      settle(cluster, key);
      order.settled(cluster, key);
    },
    drop(cluster) {
      for (const key of unsettled.keys()) settle(cluster, key);
      order.drop(cluster);
    },
    since: (key) => changedAt.get(key),
    metrics: () => ({ dirty: dirty.size, waiting: order.size }),
    isIdle: () => pending.length === 0 && dirty.size === 0 && !isPlanning && order.size === 0 && wanting.size === 0,
    close() {
      isClosed = true;
      cancelTick?.();
      again?.cancel();
      cancelLater?.();
      order.close();
    },
  };
}
