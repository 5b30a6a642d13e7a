import assert from "node:assert/strict";
import type { VirtualClock } from "@fairlead/apimachinery";
import type { SidecarSettings } from "../../../src/plan/sidecars/model/settings.ts";
import { parseWindows, windowsAt } from "../../../src/plan/sidecars/waves/windows.ts";
import type { FakeController, Watcher } from "./fake-controller.ts";
import type { FakeFleet, FakeLoad } from "./fake-fleet.ts";

/** Rows are worked out when something is wrong, and not at every write. */
function holds(value: boolean, message: () => string): void {
  if (!value) assert.fail(message());
}

interface UnderWay {
  readonly askedAt: number;
  /** The pods that it replaces, by uid. */
  readonly old: readonly string[];
  readonly pods: number;
  /** The clock jumped meanwhile: a new process may take it for late. */
  blurred: boolean;
}

export interface Counts {
  schedules: number;
  restarts: number;
  evictions: number;
  held: number;
  conflicts: number;
  crashes: number;
  jumps: number;
  most: number;
  steps: number;
}

export interface FleetWatcher extends Watcher {
  /** A rollout is over, in truth. */
  ended(load: FakeLoad, by: "us" | "user"): void;
  reconfigured(): void;
  jumped(): void;
  readonly restarted: Set<string>;
}

/** Asserts at every write that no rule is broken, by what is so and not by what the controller believes. */
export function watcherOf(
  clock: VirtualClock,
  settings: SidecarSettings,
  fleet: () => FakeFleet,
  controller: () => FakeController,
  counts: Counts,
  /** How old what a write was decided from may be. */
  lagMs: () => number,
): FleetWatcher {
  const underWay = new Map<string, UnderWay>();
  const askedAt = new Map<string, number>();
  const askedByClock = new Map<string, number>();
  const endedAt = new Map<string, { at: number; blurred: boolean }>();
  /** Targets that a workload was to have, and until when. */
  const wanted = new Map<string, { target: string; until: number }[]>();
  const epochs = new Map<string, number>();
  const once = new Set<string>();
  const evicted = new Set<string>();
  let pausedAt: number | undefined;
  const { budget, restart } = settings;

  function epochOf(load: FakeLoad): string {
    return `${epochs.get(load.cluster) ?? 0}`;
  }

  function describe(load: FakeLoad): string {
    const row = controller().state.rows.find(({ workload }) => workload.key === load.key);
    return `${load.key} (${load.behaviour}, mark ${load.mark}, wanted ${fleet().wanted(load)}, ${JSON.stringify(row?.state)}) at ${clock.monotonic()}`;
  }

  /** What is under way by us, by the rules: not over, and not failed by its deadline. */
  function* live(): Generator<readonly [string, UnderWay]> {
    for (const [key, one] of underWay) {
      const late = clock.monotonic() >= one.askedAt + restart.deadlineMs || one.blurred;
      if (!late) yield [key, one];
    }
  }

  function checkBudgets(text: () => string): void {
    const fleetCount = new Map<string, number>();
    const add = (key: string, limit: number | undefined, by = 1): void => {
      const next = (fleetCount.get(key) ?? 0) + by;
      fleetCount.set(key, next);
      holds(limit === undefined || next <= limit, () => `${key}: ${next} of ${limit} are under way: ${text()}`);
    };
    let all = 0;
    const identities = new Map<string, string>();
    for (const [key, one] of live()) {
      const load = fleet().loads.get(key)!;
      all++;
      add("fleet", budget.fleet);
      add(`cluster ${load.cluster}`, budget.cluster);
      add(`namespace ${load.cluster}/${load.namespace}`, budget.namespace);
      const old = load.pods.filter(({ uid }) => one.old.includes(uid));
      for (const node of new Set(old.map((pod) => pod.node))) add(`node ${load.cluster}/${node}`, budget.node);
      for (const zone of new Set(old.map((pod) => pod.zone))) add(`zone ${zone}`, budget.zone);
      add(`pods of ${load.cluster}`, budget.pods, one.pods);
      // Without an identity it is what its namespace and name say, in whatever cluster.
      const identity = load.identity || `${load.namespace}/${load.name}`;
      const other = identities.get(identity);
      holds(
        other === undefined || other === load.cluster,
        () => `${identity} in ${other} and ${load.cluster}: ${text()}`,
      );
      identities.set(identity, load.cluster);
    }
    counts.most = Math.max(counts.most, all);
  }

  function checkTimes(load: FakeLoad, goesOn: boolean): void {
    const text = (): string => describe(load);
    if (pausedAt !== undefined)
      holds((askedAt.get(load.key) ?? 0) <= pausedAt, () => `started while paused: ${text()}`);
    const asked = askedByClock.get(load.key)!;
    for (const texts of [settings.windows.all, settings.windows.clusters[load.cluster] ?? [], load.windows]) {
      if (texts.length === 0) continue;
      const parsed = parseWindows(texts.join(";"));
      holds(parsed.kind === "windows" && windowsAt(parsed.windows, asked).open, () => `outside its window: ${text()}`);
    }
    const end = endedAt.get(load.key);
    if (end === undefined || end.blurred || goesOn) return;
    holds(askedAt.get(load.key)! >= end.at + restart.cooldownMs, () => `within the cooldown: ${text()}`);
  }

  return {
    restarted: new Set(),
    asked(_action, load) {
      askedAt.set(load.key, clock.monotonic());
      askedByClock.set(load.key, controller().now());
    },
    writing() {},
    wrote(action, load, result) {
      if (result.kind === "held") counts.held++;
      if (result.kind === "changed") counts.conflicts++;
      if (result.kind !== "written") return;
      const text = (): string => describe(load);
      const target = fleet().wanted(load);
      const before = (wanted.get(load.key) ?? []).filter(({ until }) => clock.monotonic() - until <= lagMs());
      const fits = action.target === target || before.some((one) => one.target === action.target);
      holds(fits, () => `restarted for ${action.target}, which nobody wants: ${text()}`);
      if (action.kind === "evict") {
        counts.evictions++;
        assert.notEqual(action.pod.uid.length, 0);
        holds(!evicted.has(action.pod.uid), () => `evicted twice: ${text()}`);
        evicted.add(action.pod.uid);
      } else {
        counts.restarts++;
        // The version it was decided from is the present one, so that nothing of it can have changed but what is wanted.
        const outdated = action.target !== target || load.pods.some(({ proxy }) => proxy !== target);
        holds(outdated, () => `restarted though current: ${text()}`);
        if (action.target === target) {
          const mark = `${load.key} ${action.target} ${epochOf(load)}`;
          holds(!once.has(mark), () => `restarted twice for one target: ${text()}`);
          once.add(mark);
        }
      }
      const pods = action.kind === "evict" ? [action.pod] : load.pods.filter(({ proxy }) => proxy !== action.target);
      checkTimes(load, action.kind === "evict");
      underWay.set(load.key, {
        askedAt: askedAt.get(load.key)!,
        old: pods.map(({ uid }) => uid),
        pods: action.kind === "evict" ? 1 : load.pods.length,
        blurred: false,
      });
      this.restarted.add(load.key);
      checkBudgets(text);
    },
    journaled(pausesAll) {
      if (!pausesAll) pausedAt = undefined;
      else pausedAt ??= clock.monotonic();
    },
    stepped() {
      counts.steps++;
    },
    ended(load, by) {
      underWay.delete(load.key);
      if (by === "us" && !load.evicts) endedAt.set(load.key, { at: clock.monotonic(), blurred: false });
    },
    reconfigured() {
      for (const load of fleet().loads.values()) {
        const list = wanted.get(load.key) ?? [];
        wanted.set(load.key, [...list, { target: fleet().wanted(load), until: clock.monotonic() }].slice(-8));
      }
      for (const cluster of fleet().config.keys()) epochs.set(cluster, (epochs.get(cluster) ?? 0) + 1);
    },
    jumped() {
      for (const one of underWay.values()) one.blurred = true;
      for (const one of endedAt.values()) one.blurred = true;
    },
  };
}
