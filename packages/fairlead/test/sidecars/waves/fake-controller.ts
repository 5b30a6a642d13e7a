import type { VirtualClock } from "@fairlead/apimachinery";
import type { Decision } from "../../../src/plan/sidecars/model/decision.ts";
import type { ActionResult, RunAction, RunEvent, RunState } from "../../../src/plan/sidecars/model/run.ts";
import type { SidecarSettings } from "../../../src/plan/sidecars/model/settings.ts";
import { decodeJournal } from "../../../src/plan/sidecars/waves/decode-journal.ts";
import { encodeJournal } from "../../../src/plan/sidecars/waves/encode-journal.ts";
import { startRun } from "../../../src/plan/sidecars/waves/start-run.ts";
import { step } from "../../../src/plan/sidecars/waves/step.ts";
import type { FakeFleet, FakeLoad } from "./fake-fleet.ts";
import type { Random } from "./random.ts";

type Write = Extract<RunAction, { kind: "restart" | "evict" }>;

/** What the watcher hears of. */
export interface Watcher {
  asked(action: Write, load: FakeLoad): void;
  writing(action: Write, load: FakeLoad): void;
  wrote(action: Write, load: FakeLoad, result: ActionResult): void;
  journaled(pausesAll: boolean): void;
  stepped(state: RunState): void;
}

/** How badly things go. */
export interface Trouble {
  readonly journalConflicts: number;
  readonly unsure: number;
  readonly lagMs: number;
}

export interface FakeController {
  state: RunState;
  readonly clusters: Map<string, { region: string; current: boolean }>;
  crashes: number;
  steps: number;
  touch(load: FakeLoad): void;
  send(event: RunEvent): void;
  see(cluster: string, current: boolean): void;
  jump(ms: number): void;
  now(): number;
  /** Only the journal is left, and what can be observed. */
  crash(): void;
  poke(): void;
  readonly trouble: { value: Trouble };
}

/** A shell without API servers: it steps, carries out what is asked for one after the other, and may die at any time. */
export function fakeController(
  clock: VirtualClock,
  random: Random,
  settings: SidecarSettings,
  fleet: () => FakeFleet,
  watcher: Watcher,
  trouble: Trouble,
): FakeController {
  let life = 0;
  let stored: { readonly [key: string]: string } | undefined;
  let skew = 0;
  let monotonicBase = 0;
  let fresh = true;
  let pending: (() => void) | undefined;
  let busy = false;
  let unwritten = false;
  let alive = true;
  let lastNow = 0;
  const dirty = new Set<string>();
  const seen = new Map<string, Decision>();
  const versions = new Map<Decision, number>();
  const events: RunEvent[] = [];
  const tasks: (() => void)[] = [];

  const self: FakeController = {
    state: startRun(undefined, settings),
    clusters: new Map(),
    crashes: 0,
    steps: 0,
    trouble: { value: trouble },
    now: () => clock.now() + skew,
    poke: () => poke(random.between(0, 300)),
    jump(ms) {
      skew += ms;
      self.poke();
    },
    send(event) {
      events.push(event);
      self.poke();
    },
    see(cluster, current) {
      const was = self.clusters.get(cluster);
      if (was === undefined) return;
      self.clusters.set(cluster, { ...was, current });
      // A cluster is seen again once it is listed, and before a write its shell waits for what follows from the list.
      if (current && alive) for (const load of fleet().loads.values()) if (load.cluster === cluster) observe(load);
      self.poke();
    },
    touch(load) {
      const mine = life;
      const lag = random.between(0, self.trouble.value.lagMs);
      clock.after(lag, () => {
        if (mine !== life || !alive || self.clusters.get(load.cluster)?.current !== true) return;
        observe(load);
        self.poke();
      });
    },
    crash() {
      self.crashes++;
      life++;
      alive = false;
      tasks.length = 0;
      busy = false;
      unwritten = false;
      pending = undefined;
      seen.clear();
      dirty.clear();
      fresh = true;
      monotonicBase = random.between(-500_000, 500_000);
      const mine = life;
      clock.after(random.between(1_000, 60_000), () => {
        if (mine !== life) return;
        alive = true;
        const { journal, findings } = decodeJournal(stored, self.now());
        if (findings.length > 0) throw new Error(findings[0]!.message);
        self.state = startRun(journal, settings);
        for (const load of fleet().loads.values()) {
          if (self.clusters.get(load.cluster)?.current === true) observe(load);
        }
        poke(0);
      });
    },
  };

  function observe(load: FakeLoad): void {
    const decision = fleet().decisionOf(load);
    versions.set(decision, load.version);
    seen.set(load.key, decision);
    dirty.add(load.key);
  }

  function poke(ms: number): void {
    if (pending !== undefined || !alive) return;
    const mine = life;
    pending = clock.after(ms, () => {
      if (mine !== life) return;
      pending = undefined;
      run();
    });
  }

  function run(): void {
    self.steps++;
    const now = self.now();
    lastNow = now;
    const result = step(self.state, {
      now,
      monotonic: clock.monotonic() + monotonicBase,
      settings,
      decisions: seen,
      changed: fresh ? undefined : [...dirty],
      clusters: [...self.clusters].map(([name, { region, current }]) => ({ name, region, current })),
      events: events.splice(0),
    });
    fresh = false;
    dirty.clear();
    self.state = result.state;
    watcher.stepped(result.state);
    carryOut(result.actions);
    if (result.again !== undefined) wakeAt(result.again - lastNow);
  }

  function wakeAt(ms: number): void {
    const mine = life;
    clock.after(Math.max(1, ms), () => {
      if (mine === life) poke(0);
    });
  }

  function carryOut(actions: readonly RunAction[]): void {
    let failed = false;
    for (const action of actions) {
      if (action.kind === "journal") {
        task(() => {
          failed = random.chance(self.trouble.value.journalConflicts);
          unwritten = failed;
          if (!failed) store(self.state);
        });
      } else if (action.kind !== "event") {
        const load = fleet().loads.get(action.workload.key);
        const version = versions.get(seen.get(action.workload.key)!) ?? -1;
        if (load !== undefined) watcher.asked(action, load);
        task(() => report(action, failed ? { kind: "changed" } : write(action, version)));
      }
    }
    if (unwritten) task(() => void (unwritten && ((unwritten = false), store(self.state))));
  }

  /** The newest: it holds what the one that was asked for holds. */
  function store(state: RunState): void {
    stored = encodeJournal(state.journal).data;
    watcher.journaled(state.journal.pauses.some(({ scope }) => scope.kind === "all"));
  }

  function write(action: Write, version: number): ActionResult {
    const load = fleet().loads.get(action.workload.key);
    if (load === undefined) return { kind: "gone" };
    const lost = random.chance(self.trouble.value.unsure);
    if (lost && random.chance(0.5)) return { kind: "unsure", message: "connection lost" };
    watcher.writing(action, load);
    const result =
      action.kind === "restart" ? fleet().patch(load.key, version, action) : fleet().evict(load.key, action.pod.uid);
    watcher.wrote(action, load, result);
    return lost ? { kind: "unsure", message: "connection lost" } : result;
  }

  function report(action: Write, result: ActionResult): void {
    const mine = life;
    clock.after(random.between(0, 500), () => {
      if (mine !== life) return;
      events.push({ kind: "done", action: action.id, result });
      poke(0);
    });
  }

  function task(work: () => void): void {
    tasks.push(work);
    if (!busy) nextTask();
  }

  function nextTask(): void {
    const next = tasks.shift();
    if (next === undefined) return;
    busy = true;
    const mine = life;
    clock.after(random.between(1, 200), () => {
      if (mine !== life) return;
      busy = false;
      next();
      nextTask();
    });
  }

  return self;
}
