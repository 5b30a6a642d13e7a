import assert from "node:assert/strict";
import { virtualClock } from "@fairlead/apimachinery";
import fc from "fast-check";
import type { RunRow } from "../../../src/plan/sidecars/model/run.ts";
import type { BudgetSettings, Wave } from "../../../src/plan/sidecars/model/settings.ts";
import { fakeController, type FakeController, type Trouble } from "./fake-controller.ts";
import { fakeFleet, type FakeFleet, type FakeLoad } from "./fake-fleet.ts";
import { randomOf, type Random } from "./random.ts";
import { noon, settingsWith } from "./samples.ts";
import { watcherOf, type Counts, type FleetWatcher } from "./watcher.ts";

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;

export interface Schedule {
  readonly seed: number;
  readonly clusters: number;
  readonly namespaces: number;
  readonly workloads: number;
  /** How many things happen. */
  readonly events: number;
  readonly evicting: number;
  readonly bad: number;
  readonly budget: Omit<BudgetSettings, "disruptionBudgets">;
  readonly waves: boolean;
  readonly windows: boolean;
  readonly trouble: Trouble;
}

const some = (max: number): fc.Arbitrary<number | undefined> =>
  fc.option(fc.integer({ min: 1, max }), { nil: undefined });

export function schedules(workloads: { readonly min: number; readonly max: number }): fc.Arbitrary<Schedule> {
  return fc.record({
    seed: fc.integer({ min: 1, max: 2 ** 31 }),
    clusters: fc.integer({ min: 1, max: 4 }),
    namespaces: fc.integer({ min: 1, max: 6 }),
    workloads: fc.integer(workloads),
    events: fc.integer({ min: 3, max: 25 }),
    evicting: fc.constantFrom(0, 0.3, 1),
    bad: fc.constantFrom(0, 0.05, 0.3),
    budget: fc.record({
      fleet: some(12),
      cluster: some(6),
      namespace: some(4),
      node: some(4),
      zone: some(6),
      pods: fc.option(fc.integer({ min: 4, max: 20 }), { nil: undefined }),
      failures: fc.integer({ min: 1, max: 6 }),
      namespaceFailures: fc.integer({ min: 1, max: 3 }),
    }),
    waves: fc.boolean(),
    windows: fc.boolean(),
    trouble: fc.record({
      journalConflicts: fc.constantFrom(0, 0.2),
      unsure: fc.constantFrom(0, 0.1),
      lagMs: fc.constantFrom(100, 3000),
    }),
  });
}

const waves: readonly Wave[] = [
  {
    name: "canary",
    namespaces: ["ns-0"],
    namespaceSelector: "",
    selector: "",
    clusters: [],
    percent: 100,
    soakMs: minute,
  },
  { name: "few", namespaces: [], namespaceSelector: "", selector: "tier=web", clusters: [], percent: 30, soakMs: 0 },
];

/** Runs a schedule to its end, and asserts that nothing was broken on the way and that nothing is forgotten. */
export function runSchedule(schedule: Schedule, counts: Counts): void {
  counts.schedules++;
  const random = randomOf(schedule.seed);
  const clock = virtualClock(noon);
  const settings = settingsWith({
    budget: schedule.budget,
    rest: {
      waves: schedule.waves ? waves : [],
      windows: schedule.windows
        ? { all: [], clusters: { "c-0": ["00:00-06:00 Europe/Berlin; 12:00-20:00"] }, namespaces: {} }
        : { all: [], clusters: {}, namespaces: {} },
    },
  });
  const holder: { controller?: FakeController; watcher?: FleetWatcher } = {};
  const fleet: FakeFleet = fakeFleet(
    clock,
    random,
    (load) => holder.controller?.touch(load),
    (load, by) => holder.watcher?.ended(load, by),
  );
  const watcher = watcherOf(
    clock,
    settings,
    () => fleet,
    () => holder.controller!,
    counts,
    () => schedule.trouble.lagMs + 10 * second,
  );
  holder.watcher = watcher;
  const controller = fakeController(clock, random, settings, () => fleet, watcher, schedule.trouble);
  holder.controller = controller;
  for (let at = 0; at < schedule.clusters; at++) {
    controller.clusters.set(clusterAt(at), { region: `r-${at % 2}`, current: true });
    fleet.config.set(clusterAt(at), 1);
  }
  for (let at = 0; at < schedule.workloads; at++) addLoad(fleet, random, schedule, at);
  for (const load of fleet.loads.values()) controller.touch(load);
  controller.poke();
  for (let at = 0; at < schedule.events; at++) {
    clock.advance(random.pick([second, 20 * second, 2 * minute, 10 * minute]));
    happen(fleet, controller, watcher, random, counts);
  }
  settle(fleet, controller, clock);
}

/** Contexts of EKS are called by what holds a slash. */
function clusterAt(index: number): string {
  return index % 2 === 0 ? `c-${index}` : `arn:aws:eks:eu-west-1:111122223333:cluster/c-${index}`;
}

function addLoad(fleet: FakeFleet, random: Random, schedule: Schedule, at: number): void {
  const [cluster, namespace] = [clusterAt(random.upTo(schedule.clusters)), `ns-${random.upTo(schedule.namespaces)}`];
  const keyOf = (named: string): string => `${cluster}/${namespace}/Deployment.apps/${named}`;
  // Some are called the same in several clusters.
  const common = `w-${at - (at % 3)}`;
  const name = fleet.loads.has(keyOf(common)) ? `w-${at}` : common;
  const key = keyOf(name);
  const bad = random.chance(schedule.bad);
  const load: FakeLoad = {
    key,
    cluster,
    namespace,
    name,
    evicts: random.chance(schedule.evicting),
    behaviour: bad ? random.pick(["slow", "stuck", "useless"] as const) : "good",
    template: random.upTo(3),
    identity: random.chance(0.4) ? `id-${random.upTo(5)}` : "",
    windows: schedule.windows && random.chance(0.2) ? ["13:00-15:00"] : [],
    order: random.pick([100, 100, 1, -999_999]),
    labels: { tier: random.pick(["web", "db"]) },
    pods: [],
    version: 1,
    mark: "",
    rolls: undefined,
    mayMiss: random.chance(0.3) ? random.upTo(3) : undefined,
    made: 0,
  };
  for (let pod = random.between(1, 4); pod > 0; pod--) {
    const node = random.upTo(4);
    const made = ++load.made;
    const [uid, zone] = [`${key}:${made}`, `zone-${node}`];
    load.pods.push({
      name: `${name}-${made}-0`,
      uid,
      proxy: "v0",
      node: `node-${node}`,
      zone,
      ready: true,
      madeFor: "",
    });
  }
  fleet.loads.set(key, load);
}

function happen(
  fleet: FakeFleet,
  controller: FakeController,
  watcher: FleetWatcher,
  random: Random,
  counts: Counts,
): void {
  const clusters = [...controller.clusters.keys()];
  const loads = [...fleet.loads.values()];
  switch (random.upTo(11)) {
    case 0:
    case 1:
    case 2:
      counts.crashes++;
      return controller.crash();
    case 3: {
      watcher.reconfigured();
      const version = random.between(1, 3);
      for (const cluster of random.chance(0.5) ? clusters : [random.pick(clusters)]) fleet.configure(cluster, version);
      return;
    }
    case 4:
      for (const load of loads) if (random.chance(0.2)) fleet.userRollout(load);
      return;
    // Budgets get tighter, which nobody hears of until an eviction is refused.
    case 9:
      for (const load of loads) if (load.evicts && random.chance(0.5)) load.mayMiss = 0;
      return;
    case 5:
      return controller.send({ kind: "pause", by: "ann", reason: "a look", scope: { kind: "all" } });
    case 6:
      return controller.send({ kind: "resume", by: "ann", scope: { kind: "all" } });
    case 7:
      return controller.see(random.pick(clusters), random.chance(0.5));
    default:
      counts.jumps++;
      watcher.jumped();
      return controller.jump(random.pick([-2 * hour, -minute, minute, 3 * hour]));
  }
}

/** Everything is well again but for what is bad for good: in the end all is current, or a row tells why not. */
function settle(fleet: FakeFleet, controller: FakeController, clock: { advance(ms: number): void }): void {
  controller.trouble.value = { journalConflicts: 0, unsure: 0, lagMs: 100 };
  for (const cluster of controller.clusters.keys()) controller.see(cluster, true);
  for (const load of fleet.loads.values()) {
    load.mayMiss = undefined;
    controller.touch(load);
  }
  for (let round = 0; round < 200; round++) {
    controller.send({ kind: "resume", by: "ann", scope: { kind: "all" } });
    clock.advance(hour);
    if (round >= 48 && isQuiet(fleet, controller)) break;
  }
  const rows = new Map(controller.state.rows.map((row) => [row.workload.key, row]));
  for (const load of fleet.loads.values()) {
    const outdated = load.pods.some(({ proxy }) => proxy !== fleet.wanted(load));
    if (!outdated) continue;
    const row = rows.get(load.key);
    const text = `${load.key} ${load.behaviour}: ${JSON.stringify(row)}`;
    assert.ok(row !== undefined && row.reason !== "", `forgotten: ${text}`);
    const known =
      load.behaviour !== "good" ||
      row.reason.includes("never fit") ||
      waitsForStuck(fleet, load) ||
      wasMadeOtherwise(fleet, load, row);
    assert.ok(known, `neither current nor for a good reason: ${text}\n${JSON.stringify(controller.state.progress)}`);
  }
}

/**
 * Its new pods were made while something else was configured for a moment, by a rollout that was not ours: nobody can tell
 * them from pods that another webhook changes.
 */
function wasMadeOtherwise(fleet: FakeFleet, load: FakeLoad, { state }: RunRow): boolean {
  const outdated = load.pods.filter(({ proxy }) => proxy !== fleet.wanted(load));
  return (
    state === "broken" && outdated.every(({ madeFor, name }) => (load.evicts ? !name.endsWith("-0") : madeFor !== ""))
  );
}

/** One of its identity rolls out in another cluster, and will for good. */
function waitsForStuck(fleet: FakeFleet, { identity, cluster }: FakeLoad): boolean {
  const others = [...fleet.loads.values()].filter((load) => load.identity === identity && load.cluster !== cluster);
  return identity !== "" && others.some((load) => load.behaviour === "stuck" && !fleet.settled(load));
}

function isQuiet(fleet: FakeFleet, controller: FakeController): boolean {
  if (controller.state.progress.underWay > 0) return false;
  return [...fleet.loads.values()].every(
    (load) => load.behaviour !== "good" || load.pods.every(({ proxy }) => proxy === fleet.wanted(load)),
  );
}
